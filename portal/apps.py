import sys

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _

from portal import logs


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from portal import checks  # noqa: F401  (registers them)

        if not (settings.DEMO or sys.stderr.isatty()):
            logs.end_in_a_line()


class StaffAdminConfig(admin.AdminConfig):
    default = False  # named in INSTALLED_APPS; this app's own is PortalConfig
    default_site = "portal.staff.StaffSite"
