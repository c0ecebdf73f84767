"""A server of ours that a script has started: where it listens, and whether it does yet."""

import socket
import subprocess
import sys
import time
import urllib.request


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(url: str, server: subprocess.Popen) -> None:
    """Until the server answers, for half a minute; ends the script when it does not."""
    for _try in range(150):
        if server.poll() is not None:
            sys.exit("The server did not start.")
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 -- our own server
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"{url} does not answer.")
