"""The worker: does timed work as it falls due, and whatever else waits in the queue."""

import os
import secrets
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from safety import timed


class Command(BaseCommand):
    help = "Work until stopped. As many as one likes may run, on as many machines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="end when the parent ends")

    def handle(self, *, with_parent: bool, **options: Any) -> None:
        if with_parent:
            threading.Thread(target=end_with, args=[os.getppid()], daemon=True).start()
        worker = timed.TimedWorker(
            queue_names=["*"],
            interval=timed.LOOKS,
            batch=False,
            backend_name="default",
            startup_delay=True,
            max_tasks=None,
            worker_id=f"{os.getpid()}-{secrets.token_hex(4)}",
            excluded_queue_names=[],
        )
        worker.configure_signals()
        worker.run()


def end_with(parent: int) -> None:
    """For `make run`, where nobody would stop a worker whose server was killed."""
    while os.getppid() == parent:
        time.sleep(timed.LOOKS)
    os._exit(0)
