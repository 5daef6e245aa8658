from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from intake.choices import CareSetting, FacilityStatus, YesNo, YesNoUnsure
from intake.forms.fields import DATE_HINT, PlainDateField, Radios, one_of
from intake.forms.layout import Folded
from intake.forms.request import RequestForm
from intake.situation import FacilityState

OLDEST = 120


class CurrentPatientForm(RequestForm):
    """For current patients, and for callers who are not sure."""

    date_of_birth = PlainDateField(
        label=_("Patient’s date of birth"),
        help_text=format_lazy(DATE_HINT, slashed="03/15/1980", plain="03151980"),
        error_messages={"required": _("Enter the patient’s date of birth.")},
        widget=forms.TextInput(attrs={"autocomplete": "bday", "inputmode": "numeric"}),
    )
    care_setting = one_of(
        CareSetting.choices,
        _("Where do you get your medicine?"),
        widget=Radios(reveals={CareSetting.CENTER: "infusion-center", CareSetting.HOME: "home-infusion"}),
    )
    center = one_of([], _("Which infusion center?"), widget=forms.Select())
    center_reachable = one_of(YesNoUnsure.choices, _("Can you get there?"))
    equipment_problem = one_of(YesNo.choices, _("Is there a problem with your pump, supplies or power?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        center = cast(forms.ChoiceField, self.fields["center"])
        center.choices = [("", _("Choose a center")), *map(_center_choice, self.centers)]

    def patient_fields(self) -> list[str]:
        return ["first_name", "last_name", "date_of_birth"]

    def medicine_fields(self) -> list[Any]:
        return [
            "therapy",
            "doses_on_hand",
            "next_dose_on",
            "days_supply",
            "missed_dose",
            "storage_problems",
            "care_setting",
            Folded(_("Your infusion center"), "center", "center_reachable", css_id="infusion-center"),
            Folded(_("Your infusion at home"), "equipment_problem", css_id="home-infusion"),
        ]

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        if born > self.today:
            raise ValidationError(_("Check the date: a birth date can’t be in the future."), code="range")
        # Compared as (year, month, day): 29 February has no namesake 120 years ago.
        if (born.year + OLDEST, born.month, born.day) < (self.today.year, self.today.month, self.today.day):
            raise ValidationError(_("Check the year: it is more than 120 years ago."), code="range")
        return born


def _center_choice(center: FacilityState) -> tuple[str, str]:
    is_open = center.status == FacilityStatus.OPEN
    return center.slug, center.name if is_open else f"{center.name} ({center.status_label})"
