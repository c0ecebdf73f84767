from django.apps import AppConfig
from django.contrib.admin import apps


class SiteAdminConfig(apps.AdminConfig):
    """Django's admin with our own site object (names, first page, no second history)."""

    default = False  # "mutualaid" in INSTALLED_APPS is this project, not the admin
    default_site = "mutualaid.admin.Site"


class ProjectConfig(AppConfig):
    """The project itself: what watches it begins here, in every process."""

    default = True
    name = "mutualaid"

    def ready(self) -> None:
        from mutualaid import figures, reporting  # they read the settings

        figures.start()
        reporting.start()
