"""The field table of the public forms, as external checks post it."""

from typing import Any

from intake.choices import Door

YES_NO, YES_NO_UNSURE = {"yes", "no"}, {"yes", "no", "unsure"}
# The table of the contract: None is free text, True a check box, a set holds the values that may be posted.
BOTH: dict[str, Any] = {
    "submission_key": None,
    "danger_signs": {"breathing", "one_sided", "meningitis", "immediate_danger", "mild_reaction"},
    "caller_role": {"patient", "caregiver", "prescriber_office"},
    "caller_name": None,
    "caller_relationship": None,
    "patient_agrees": True,
    "first_name": None,
    "last_name": None,
    "phone": None,
    "phone_alternate": None,
    "best_time": {"any", "morning", "afternoon", "evening"},
    "voicemail_ok": YES_NO,
    "text_ok": True,
    "email": None,
    "language": {"en", "es", "zh", "vi", "tl", "ko", "hy", "fa", "ru", "ar", "other"},
    "interpreter": True,
    "accommodation": None,
    "fire_affected": YES_NO,
    "evacuated": YES_NO,
    "address_changed": YES_NO,
    "zip_now": None,
    "delivery_address": None,
    "therapy": None,
    "doses_on_hand": YES_NO_UNSURE,
    "days_supply": None,
    "next_dose_on": None,
    "missed_dose": YES_NO,
    "storage_problems": {"power_out", "warm", "frozen", "heat_or_smoke", "water", "lost"},
    "notes": None,
}
CONTRACT: dict[Door, dict[str, Any]] = {
    Door.CURRENT: BOTH
    | {
        "date_of_birth": None,
        "care_setting": {"home", "center", "unsure"},
        "center": {"infusion-center-1", "infusion-center-2", "infusion-center-3"},
        "center_reachable": YES_NO_UNSURE,
        "equipment_problem": YES_NO,
    },
    Door.NEW: BOTH
    | {
        "condition": None,
        "has_prescription": YES_NO_UNSURE,
        "on_therapy_now": YES_NO_UNSURE,
        "prescriber_name": None,
        "prescriber_phone": None,
        "transfer_from": None,
        "payer_type": {"commercial", "medicare", "medi_cal", "other", "none", "unsure"},
    },
}
REQUIRED = {"submission_key", "caller_role", "first_name", "last_name", "phone"}
