"""Reaching the patient: each attempt, and the next contact that is promised."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.choices import EventKind, Outcome, Status, WaitingOn
from intake.contact import Contact
from intake.models import Request
from intake.services.desk.working import check_to_call, contact_of, time_text, working
from intake.services.errors import DeskError

FARTHEST_FOLLOW_UP = timedelta(days=60)
# Why an attempt may not be made, by the incident that it would be.
REFUSED = {
    "voicemail_refused": gettext_lazy(
        "The patient wants no voicemail. If one was left all the same, log that."
    ),
    "text_without_consent": gettext_lazy("The patient has not agreed to texts."),
}


def log_outreach(
    *,
    request_id: int,
    outcome: Outcome,
    note: str = "",
    all_the_same: bool = False,
    by: Any,
    now: datetime,
) -> Request:
    """Log one attempt to reach the patient.

    A voicemail against the patient's word, or a text without consent, raises DeskError. What has been done
    `all_the_same` is logged, and is an incident too.
    """
    with working("outreach logged", request_id, by, now) as work:
        request = work.request
        check_to_call(request)
        if work.just_done(EventKind.OUTREACH, outcome):
            return request
        against = _against_their_word(outcome, contact_of(request))
        if against and not all_the_same:
            raise DeskError(REFUSED[against])
        work.hold()
        if request.status != Status.IN_PROGRESS:
            work.move(Status.IN_PROGRESS)
        work.happened(EventKind.OUTREACH, to_value=outcome, note=note)
        request.first_called_at = request.first_called_at or now
        if against:
            work.happened(EventKind.INCIDENT, to_value=against)
    return work.request


def _against_their_word(outcome: Outcome, agreed: Contact) -> str:
    if outcome == Outcome.LEFT_VOICEMAIL and agreed.refuses_voicemail:
        return "voicemail_refused"
    if outcome == Outcome.TEXT_SENT and not agreed.text_ok:
        return "text_without_consent"
    return ""


def set_follow_up(
    *, request_id: int, at: datetime, waiting_on: WaitingOn | str = "", note: str = "", by: Any, now: datetime
) -> Request:
    """Promise the next contact at `at`; with `waiting_on` the request waits for somebody until then.

    The claim ends: until then there is nothing to hold. So does an escalation: there is a new promise.
    """
    if at <= now:
        raise DeskError(_("Choose a time that is still to come."))
    if at > now + FARTHEST_FOLLOW_UP:
        raise DeskError(_("Choose a time within 60 days."))
    with working("follow-up set", request_id, by, now) as work:
        request = work.request
        check_to_call(request)
        same = request.follow_up_at == at and request.waiting_on == waiting_on
        if same and work.just_done(EventKind.FOLLOW_UP, time_text(at)):
            return request
        before = time_text(request.follow_up_at)
        request.follow_up_at = at
        request.escalated_at = None
        work.move(Status.WAITING if waiting_on else Status.IN_PROGRESS, waiting_on)
        work.let_go()
        work.happened(EventKind.FOLLOW_UP, before, time_text(at), note)
    return work.request
