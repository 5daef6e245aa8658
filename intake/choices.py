"""The vocabulary of requests: what is asked, decided and done. Values are a public contract."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Door(TextChoices):
    """Which public form somebody came through; the value is the form's address."""

    CURRENT = "current-patient", _("I am a patient")
    NEW = "new-patient", _("I am not a patient yet")


class DangerSign(TextChoices):
    BREATHING = "breathing", _("Trouble breathing, chest pain, swelling of the face or throat, or fainting")
    ONE_SIDED = "one_sided", _("Sudden weakness on one side, or a swollen, painful arm or leg")
    MENINGITIS = (
        "meningitis",
        _("After an infusion: a severe headache with a stiff neck, fever, or eyes that hurt in light"),
    )
    IMMEDIATE_DANGER = "immediate_danger", _("In immediate danger where I am")
    MILD_REACTION = "mild_reaction", _("A mild reaction, such as a headache, tiredness or a low fever")


class CallerRole(TextChoices):
    PATIENT = "patient", _("The patient")
    CAREGIVER = "caregiver", _("Someone who cares for the patient")
    PRESCRIBER_OFFICE = "prescriber_office", _("A prescriber’s office")


class BestTime(TextChoices):
    ANY = "any", _("Any time")
    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")
    EVENING = "evening", _("Evening")


