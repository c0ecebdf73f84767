from django.contrib.admin.apps import AdminConfig


class SiteAdminConfig(AdminConfig):
    """Django's admin with our own site object (names, first page, no second history)."""

    default_site = "mutualaid.admin.Site"
