"""What messages say: a reference, a line and a link. Nothing about anybody's health, and nobody's name.

Mail is read by providers, families and employers. So the link opens the form again, never the page that
shows what was sent: an address with a typing mistake would give it to a stranger.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from intake import situation
from intake.choices import MessageKind
from intake.models import OutboxMessage
from portal.crypto import keyed_hash

SUBJECTS = {
    MessageKind.CONFIRMATION: _("Your request has arrived"),
    MessageKind.STAFF_ALERT: _("A request needs a call now"),
}


class NobodyToTell(Exception):
    """No active account in the groups of the queue has an e-mail address."""


def compose(message: OutboxMessage) -> EmailMessage:
    """Return what is to be sent, in the message's language; raise NobodyToTell without a recipient."""
    request = message.request
    line = next(line for line in situation.current().lines if line.queue_id == request.queue_id)
    call_by = request.due_at.astimezone(line.schedule.zone)
    with override(message.language):
        if message.kind == MessageKind.CONFIRMATION:
            recipients = [message.address]
            path = reverse("help-form", args=[request.door])
        else:
            recipients = _staff(request.queue_id)
            path = reverse("admin:triage-request", args=[request.pk])
        if not any(recipients):
            raise NobodyToTell
        context = {
            "reference": request.reference,
            "line": line,
            "call_by": f"{date_format(call_by, 'DATETIME_FORMAT')} {call_by:%Z}",
            "url": settings.PORTAL_URL + path,
        }
        return EmailMessage(
            subject=str(SUBJECTS[MessageKind(message.kind)]),
            body=render_to_string(f"intake/messages/{message.kind}.txt", context),
            to=recipients,
            headers={
                # The same at each try, so that a mailbox may know a second delivery for what it is.
                "Message-ID": f"<{keyed_hash('message', str(message.pk))[:32]}@{_host()}>",
                # Out-of-office notices don't answer what says this.
                "Auto-Submitted": "auto-generated",
            },
        )


def _staff(queue_id: int) -> list[str]:
    accounts = get_user_model().objects.filter(is_active=True, groups__queues=queue_id).exclude(email="")
    return list(accounts.order_by("email").values_list("email", flat=True).distinct())


def _host() -> str | None:
    return urlsplit(settings.PORTAL_URL).hostname
