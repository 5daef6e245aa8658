"""Actions that decide about a request: its rank, its queue, what it belongs with, its end, its keeping."""

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake import references
from intake.choices import Disposition, Priority, Status
from intake.desk.action import Action, note_field, reason_field
from intake.models import Queue, Request
from intake.services import desk
from intake.services.errors import DeskError
from portal import audit


class AskPharmacist(Action):
    name = "ask-pharmacist"
    done = gettext_lazy("A pharmacist is asked for.")
    note = note_field(gettext_lazy("What is the question?"))

    def serve(self, **arguments: Any) -> Request:
        return desk.ask_pharmacist(**arguments)

    @property
    def is_offered(self) -> bool:
        return super().is_offered and not self.item.needs_pharmacist


class Escalate(Action):
    name = "escalate"
    done = gettext_lazy("Escalated: the lead is told.")
    whoever_holds = True
    note = reason_field(gettext_lazy("Why can’t it wait?"), gettext_lazy("Say why it is escalated."))

    def serve(self, **arguments: Any) -> Request:
        return desk.escalate(**arguments)

    @property
    def is_offered(self) -> bool:
        return super().is_offered and self.item.escalated_at is None


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
        queue: Any = self.fields["queue"]
        # The present one stays a choice, so that a second click is no error.
        queue.queryset = Queue.objects.all()
        queue.label_from_instance = self._label

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


class Link(Action):
    """Another open request about the same patient: the one that arrived first carries both."""

    name = "link"
    done = gettext_lazy("Linked: this one, which came first, carries both.")
    reference = forms.CharField(
        label=gettext_lazy("Reference of the other request"),
        max_length=references.MAX_INPUT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the reference of the other request.")},
    )

    def clean_reference(self) -> Request:
        try:
            reference = references.parse(self.cleaned_data["reference"])
        except references.WrongReference as error:
            raise ValidationError(str(error)) from error
        audit.record("requests searched", by=self.by, fields=["reference"])
        other = Request.objects.workable_by(self.by).by_reference(reference).first()
        if other is None:
            raise ValidationError(_("No request that you may work has this reference."))
        if other.pk == self.item.pk:
            raise ValidationError(_("This is the request itself. Enter the reference of the other one."))
        return other

    def perform(self) -> str:
        other = self.cleaned_data["reference"]
        first, later = sorted((self.item, other), key=lambda request: request.pk)
        held = self.is_mine
        desk.link(request_id=later.pk, first_id=first.pk, by=self.by, now=self.now)
        self.item = first
        if first.pk != other.pk:
            return str(self.done)
        if held:
            # The call goes on where both are together.
            with suppress(DeskError):
                desk.claim(request_id=first.pk, by=self.by, now=self.now)
        return _("Linked. This is the one that came first: it carries both.")


class Unlink(Action):
    name = "unlink"
    done = gettext_lazy("They stand for themselves again.")
    for_carried = True
    note = reason_field(
        gettext_lazy("Why don’t they belong together?"),
        gettext_lazy("Say why they don’t belong together."),
    )

    def serve(self, **arguments: Any) -> Request:
        return desk.unlink(**arguments)

    @property
    def is_offered(self) -> bool:
        return self.is_carried


class Close(Action):
    name = "close"
    done = gettext_lazy("The request is closed.")
    for_carried = True
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
    for_carried = True
    note = reason_field(gettext_lazy("Why is it reopened?"), gettext_lazy("Say why the request is reopened."))

    def serve(self, **arguments: Any) -> Request:
        return desk.reopen(**arguments)

    @property
    def is_offered(self) -> bool:
        return self.item.status == Status.CLOSED


class LegalHold(Action):
    name = "legal-hold"
    done = gettext_lazy("On legal hold: it is not purged until somebody lifts the hold.")
    whoever_holds = True
    for_carried = True
    reason = reason_field(
        gettext_lazy("Who wants it kept, and why?"), gettext_lazy("Say who wants it kept, and why.")
    )

    def serve(self, **arguments: Any) -> Request:
        return desk.set_hold(**arguments)

    @property
    def is_offered(self) -> bool:
        return self.by.has_perm("intake.hold_request") and self.item.legal_hold_at is None


class LiftHold(Action):
    name = "lift-hold"
    done = gettext_lazy("The legal hold is lifted: the request is purged in its time.")
    whoever_holds = True
    for_carried = True
    reason = reason_field(gettext_lazy("Why may it go?"), gettext_lazy("Say why the legal hold is lifted."))

    def serve(self, **arguments: Any) -> Request:
        return desk.lift_hold(**arguments)

    @property
    def is_offered(self) -> bool:
        return self.by.has_perm("intake.hold_request") and self.item.legal_hold_at is not None
