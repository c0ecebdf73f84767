"""Erase an account on its owner's request, when the owner cannot do it on the site."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser

from verification import leaving
from verification.models import Resident


class Command(BaseCommand):
    help = (
        "Erase an account with all that is known of it. Of a suspended one, digests of number and "
        "document are kept for SUSPENDED_KEPT_DAYS, so that it does not come back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=UUID, help="the id of the resident, as the admin shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        resident = Resident.objects.filter(pk=options["id"]).first()
        if resident is None:
            raise CommandError("There is no such account.")
        try:
            leaving.erase(resident, None)
        except PermissionDenied:
            raise CommandError("This is staff: take the rights away first.") from None
        self.stdout.write("Erased.")
