from django.contrib.admin import apps


class SiteAdminConfig(apps.AdminConfig):
    """Django's admin with our own site object (names, first page, no second history)."""

    default = False  # "mutualaid" in INSTALLED_APPS is this project, not the admin
    default_site = "mutualaid.admin.Site"
