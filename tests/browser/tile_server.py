"""A tile server on this machine: one PNG for every tile; it notes what is asked, by whom."""

import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def png(size: int = 256, colour: bytes = b"\xe8\xec\xe4", edge: bytes = b"\xb0\xb8\xa8") -> bytes:
    """A picture of one colour with an edge, so that people see where tiles end."""
    full = b"\0" + edge * size
    line = b"\0" + edge + colour * (size - 2) + edge

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    pixels = zlib.compress(full + line * (size - 2) + full)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


class TileServer:
    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        picture, asked = png(), self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 -- the library's name
                asked.append(
                    {
                        "path": self.path,
                        "host": self.headers["Host"],
                        "referer": self.headers.get("Referer", ""),
                        "cookie": self.headers.get("Cookie", ""),
                    }
                )
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(picture)))
                self.end_headers()
                self.wfile.write(picture)

            def log_message(self, *_arguments) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
