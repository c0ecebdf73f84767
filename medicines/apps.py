from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class MedicinesConfig(AppConfig):
    name = "medicines"
    verbose_name = _("Medicines")

    def ready(self) -> None:
        """Tell the screening which names there are, and when they change."""
        from medicines import screening
        from medicines.models import BlockedName, Medicine

        for model in (BlockedName, Medicine):
            for signal in (post_save, post_delete):
                signal.connect(screening.names_changed, sender=model, dispatch_uid="screening")
