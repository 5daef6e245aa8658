from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite


class StaffSite(OTPAdminSite):
    """The staff's pages: open only to accounts that signed in with their second factor."""

    site_header = _("California Specialty Pharmacy")
    site_title = _("CSP staff")
    index_title = _("Staff")
