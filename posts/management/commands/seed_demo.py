"""Fill the square with demo posts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from posts import demo


class Command(BaseCommand):
    help = "Make believable demo posts in the real districts, marked as demo; the same for a seed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--posts", type=int, default=2000, help="how many posts (default 2000)")
        parser.add_argument("--seed", type=int, default=1, help="another seed gives other posts")

    def handle(self, *args: Any, **options: Any) -> None:
        with tqdm(total=options["posts"], unit="post", desc="demo posts") as bar:
            try:
                for copied in demo.make(options["posts"], options["seed"]):
                    bar.update(copied)
            except ValueError as error:
                raise CommandError(str(error)) from error