class YesNo(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")


class YesNoUnsure(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Not sure")


class Language(TextChoices):
    """Languages somebody can ask to be called in, each named in itself: these names are not translated."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"
    CHINESE = "zh", "中文"
    VIETNAMESE = "vi", "Tiếng Việt"
    TAGALOG = "tl", "Tagalog"
    KOREAN = "ko", "한국어"
    ARMENIAN = "hy", "Հայերեն"
    PERSIAN = "fa", "فارسی"
    RUSSIAN = "ru", "Русский"
    ARABIC = "ar", "العربية"
    OTHER = "other", _("Another language")


class StorageProblem(TextChoices):
    POWER_OUT = "power_out", _("The power went out")
    WARM = "warm", _("It got warm")
    FROZEN = "frozen", _("It froze")
    HEAT_OR_SMOKE = "heat_or_smoke", _("It was in heat or smoke")
    WATER = "water", _("It got wet")
    LOST = "lost", _("It is lost or left behind")


class CareSetting(TextChoices):
    HOME = "home", _("At home")
    CENTER = "center", _("At an infusion center")
    UNSURE = "unsure", _("Not sure")


class PayerType(TextChoices):
    COMMERCIAL = "commercial", _("Private insurance, or through work")
    MEDICARE = "medicare", _("Medicare")
    MEDI_CAL = "medi_cal", _("Medi-Cal")
    OTHER = "other", _("Something else")
    NONE = "none", _("No insurance")
    UNSURE = "unsure", _("Not sure")


class Priority(TextChoices):
    """Declared from the most to the least urgent: `severity` counts from 0 in this order."""

    EMERGENCY = "emergency", _("Emergency")
    URGENT = "urgent", _("Urgent")
    SAME_DAY = "same_day", _("Same day")
    ROUTINE = "routine", _("Routine")

    @property
    def severity(self) -> int:
        return list(type(self)).index(self)


class Rule(TextChoices):
    """Triage rules; the label is the reason in plain words that staff read."""

    R1 = "R1", _("Trouble breathing, chest pain, swelling, fainting, or one-sided weakness or swelling")
    R2 = "R2", _("Severe headache with stiff neck, fever or light hurting the eyes, after an infusion")
    R3 = "R3", _("In immediate danger")
    R4 = "R4", _("A dose was missed, or none on hand with the next due within 3 days or unknown")
    R5 = "R5", _("Next dose within 2 days and not assured")
    R6 = "R6", _("Medicine may be compromised, next dose within 3 days or unknown")
    R7 = "R7", _("Equipment problem on home therapy")
    R8 = "R8", _("A therapy that must not be interrupted is disrupted")
    R9 = "R9", _("Evacuated, or affected with a changed address")
    R10 = "R10", _("Affected or transferring, with 7 days or less of supply or until the next dose")
    R11 = "R11", _("Medicine may be compromised, next dose later than 3 days")
    R12 = "R12", _("Mild reaction")
    R13 = "R13", _("May be affected, and the next dose or the doses on hand are unknown")
    R14 = "R14", _("No other rule applies")


class TargetBasis(TextChoices):
    """What a call-back target counts."""

    ELAPSED = "elapsed", _("Minutes, at any hour")
    OPEN = "open", _("Minutes while the queue is open")
    NEXT_CLOSE = "next_close", _("The close of the next opening period")


class Status(TextChoices):
    NEW = "new", _("New")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting", _("Waiting")
    CLOSED = "closed", _("Closed")


class WaitingOn(TextChoices):
    PATIENT = "patient", _("The patient")
    PRESCRIBER = "prescriber", _("The prescriber")
    PAYER = "payer", _("The payer")


class Outcome(TextChoices):
    """How one outreach attempt ended."""

    REACHED_PATIENT = "reached_patient", _("Reached the patient")
    REACHED_REPRESENTATIVE = "reached_representative", _("Reached a representative")
    LEFT_VOICEMAIL = "left_voicemail", _("Left a voicemail")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    DISCONNECTED = "disconnected", _("Disconnected")
    TEXT_SENT = "text_sent", _("Text sent")
    CALLBACK_REQUESTED = "callback_requested", _("Asked to be called back")
    DECLINED = "declined", _("Declined")
    INTERPRETER_NEEDED = "interpreter_needed", _("Interpreter needed")


class Disposition(TextChoices):
    """How a request closed."""

    DELIVERY_RESCHEDULED = "delivery_rescheduled", _("Delivery rescheduled")
    ADDRESS_UPDATED = "address_updated", _("Address updated")
    REPLACEMENT_DISPENSED = "replacement_dispensed", _("Replacement dispensed")
    EMERGENCY_REFILL = "emergency_refill", _("Emergency refill")
    INFUSION_RESCHEDULED = "infusion_rescheduled", _("Infusion rescheduled")
    SITE_CHANGED = "site_changed", _("Site changed")
    CLINICAL_ADVICE_GIVEN = "clinical_advice_given", _("Clinical advice given")
    REFERRED_911_ED = "referred_911_ed", _("Referred to 911 or an emergency department")
    PRESCRIBER_CONTACTED = "prescriber_contacted", _("Prescriber contacted")
    TRANSFER_STARTED = "transfer_started", _("Transfer started")
    REFERRAL_STARTED = "referral_started", _("Referral started")
    RESOURCE_REFERRAL = "resource_referral", _("Referred to a resource")
    NO_ACTION_NEEDED = "no_action_needed", _("No action needed")
    UNABLE_TO_REACH = "unable_to_reach", _("Unable to reach")
    DUPLICATE = "duplicate", _("Duplicate")
    SPAM = "spam", _("Spam")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class EventKind(TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    DUPLICATE_LINKED = "duplicate_linked", _("A later request was linked")
    CLAIMED = "claimed", _("Claimed")
    RELEASED = "released", _("Released")
    OUTREACH = "outreach", _("Outreach attempt")
    INCIDENT = "incident", _("Incident")
    FOLLOW_UP = "follow_up", _("Follow-up set")
    REROUTED = "rerouted", _("Re-routed")
    PRIORITY_CHANGED = "priority_changed", _("Priority changed")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")
    RETURNED = "returned", _("The claim ran out")
    TAKEN_OVER = "taken_over", _("Taken over")
    ASSIGNED = "assigned", _("Assigned")
    PHARMACIST_ASKED = "pharmacist_asked", _("A pharmacist was asked for")
    UNLINKED = "unlinked", _("No longer linked")
    ESCALATED = "escalated", _("Escalated")
    REASSESSED = "reassessed", _("Assessed again")
    HOLD_SET = "hold_set", _("Legal hold set")
    HOLD_LIFTED = "hold_lifted", _("Legal hold lifted")


# The groups of the staff that answer calls.
QUEUE_ROLES = ("frontdesk", "pharmacist", "lead")


class Skill(TextChoices):
    """What somebody on the desk is good at, beside languages. It guides who is assigned."""

    EQUIPMENT = "equipment", _("Pumps and supplies")
    PRESCRIBERS = "prescribers", _("Prescribers’ offices and transfers")
    COVERAGE = "coverage", _("Coverage and referrals")


class Channel(TextChoices):
    WEB = "web", _("Web form")
    PHONE = "phone", _("Phone")


class Band(TextChoices):
    """Parts of the day in which outreach is tried, in the queue's time zone."""

    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")
    EVENING = "evening", _("Evening")


class FacilityKind(TextChoices):
    PHARMACY = "pharmacy", _("Pharmacy")
    INFUSION_CENTER = "infusion_center", _("Infusion center")


class FacilityStatus(TextChoices):
    OPEN = "open", _("Open")
    LIMITED = "limited", _("Limited")
    CLOSED = "closed", _("Closed")


class Severity(TextChoices):
    INFO = "info", _("Information")
    WARNING = "warning", _("Important")
    EMERGENCY = "emergency", _("Emergency")


class MessageKind(TextChoices):
    CONFIRMATION = "confirmation", _("Confirmation to the sender")
    STAFF_ALERT = "staff_alert", _("Alert to staff")
    ESCALATION = "escalation", _("Escalation to the lead")
    CENTER_CHANGED = "center_changed", _("A center’s status changed")
    NOTICE_CONTRADICTED = "notice_contradicted", _("The notice contradicts a center")
    EMERGENCY_ACCESS = "emergency_access", _("Opened in an emergency")


class MessageState(TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")
    # What it speaks of was closed before it went out.
    OBSOLETE = "obsolete", _("Not needed any more")
