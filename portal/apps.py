from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")


class StaffAdminConfig(admin.AdminConfig):
    default = False  # named in INSTALLED_APPS; this app's own is PortalConfig
    default_site = "portal.staff.StaffSite"
