"""No form here takes a file: an upload is refused before a byte of it is kept."""

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class RefuseFiles(FileUploadHandler):
    """Stops at the first file of a request, which is then answered with status 400."""

    def new_file(self, *args: Any, **options: Any) -> NoReturn:
        raise RequestDataTooBig("this site takes no files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called."""

    def file_complete(self, file_size: int) -> None:
        """Never called."""
