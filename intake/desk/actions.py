"""What staff can do on a request's page, by the name in its address."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from intake.choices import Status
from intake.contact import Contact
from intake.desk import calling, deciding
from intake.desk.action import Action
from intake.models import Request
from intake.services import desk

ACTIONS: Mapping[str, type[Action]] = {
    action.name: action
    for action in (
        calling.Claim,
        calling.Release,
        calling.TakeOver,
        calling.HandOn,
        calling.LogOutreach,
        calling.LogVoicemailIncident,
        calling.SetFollowUp,
        deciding.AskPharmacist,
        deciding.Escalate,
        deciding.Reroute,
        deciding.ChangePriority,
        deciding.Link,
        deciding.Unlink,
        deciding.Close,
        deciding.Reopen,
        deciding.LegalHold,
        deciding.LiftHold,
    )
}
# After these the request is out of hand: the person may go on to the next call at once.
ENDS = ("follow-up", "close", "release", "hand-on", "ask-pharmacist")


def offered_actions(
    item: Request, contact: Contact, *, by: Any, now: datetime, bound: Action | None = None
) -> dict[str, Action]:
    """The forms for the page, by name with "_" for "-".

    A later request is carried by its first: it is not called for itself. `bound`, which was refused, stands
    in place of its own form, also where a colleague is at it: what was typed is kept, to be sent again later.
    """
    forms = [action(item=item, contact=contact, by=by, now=now) for action in ACTIONS.values()]
    offered = {
        form.name: form
        for form in forms
        if form.is_offered
        and desk.can_work(item, by=by, now=now, whoever_holds=form.whoever_holds)
        and (not _is_carried(item) or form.for_carried)
    }
    if bound:
        offered[bound.name] = bound
    return {name.replace("-", "_"): form for name, form in offered.items()}


def _is_carried(item: Request) -> bool:
    return item.duplicate_of_id is not None and item.status != Status.CLOSED
