"""What both public forms ask. Names and values are a public contract."""

from django import forms
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from intake.choices import BestTime, CallerRole, DangerSign, Language, StorageProblem, YesNo, YesNoUnsure
from intake.forms.fields import (
    CheckField,
    PhoneField,
    PlainDateField,
    PlainTextField,
    Radios,
    ZipField,
    any_of,
    one_of,
)

NAME, TEXT, ADDRESS, EMAIL, NOTES = 100, 200, 500, 254, 2000
DAYS = 365


class SharedQuestions(forms.Form):
    submission_key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), _("This page was damaged. Nothing is lost: please send it again.")
        ),
    )

    danger_signs = any_of(DangerSign.choices, _("Check any that are true now"))

    caller_role = one_of(
        CallerRole.choices,
        _("Who is asking?"),
        required=True,
        widget=Radios(
            stacked=True, reveals={CallerRole.CAREGIVER: "caller", CallerRole.PRESCRIBER_OFFICE: "caller"}
        ),
        missing=_("Choose who is asking."),
    )
    caller_name = PlainTextField(
        label=_("Your name"), longest=NAME, required=False, help_text=_("So we know whom to ask for.")
    )
    caller_relationship = PlainTextField(
        label=_("How do you know the patient?"),
        longest=TEXT,
        required=False,
        help_text=_("Like daughter, friend, or nurse at Dr. Lee’s office."),
    )
    patient_agrees = CheckField(label=_("The patient agrees that I ask for them"), required=False)
    first_name = PlainTextField(
        label=_("Patient’s first name"),
        longest=NAME,
        error_messages={"required": _("Enter the patient’s first name.")},
    )
    last_name = PlainTextField(
        label=_("Patient’s last name"),
        longest=NAME,
        error_messages={"required": _("Enter the patient’s last name.")},
    )

    phone = PhoneField(
        label=_("Phone number to call"),
        help_text=_("With area code, like 213 555 0100. Add an extension if there is one."),
        error_messages={"required": _("Enter a phone number where we can call you.")},
    )
    voicemail_ok = one_of(
        [(YesNo.YES, _("Yes, with details")), (YesNo.NO, _("No voicemail"))],
        _("If you miss our call, may we leave a voicemail about your medicine?"),
        help_text=_("If you skip this, we leave only our name and number, and ask you to call."),
    )
    text_ok = CheckField(
        label=_("You may text me about this request"),
        required=False,
        help_text=_("Texts hold no health details. Message rates may apply. Reply STOP to end them."),
    )
    language = one_of(
        [("", _("Choose if it is not English")), *Language.choices],
        _("Language for the call"),
        widget=forms.Select(),
    )
    interpreter = CheckField(label=_("I want an interpreter, at no cost"), required=False)
    phone_alternate = PhoneField(label=_("Another phone number"), required=False)
    best_time = one_of(BestTime.choices, _("Best time to call"))
    email = PlainTextField(
        label=_("E-mail"),
        longest=EMAIL,
        required=False,
        widget=forms.EmailInput,
        validators=[EmailValidator(_("Enter an e-mail address like name@example.com."))],
    )
    accommodation = PlainTextField(
        label=_("Help you need to talk with us"),
        longest=TEXT,
        required=False,
        help_text=_("Like a relay call, or speaking slowly."),
    )

    fire_affected = one_of(YesNo.choices, _("Are you affected by the fires?"))
    evacuated = one_of(
        YesNo.choices,
        _("Did you have to leave your home?"),
        widget=Radios(reveals={YesNo.YES: "place"}),
    )
    address_changed = one_of(
        YesNo.choices,
        _("Has the address for your medicine changed?"),
        widget=Radios(reveals={YesNo.YES: "place"}),
    )
    zip_now = ZipField(label=_("ZIP code where you are now"), required=False)
    delivery_address = PlainTextField(
        label=_("Address where you can receive medicine"), longest=ADDRESS, lines=3, required=False
    )

    therapy = PlainTextField(
        label=_("Which medicine is it?"),
        longest=TEXT,
        required=False,
        help_text=_("The name on the label. “Not sure” is fine."),
    )
    doses_on_hand = one_of(YesNoUnsure.choices, _("Do you have doses with you?"))
    next_dose_on = PlainDateField(
        label=_("When is the next dose or infusion due?"),
        required=False,
    )
    days_supply = forms.IntegerField(
        label=_("For how many days do you have medicine?"),
        required=False,
        min_value=0,
        max_value=DAYS,
        widget=forms.TextInput,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Enter a whole number of days from 0 to 365, like 10.")
        ),
    )
    missed_dose = one_of(YesNo.choices, _("Have you missed a dose?"))
    storage_problems = any_of(
        StorageProblem.choices,
        _("Did anything happen to the medicine?"),
        help_text=_("Check all that are true. The pharmacist tells you if you can use it."),
    )
    notes = PlainTextField(label=_("What else should we know?"), longest=NOTES, lines=5, required=False)

    # Attributes that phones use to show the right keys and to offer what they know already.
    input_attributes = {
        "caller_name": {"autocomplete": "name"},
        "first_name": {"autocomplete": "given-name"},
        "last_name": {"autocomplete": "family-name"},
        "phone": {"autocomplete": "tel"},
        "email": {"autocomplete": "email"},
        "zip_now": {"autocomplete": "postal-code", "inputmode": "numeric"},
        "delivery_address": {"autocomplete": "street-address"},
        "next_dose_on": {"inputmode": "numeric"},
        "days_supply": {"inputmode": "numeric"},
    }
