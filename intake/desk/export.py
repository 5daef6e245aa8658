"""The export: the requests of a period as CSV, put on record before the first line goes out."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from intake import counting, exporting
from intake.desk.access import readable
from intake.desk.periods import PeriodForm
from portal import audit


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Posted, so that no link starts it. What can't be understood leads back to the figures."""
    requests = readable(request)
    if not request.user.has_perm("intake.export_request"):
        raise PermissionDenied
    form = PeriodForm(request.POST, by=request.user, now=timezone.now())
    if not form.is_valid():
        return redirect("admin:triage-figures")
    period, slug = form.chosen, form.cleaned_data["queue"]
    chosen = counting.arrived_in(requests.filter(queue__in=form.queues), period)
    number = chosen.count()
    # Cut at what the column holds: a queue's slug may be long.
    subject = f"{number} of {period.first}..{period.last} {slug or 'all queues'}"[:80]
    audit.record("requests exported", by=request.user, subject=subject, fields=exporting.COLUMNS)
    response = StreamingHttpResponse(
        (piece.encode() for piece in exporting.lines(chosen)), content_type="text/csv; charset=utf-8"
    )
    name = "-".join(["requests", str(period.first), str(period.last), *([slug] if slug else [])])
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
