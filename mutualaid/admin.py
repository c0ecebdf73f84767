"""The moderators' side: one admin site for all apps."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class Site(admin.AdminSite):
    site_header = _("Medicine mutual aid · moderators")
    site_title = _("Moderators")
    index_title = _("What is waiting")
