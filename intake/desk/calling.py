"""Actions of a call: holding it, logging how an attempt ended, and promising the next one."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.choices import Outcome, WaitingOn
from intake.desk.action import Action, note_field, reason_field
from intake.desk.colleagues import Colleague, colleagues
from intake.models import Request
from intake.services import desk

# Which key logs an outcome: the digits in the order of the keyboard.
OUTCOME_KEYS = {
    Outcome.REACHED_PATIENT: "1",
    Outcome.REACHED_REPRESENTATIVE: "2",
    Outcome.LEFT_VOICEMAIL: "3",
    Outcome.NO_ANSWER: "4",
    Outcome.BUSY: "5",
    Outcome.WRONG_NUMBER: "6",
    Outcome.DISCONNECTED: "7",
    Outcome.TEXT_SENT: "8",
    Outcome.CALLBACK_REQUESTED: "9",
    Outcome.DECLINED: "0",
    Outcome.INTERPRETER_NEEDED: "i",
}


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


class TakeOver(Action):
    name = "take-over"
    done = gettext_lazy("You hold this request now.")
    whoever_holds = True
    reason = reason_field(gettext_lazy("Why do you take it over?"), gettext_lazy("Say why you take it over."))

    def serve(self, **arguments: Any) -> Request:
        return desk.take_over(**arguments)

    @property
    def is_offered(self) -> bool:
        return super().is_offered and self.held_by_colleague


class HandOn(Action):
    """A warm handoff by who holds it, or a lead's assignment."""

    name = "hand-on"
    done = gettext_lazy("Handed on.")
    whoever_holds = True
    to: Any = forms.ModelChoiceField(
        None,
        label=gettext_lazy("To whom"),
        empty_label=gettext_lazy("Choose"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose a colleague who works this queue.")
        ),
    )
    note = note_field(gettext_lazy("What they need to know"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = colleagues(self.item, by=self.by)
        field.label_from_instance = lambda user: Colleague(user).in_words

    def serve(self, **arguments: Any) -> Request:
        return desk.assign(**arguments)

    def perform(self) -> str:
        super().perform()
        return _("Handed on to %(name)s.") % {"name": Colleague(self.cleaned_data["to"]).name}

    @property
    def is_offered(self) -> bool:
        return super().is_offered and desk.can_assign(self.item, by=self.by, now=self.now)


class LogOutreach(Action):
    name = "outreach"
    # The page itself says so, above the next steps.
    done = ""
    outcome = forms.ChoiceField(
        choices=Outcome.choices,
        label=gettext_lazy("How did it end?"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose how the attempt ended.")
        ),
    )
    note = note_field(widget=forms.Textarea(attrs={"rows": 1, "cols": False}))

    def serve(self, **arguments: Any) -> Request:
        return desk.log_outreach(**arguments)

    def clean_outcome(self) -> Outcome:
        return Outcome(self.cleaned_data["outcome"])

    def offered(self) -> list[tuple[str, str, str]]:
        """The outcomes as buttons: value, label, key; voicemail and text only as far as was agreed."""
        labels = {value: str(label) for value, label in Outcome.choices}
        if self.contact.refuses_voicemail:
            del labels[Outcome.LEFT_VOICEMAIL]
        elif not self.contact.voicemail:
            labels[Outcome.LEFT_VOICEMAIL] = _("Left a minimal message")
        if not self.contact.text_ok:
            del labels[Outcome.TEXT_SENT]
        return [(value, labels[value], key) for value, key in OUTCOME_KEYS.items() if value in labels]


class LogVoicemailIncident(Action):
    """For a voicemail that was left although the patient wants none: what happened is not kept quiet."""

    name = "voicemail-incident"
    done = gettext_lazy("Logged as an incident.")
    note = note_field()

    def serve(self, **arguments: Any) -> Request:
        return desk.log_outreach(outcome=Outcome.LEFT_VOICEMAIL, all_the_same=True, **arguments)

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
        zone = self.now.astimezone(ZoneInfo(self.item.queue.time_zone)).tzname()
        self.fields["at"].help_text = _("Time of the queue, %(zone)s.") % {"zone": zone}

    def serve(self, **arguments: Any) -> Request:
        return desk.set_follow_up(**arguments)
