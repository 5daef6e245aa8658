"""What staff can do on a request's page: small forms, each of which ends in one call of a service."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.choices import Disposition, Outcome, Priority, Status, WaitingOn
from intake.contact import Contact
from intake.forms.fields import PlainTextField
from intake.models import Queue, Request
from intake.services import desk

LONGEST_NOTE = 1000
NOTE = gettext_lazy("Note")


class Action(forms.Form):
    """`perform` calls the service and returns what to tell the person; it raises what the service raises."""

    name: ClassVar[str]
    done: ClassVar[Any] = gettext_lazy("Done.")
    # Whether it is offered while a colleague holds the request.
    whoever_holds: ClassVar[bool] = False

    def __init__(self, *args: Any, item: Request, contact: Contact, **kwargs: Any) -> None:
        # Several forms with a field of the same name stand on the page.
        kwargs |= {"auto_id": f"{self.name}_%s", "label_suffix": ""}
        super().__init__(*args, **kwargs)
        self.item = item
        self.contact = contact

    def perform(self, *, by: Any, now: datetime) -> str:
        self.serve(request_id=self.item.pk, by=by, now=now, **self.cleaned_data)
        return str(self.done)

    def serve(self, **arguments: Any) -> Request:
        raise NotImplementedError

    @property
    def is_offered(self) -> bool:
        return self.item.status != Status.CLOSED


def note_field(label: Any = NOTE, **kwargs: Any) -> PlainTextField:
    options = {"required": False, "widget": forms.Textarea(attrs={"rows": 2, "cols": False}), **kwargs}
    return PlainTextField(label=label, longest=LONGEST_NOTE, lines=2, **options)


class Claim(Action):
    name = "claim"
    done = gettext_lazy("You hold this request for 30 minutes.")

    def serve(self, **arguments: Any) -> Request:
        return desk.claim(**arguments)


class Release(Action):
    name = "release"
    done = gettext_lazy("Released: somebody else can take it.")

    def serve(self, **arguments: Any) -> Request:
        return desk.release(**arguments)


class LogOutreach(Action):
    name = "outreach"
    done = gettext_lazy("The attempt is logged.")
    outcome = forms.ChoiceField(
        choices=Outcome.choices,
        label=gettext_lazy("How did it end?"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose how the attempt ended.")
        ),
    )
    note = note_field()

    def serve(self, **arguments: Any) -> Request:
        return desk.log_outreach(**arguments)

    def clean_outcome(self) -> Outcome:
        return Outcome(self.cleaned_data["outcome"])

    def offered(self) -> list[tuple[str, str]]:
        """The outcomes as buttons: a voicemail or a text only as far as the patient agreed to one."""
        labels = {value: str(label) for value, label in Outcome.choices}
        if self.contact.refuses_voicemail:
            del labels[Outcome.LEFT_VOICEMAIL]
        elif not self.contact.voicemail:
            labels[Outcome.LEFT_VOICEMAIL] = _("Left a minimal message")
        if not self.contact.text_ok:
            del labels[Outcome.TEXT_SENT]
        return list(labels.items())


class LogVoicemailIncident(Action):
    """For a voicemail that was left although the patient wants none: what happened is not kept quiet."""

    name = "voicemail-incident"
    done = gettext_lazy("Logged as an incident.")
    note = note_field()

    def serve(self, **arguments: Any) -> Request:
        return desk.log_outreach(outcome=Outcome.LEFT_VOICEMAIL, **arguments)

    @property
    def is_offered(self) -> bool:
        return super().is_offered and self.contact.refuses_voicemail


class SetFollowUp(Action):
    name = "follow-up"
    done = gettext_lazy("The follow-up is set.")
    at = forms.DateTimeField(
        label=gettext_lazy("Call again at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("Enter the day and the time, like 2026-11-24 15:40.")
        ),
    )
    waiting_on = forms.ChoiceField(
        label=gettext_lazy("Waiting on"),
        choices=[("", gettext_lazy("Nobody: we call again")), *WaitingOn.choices],
        required=False,
    )
    note = note_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = datetime.now(ZoneInfo(self.item.queue.time_zone)).tzname()
        self.fields["at"].help_text = _("Time of the queue, %(zone)s.") % {"zone": zone}

    def serve(self, **arguments: Any) -> Request:
        return desk.set_follow_up(**arguments)


class Reroute(Action):
    name = "reroute"
    done = gettext_lazy("The request moved to the other queue. Its due time stays.")
    queue = forms.ModelChoiceField(
        Queue.objects.none(),
        label=gettext_lazy("To queue"),
        error_messages={"required": gettext_lazy("Choose a queue.")},
    )
    note = note_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The present one stays a choice, so that a second click is no error.
        self.fields["queue"].queryset = Queue.objects.all()  # type: ignore[attr-defined]
        self.fields["queue"].label_from_instance = self._label  # type: ignore[attr-defined]

    def _label(self, queue: Queue) -> str:
        here = queue.pk == self.item.queue_id
        return _("%(queue)s (here now)") % {"queue": queue.name} if here else queue.name

    def serve(self, **arguments: Any) -> Request:
        return desk.reroute(**arguments)


class ChangePriority(Action):
    name = "priority"
    done = gettext_lazy("The priority is changed.")
    whoever_holds = True
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=Priority.choices)
    note = note_field(gettext_lazy("Reason"), help_text=gettext_lazy("Needed to lower it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].initial = self.item.priority

    def clean_priority(self) -> Priority:
        return Priority(self.cleaned_data["priority"])

    def serve(self, **arguments: Any) -> Request:
        return desk.change_priority(**arguments)


class Close(Action):
    name = "close"
    done = gettext_lazy("The request is closed.")
    disposition = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        choices=[("", gettext_lazy("Choose")), *Disposition.choices],
        error_messages={"required": gettext_lazy("Choose how the request ended.")},
    )
    note = note_field()

    def clean_disposition(self) -> Disposition:
        return Disposition(self.cleaned_data["disposition"])

    def serve(self, **arguments: Any) -> Request:
        return desk.close(**arguments)


class Reopen(Action):
    name = "reopen"
    done = gettext_lazy("The request is open again.")
    note = note_field(
        gettext_lazy("Why is it reopened?"),
        required=True,
        error_messages={"required": gettext_lazy("Say why the request is reopened.")},
    )

    def serve(self, **arguments: Any) -> Request:
        return desk.reopen(**arguments)

    @property
    def is_offered(self) -> bool:
        return self.item.status == Status.CLOSED


ACTIONS: Mapping[str, type[Action]] = {
    action.name: action
    for action in (
        Claim,
        Release,
        LogOutreach,
        LogVoicemailIncident,
        SetFollowUp,
        Reroute,
        ChangePriority,
        Close,
        Reopen,
    )
}


def offered_actions(
    item: Request, contact: Contact, *, by: Any, now: datetime, bound: Action | None = None
) -> dict[str, Action]:
    """The forms for the page, by name with "_" for "-".

    A later request is carried by its first: it is not called for itself, only closed. `bound`, which was
    refused, stands in place of its own form, also where a colleague is at it: what was typed is kept, to be
    sent again later.
    """
    forms_ = [action(item=item, contact=contact) for action in ACTIONS.values()]
    offered = {
        form.name: form
        for form in forms_
        if form.is_offered
        and desk.can_work(item, by=by, now=now, whoever_holds=form.whoever_holds)
        and (not _is_carried(item) or isinstance(form, Close))
    }
    if bound:
        offered[bound.name] = bound
    return {name.replace("-", "_"): form for name, form in offered.items()}


def _is_carried(item: Request) -> bool:
    return item.duplicate_of_id is not None and item.status != Status.CLOSED
