from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from partners import personal, timed  # noqa: F401 -- enters what it holds, and does in time
        from partners.numbers.counting import note_last_words
        from posts.erasing import BEFORE_REMOVAL

        BEFORE_REMOVAL.append(note_last_words)
