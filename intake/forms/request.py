"""How both public forms are laid out, and how they check, show and hand on the answers."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake.choices import CallerRole, Language
from intake.forms.fields import DATE_HINT, DATE_WORDS, PhoneField, PlainDateField, spoken_phone
from intake.forms.layout import Folded, Section
from intake.forms.questions import DAYS, SharedQuestions
from intake.situation import FacilityState


class RequestForm(SharedQuestions):
    """`today` is the date in the queue's time zone; `centers` are those that may be chosen."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        today: date,
        centers: Sequence[FacilityState] = (),
    ) -> None:
        super().__init__(data)
        self.today, self.centers = today, centers
        if get_language() in Language.values and get_language() != Language.ENGLISH:
            self.initial.setdefault("language", get_language())
        for name, attributes in self.input_attributes.items():
            self.fields[name].widget.attrs.update(attributes)
        soon = today + timedelta(7)
        next_dose = self.fields["next_dose_on"]
        next_dose.help_text = DATE_HINT.format(slashed=f"{soon:%m/%d/%Y}", plain=f"{soon:%m%d%Y}")
        next_dose.error_messages["invalid"] = DATE_WORDS.format(slashed=f"{soon:%m/%d/%Y}")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = layout = Layout(*self.sections())
        # Errors are listed as the page asks.
        self.order_fields([pointer.name for pointer in layout.get_field_names()])

    def sections(self) -> Iterator[Section]:
        yield Section(
            _("First: is this an emergency?"),
            "danger_signs",
            css_id="danger",
            optional=True,
            template="intake/danger.html",
        )
        yield Section(
            _("Who"),
            "caller_role",
            Folded(
                _("Not the patient? Tell us who you are"),
                "caller_name",
                "caller_relationship",
                "patient_agrees",
                css_id="caller",
            ),
            *self.patient_fields(),
            css_id="who",
        )
        yield Section(
            _("How to reach you"),
            "phone",
            "voicemail_ok",
            "text_ok",
            "language",
            "interpreter",
            Folded(
                _("More ways to reach you"),
                "phone_alternate",
                "best_time",
                "email",
                "accommodation",
                css_id="reach-more",
            ),
            css_id="reach",
        )
        yield Section(
            _("What happened"),
            "fire_affected",
            "evacuated",
            "address_changed",
            Folded(_("Where you are now"), "zip_now", "delivery_address", css_id="place"),
            css_id="happened",
            optional=True,
        )
        yield Section(_("Your medicine"), *self.medicine_fields(), css_id="medicine", optional=True)
        yield Section(_("Anything else"), "notes", css_id="else", optional=True)

    def patient_fields(self) -> list[str]:
        raise NotImplementedError

    def medicine_fields(self) -> list[Any]:
        raise NotImplementedError

    def clean_next_dose_on(self) -> date | None:
        due_on: date | None = self.cleaned_data["next_dose_on"]
        if due_on and abs(due_on - self.today) > timedelta(DAYS):
            raise ValidationError(_("Check the date: it must be within one year of today."), code="range")
        return due_on

    def clean(self) -> None:
        answers = self.cleaned_data
        by_somebody_else = answers.get("caller_role") not in (None, CallerRole.PATIENT)
        if by_somebody_else and not answers.get("caller_name") and "caller_name" not in self.errors:
            self.add_error("caller_name", ValidationError(_("Enter your own name."), code="required"))

    @property
    def page_key(self) -> UUID:
        """The key that this page is to be sent with: the one that came, or a fresh one for a bad one."""
        if self.is_bound and "submission_key" not in self.errors:
            return self.cleaned_data["submission_key"]
        return uuid4()

    def problems(self) -> list[tuple[str, str]]:
        """Each error as (id of what to correct, message); no id where the page itself was at fault."""
        return [
            (self._target(name), str(self.errors[name][0])) for name in self.fields if name in self.errors
        ]

    def _target(self, name: str) -> str:
        field = self[name]
        if field.is_hidden:
            return ""
        # A group of boxes has no id of its own: the first box stands for it.
        return field.id_for_label or f"{field.auto_id}_0"

    def document(self) -> dict[str, Any]:
        """The answers of a valid form as JSON knows them, without those that are unanswered."""
        return {
            name: _as_json(value)
            for name, value in self.cleaned_data.items()
            if name != "submission_key" and value not in ("", None, []) and value is not False
        }

    def in_words(self, document: dict[str, Any]) -> list[tuple[str, str]]:
        """The answers of a stored document as (question, answer), in the order of the page."""
        return [
            (str(field.label), _in_words(field, document[name]))
            for name, field in self.fields.items()
            if name in document
        ]


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(set(value)) if isinstance(value, list) else value


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels = {str(choice): str(label) for choice, label in choices}
        values: list[str] = value if isinstance(value, list) else [value]
        return "\n".join(labels.get(one, one) for one in values)
    if isinstance(field, PhoneField):
        return spoken_phone(value)
    if isinstance(field, PlainDateField):
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    return _("Yes") if value is True else str(value)
