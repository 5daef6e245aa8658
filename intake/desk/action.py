"""What every action on a request's page is: a small form that ends in one call of a service."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from intake.choices import Status
from intake.contact import Contact
from intake.forms.fields import PlainTextField
from intake.models import Request

LONGEST_NOTE = 1000
NOTE = gettext_lazy("Note")


class Action(forms.Form):
    """`perform` calls the service and returns what to tell the person; it raises what the service raises.

    Afterwards `item` is the request to go on with, which may be another one.
    """

    name: ClassVar[str]
    done: ClassVar[Any] = gettext_lazy("Done.")
    # Whether it is offered while a colleague holds the request.
    whoever_holds: ClassVar[bool] = False
    # Whether it is offered for a later request, which its first carries.
    for_carried: ClassVar[bool] = False

    def __init__(
        self, *args: Any, item: Request, contact: Contact, by: Any, now: datetime, **kwargs: Any
    ) -> None:
        # Several forms with a field of the same name stand on the page.
        kwargs |= {"auto_id": f"{self.name}_%s", "label_suffix": ""}
        super().__init__(*args, **kwargs)
        self.item, self.contact, self.by, self.now = item, contact, by, now

    def perform(self) -> str:
        self.serve(request_id=self.item.pk, by=self.by, now=self.now, **self.cleaned_data)
        return str(self.done)

    def serve(self, **arguments: Any) -> Request:
        raise NotImplementedError

    @property
    def is_offered(self) -> bool:
        return self.item.status != Status.CLOSED

    @property
    def held_by_colleague(self) -> bool:
        return self.item.is_held(self.now) and self.item.claimed_by_id != self.by.pk

    @property
    def is_mine(self) -> bool:
        return self.item.is_held(self.now) and self.item.claimed_by_id == self.by.pk

    @property
    def is_carried(self) -> bool:
        return self.item.duplicate_of_id is not None


def note_field(label: Any = NOTE, **kwargs: Any) -> PlainTextField:
    widget = forms.Textarea(attrs={"rows": 2, "cols": False})
    options = {"required": False, "lines": 2, "widget": widget, **kwargs}
    return PlainTextField(label=label, longest=LONGEST_NOTE, **options)


def reason_field(label: Any, missing: Any, **kwargs: Any) -> PlainTextField:
    return note_field(label, required=True, error_messages={"required": missing}, **kwargs)
