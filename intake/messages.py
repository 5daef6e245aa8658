"""What messages say: a reference, a line and a link. Nothing about anybody's health, and nobody's name.

Mail is read by providers, families and employers. So the link opens the form again, never the page that
shows what was sent: an address with a typing mistake would give it to a stranger.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from intake import situation
from intake.choices import FacilityStatus, MessageKind, Status
from intake.contradictions import contradictions
from intake.models import EmergencyAccess, EmergencyNotice, Facility, OutboxMessage, Request
from intake.querysets import accounts_with
from portal.crypto import CantUnseal, Unreadable, UnreadableText, keyed_hash

SUBJECTS = {
    MessageKind.CONFIRMATION: _("Your request has arrived"),
    MessageKind.STAFF_ALERT: _("A request needs a call now"),
    MessageKind.ESCALATION: _("A request is escalated to the lead"),
    MessageKind.CENTER_CHANGED: _("An infusion center’s status has changed"),
    MessageKind.NOTICE_CONTRADICTED: _("The notice contradicts an infusion center’s status"),
    MessageKind.EMERGENCY_ACCESS: _("A request was opened in an emergency"),
}

Parts = tuple[list[str], str, dict[str, Any]]


class NobodyToTell(Exception):
    """No active account that is to be told has an e-mail address."""


def is_obsolete(message: OutboxMessage, now: datetime) -> bool:
    """Whether what it speaks of is no longer so."""
    if message.kind == MessageKind.EMERGENCY_ACCESS:
        # It was opened, whatever has become of it since.
        return False
    request, facility = message.request, message.facility
    if request is not None:
        # Whoever promised a new call has seen the escalation; another one has a message of its own.
        escalation = message.kind == MessageKind.ESCALATION
        return request.status == Status.CLOSED or (escalation and request.escalated_at != message.created_at)
    assert facility is not None  # noqa: S101 (the table's constraint says so)
    if message.kind == MessageKind.NOTICE_CONTRADICTED:
        return not _contradicting(facility, now)
    # Changed again since, it has another message.
    return facility.since is not None and facility.since > message.created_at


def compose(message: OutboxMessage) -> EmailMessage:
    """Return what is to be sent, in the message's language; raise NobodyToTell without a recipient."""
    kind = MessageKind(message.kind)
    with override(message.language):
        recipients, path, context = PARTS[kind](message)
        if not any(recipients):
            raise NobodyToTell
        return EmailMessage(
            subject=str(SUBJECTS[kind]),
            body=render_to_string(
                f"intake/messages/{kind.value}.txt", {**context, "url": settings.PORTAL_URL + path}
            ),
            to=recipients,
            headers={
                "Message-ID": message_id(message),
                # Out-of-office notices don't answer what says this.
                "Auto-Submitted": "auto-generated",
            },
        )


def message_id(message: OutboxMessage) -> str:
    """The same at each try, so that a mailbox may know a second delivery for what it is."""
    return f"<{keyed_hash('message', str(message.pk))[:32]}@{_host()}>"


def _confirmation(message: OutboxMessage) -> Parts:
    request = _request(message)
    if isinstance(request.document, Unreadable):
        raise LookupError("This request can't be read.")
    if isinstance(message.address, UnreadableText):
        raise CantUnseal
    return [message.address], reverse("help-form", args=[request.door]), _about(request, request.due_at)


def _staff_alert(message: OutboxMessage) -> Parts:
    request = _request(message)
    path = reverse("admin:triage-request", args=[request.pk])
    return _addresses(_working(request.queue_id)), path, _about(request, request.due_at)


def _escalation(message: OutboxMessage) -> Parts:
    request = _request(message)
    path = reverse("admin:triage-request", args=[request.pk])
    staff = _working(request.queue_id)
    leads = staff.filter(pk__in=accounts_with(_with_right("assign_request")).values("pk"))
    return _addresses(leads) or _addresses(staff), path, _about(request, request.call_at)


def _emergency_access(message: OutboxMessage) -> Parts:
    request = _request(message)
    openers = EmergencyAccess.objects.filter(request=request, at=message.created_at).order_by().values("user")
    # Whoever opened it, with the right to lead elsewhere, knows: somebody else is to be told.
    staff, leads = (
        accounts.exclude(pk__in=openers)
        for accounts in (_working(request.queue_id), accounts_with(_with_right("assign_request")))
    )
    own = staff.filter(pk__in=leads.values("pk"))
    recipients = _addresses(own) or _addresses(leads) or _addresses(staff)
    return recipients, reverse("admin:triage-emergencies"), _about(request, request.call_at)


def _center_changed(message: OutboxMessage) -> Parts:
    facility = _facility(message)
    depending = Request.objects.depending_on(facility)
    groups = Group.objects.filter(queues__in=depending.order_by().values("queue"))
    context = {
        "center": facility.name,
        "status": facility.get_status_display(),
        "count": depending.count(),
        "is_open": facility.status == FacilityStatus.OPEN,
    }
    path = reverse("admin:triage-center", args=[facility.slug])
    return _addresses(accounts_with(groups)), path, context


def _notice_contradicted(message: OutboxMessage) -> Parts:
    facility = _facility(message)
    notices = _contradicting(facility, timezone.now())
    owners = sorted(
        {one.owner.email for one in notices if one.owner and one.owner.is_active and one.owner.email}
    )
    may_change = accounts_with(_with_right("change_emergencynotice"))
    path = reverse("admin:intake_emergencynotice_changelist")
    context = {"center": facility.name, "status": facility.get_status_display()}
    return owners or _addresses(may_change), path, context


PARTS: Mapping[MessageKind, Callable[[OutboxMessage], Parts]] = {
    MessageKind.CONFIRMATION: _confirmation,
    MessageKind.STAFF_ALERT: _staff_alert,
    MessageKind.ESCALATION: _escalation,
    MessageKind.CENTER_CHANGED: _center_changed,
    MessageKind.NOTICE_CONTRADICTED: _notice_contradicted,
    MessageKind.EMERGENCY_ACCESS: _emergency_access,
}


def _request(message: OutboxMessage) -> Request:
    if message.request is None:
        raise LookupError("This message speaks of no request.")
    return message.request


def _facility(message: OutboxMessage) -> Facility:
    if message.facility is None:
        raise LookupError("This message speaks of no center.")
    return message.facility


def _about(request: Request, call_by: datetime) -> dict[str, Any]:
    line = situation.current().line_of(request.queue_id)
    local = call_by.astimezone(line.schedule.zone)
    readable = not isinstance(request.document, Unreadable)
    return {
        # Staff are told of a request that no key opens, too.
        "reference": request.reference if readable else str(request),
        "line": line,
        "call_by": f"{date_format(local, 'DATETIME_FORMAT')} {local:%Z}",
    }


def _contradicting(facility: Facility, now: datetime) -> list[EmergencyNotice]:
    saying = EmergencyNotice.objects.filter(says_centers_open=True).select_related("owner")
    return [notice for notice, _center in contradictions(saying, [facility], now)]


def _working(queue_id: int) -> QuerySet[Any]:
    return accounts_with(Group.objects.filter(queues=queue_id))


def _with_right(codename: str) -> QuerySet[Group]:
    return Group.objects.filter(permissions__content_type__app_label="intake", permissions__codename=codename)


def _addresses(accounts: QuerySet[Any]) -> list[str]:
    return sorted(set(accounts.exclude(email="").values_list("email", flat=True)))


def _host() -> str | None:
    return urlsplit(settings.PORTAL_URL).hostname
