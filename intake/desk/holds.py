"""The requests on legal hold, which no purge takes."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from intake.desk import household
from intake.desk.access import readable, render
from portal import audit

MOST = 200


@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """Queries: the list, and the audit row."""
    if not request.user.has_perm("intake.hold_request"):
        raise PermissionDenied
    held = list(readable(request).on_legal_hold().select_related("queue", "claimed_by")[: MOST + 1])
    audit.record("requests listed", by=request.user, fields=[*household.SHOWN, "legal_hold_at"])
    context = {
        "title": _("Legal holds"),
        "held": household.in_words(held[:MOST], timezone.now()),
        "most": MOST if len(held) > MOST else 0,
    }
    return render(request, "holds", context)
