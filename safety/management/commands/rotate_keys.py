"""Encrypt everything with the first of ENCRYPTION_KEYS, while the site runs."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from safety import rotation


class Command(BaseCommand):
    help = (
        "After a new key was put in front of ENCRYPTION_KEYS: encrypt all columns "
        "and all sessions with it. Then the old keys can be taken away. Nobody is signed out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            for field in rotation.encrypted_fields(model):
                number = rotation.rotate(model, field)
                self.stdout.write(f"{model._meta.label}.{field.name}: {number} rows")
        for name, renew in rotation.ELSEWHERE.items():
            self.stdout.write(f"{name}: {renew()} rows")
