from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from intake.choices import PayerType, YesNoUnsure
from intake.forms.fields import PlainTextField, Radios, one_of
from intake.forms.layout import Folded
from intake.forms.questions import NAME, TEXT
from intake.forms.request import RequestForm


class NewPatientForm(RequestForm):
    """For people who are not patients and look for specialty medication, and for prescribers’ offices."""

    condition = PlainTextField(
        label=_("What is the medicine for?"),
        longest=TEXT,
        required=False,
        help_text=_("The health condition, if you wish to tell."),
    )
    has_prescription = one_of(YesNoUnsure.choices, _("Is there a prescription?"))
    on_therapy_now = one_of(YesNoUnsure.choices, _("Are you on this medicine now?"))
    transfer_from = PlainTextField(
        label=_("Which pharmacy has the prescription now?"),
        longest=TEXT,
        required=False,
        help_text=_("Its name and city, if it should move to us."),
    )
    prescriber_name = PlainTextField(label=_("Prescriber’s name"), longest=NAME, required=False)
    prescriber_phone = PlainTextField(
        label=_("Prescriber’s phone"),
        longest=TEXT,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    payer_type = one_of(PayerType.choices, _("Who pays for the medicine?"), widget=Radios(stacked=True))

    def patient_fields(self) -> list[str]:
        return ["first_name", "last_name"]

    def medicine_fields(self) -> list[Any]:
        return [
            "therapy",
            "condition",
            "doses_on_hand",
            "next_dose_on",
            "days_supply",
            "missed_dose",
            "storage_problems",
            "has_prescription",
            "on_therapy_now",
            "transfer_from",
            Folded(
                _("Prescriber and insurance"),
                "prescriber_name",
                "prescriber_phone",
                "payer_type",
                css_id="prescriber",
            ),
        ]
