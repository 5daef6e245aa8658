"""Forty requests of a morning during the fires. Every person, number and address in them is made up.

Surnames mean "example" in their language, so that nobody takes one of these people for a patient.
"""

from intake.choices import Channel, Disposition, Door, FacilityStatus, Outcome, Priority, WaitingOn
from intake.demo import (
    Story,
    ask_pharmacist,
    assign,
    call,
    center,
    claim,
    close,
    escalate,
    follow_up,
    priority,
    release,
    reopen,
    reroute,
    take_over,
    unlink,
)

CURRENT, NEW = Door.CURRENT, Door.NEW
HOURS = 60
TOMORROW = 20 * HOURS

EMERGENCY = (
    Story(CURRENT, 4, "Rosa Ejemplo", {
        "caller_role": "caregiver", "caller_name": "Inés Ejemplo", "caller_relationship": "Daughter",
        "patient_agrees": True, "danger_signs": ["breathing"], "language": "es", "interpreter": True,
        "fire_affected": "yes", "evacuated": "yes", "therapy": "IVIG",
        "notes": "Le cuesta respirar desde esta mañana. Estamos en el refugio.",
    }, page="es"),
    Story(CURRENT, 22, "Walter Sample", {
        "danger_signs": ["meningitis"], "therapy": "IVIG", "care_setting": "center",
        "center": "infusion-center-2", "fire_affected": "no", "email": True,
        "notes": "Infusion yesterday, terrible headache since.",
    }, (
        claim(19, "pharmacist"),
        call(18, Outcome.REACHED_PATIENT, "Daughter drives him to the emergency department.", "pharmacist"),
    )),
    Story(NEW, 18, "Arturo Muestra", {
        "danger_signs": ["one_sided"], "therapy": "Not sure", "fire_affected": "yes", "language": "es",
    }),
    Story(NEW, 70, "June Specimen", {
        "caller_role": "caregiver", "caller_name": "Ray Specimen", "caller_relationship": "Husband",
        "danger_signs": ["immediate_danger"], "fire_affected": "yes", "evacuated": "no",
    }, (
        claim(66, "lead"),
        call(65, Outcome.REACHED_REPRESENTATIVE, "The fire is one street away.", "lead"),
        close(60, Disposition.REFERRED_911_ED, "Stayed on the line until help came.", "lead"),
    )),
    Story(CURRENT, 3 * HOURS, "Grigor Orinak", {
        "danger_signs": ["breathing"], "language": "hy", "interpreter": True, "therapy": "Subcutaneous IG",
        "fire_affected": "yes", "voicemail_ok": "yes",
    }, (
        claim(174, "pharmacist"),
        call(172, Outcome.REACHED_PATIENT, "Smoke. Paramedics saw him, he stays home.", "pharmacist"),
        follow_up(160, 40, WaitingOn.PATIENT, "Ask how the breathing is.", "pharmacist"),
    )),
)  # fmt: skip

URGENT = (
    Story(CURRENT, 52, "Denise Placeholder", {
        "fire_affected": "yes", "evacuated": "yes", "zip_now": "91101", "therapy": "Adalimumab",
        "doses_on_hand": "no", "next_dose_in": 1, "delivery_address": "Shelter, 1 Sample Street, Pasadena",
        "email": True, "text_ok": True,
    }),
    Story(CURRENT, 95, "Owen Mockup", {
        "fire_affected": "yes", "therapy": "Etanercept", "doses_on_hand": "yes", "days_supply": 14,
        "storage_problems": ["power_out", "warm"], "next_dose_in": 2, "best_time": "morning",
    }),
    Story(CURRENT, 40, "Mehri Nemuneh", {
        "language": "fa", "interpreter": True, "therapy": "Remodulin", "care_setting": "home",
        "equipment_problem": "yes", "doses_on_hand": "yes", "fire_affected": "no",
        "notes": "The pump beeps and the spare battery is empty.",
    }, (claim(10, "pharmacist"),)),
    Story(CURRENT, 30, "Anahit Orinak", {
        "language": "hy", "therapy": "Infliximab", "care_setting": "center", "center": "infusion-center-1",
        "center_reachable": "no", "next_dose_in": 1, "fire_affected": "yes",
    }, (ask_pharmacist(20, "Her sister asks whether the dose can wait for a day.", "lead"),)),
    Story(NEW, 35, "Marcus Example", {
        "fire_affected": "yes", "evacuated": "yes", "therapy": "Ustekinumab", "doses_on_hand": "no",
        "next_dose_in": 2, "transfer_from": "Sample Pharmacy, Altadena (burned down)",
        "has_prescription": "yes", "on_therapy_now": "yes", "payer_type": "commercial",
    }, (escalate(12, "His doctor's office called as well: nothing is left."),)),
    Story(NEW, 130, "Hana Yesi", {
        "language": "ko", "missed_dose": "yes", "therapy": "Dupilumab", "fire_affected": "yes",
        "voicemail_ok": "yes", "payer_type": "medi_cal",
    }, (
        call(100, Outcome.NO_ANSWER),
        call(55, Outcome.LEFT_VOICEMAIL, "With the reference."),
    )),
    Story(CURRENT, 200, "Curtis Testcase", {
        "missed_dose": "yes", "therapy": "IVIG", "fire_affected": "no", "doses_on_hand": "no",
    }, (
        call(170, Outcome.REACHED_PATIENT, "Needs a new order for the missed infusion."),
        follow_up(165, -20, WaitingOn.PRESCRIBER, "Dr. Placeholder's office opens at nine."),
    )),
    Story(NEW, (1, "13:20"), "Luz Prueba", {
        "language": "es", "fire_affected": "yes", "doses_on_hand": "no", "next_dose_in": 0,
        "therapy": "Enoxaparin", "transfer_from": "Farmacia Ejemplo", "email": True,
    }, (
        claim((1, "13:31"), "pharmacist"),
        call((1, "13:33"), Outcome.REACHED_PATIENT, "", "pharmacist"),
        close((1, "14:05"), Disposition.EMERGENCY_REFILL, "Picked up today.", "pharmacist"),
    ), page="es"),
    Story(CURRENT, (1, "09:40"), "Harold Example", {
        "storage_problems": ["frozen"], "next_dose_in": 1, "therapy": "Tocilizumab", "doses_on_hand": "yes",
        "fire_affected": "no", "voicemail_ok": "yes",
    }, (
        call((1, "10:02"), Outcome.LEFT_VOICEMAIL, "", "pharmacist"),
        call((1, "10:25"), Outcome.REACHED_PATIENT, "", "pharmacist"),
        close((1, "10:31"), Disposition.REPLACEMENT_DISPENSED, "Courier before five.", "pharmacist"),
    )),
)  # fmt: skip

SAME_DAY = (
    Story(CURRENT, 75, "Carmen Muestra", {
        "language": "es", "interpreter": True, "evacuated": "yes", "doses_on_hand": "yes",
        "therapy": "No estoy segura",
    }, page="es"),
    Story(CURRENT, 12, "Elliot Placeholder", {
        "fire_affected": "yes", "address_changed": "yes", "doses_on_hand": "yes", "next_dose_in": 12,
        "delivery_address": "2 Sample Avenue\nGlendale", "zip_now": "91203", "email": True,
    }, form="went back"),
    Story(CURRENT, 5 * HOURS, "Nadia Primer", {
        "danger_signs": ["mild_reaction"], "therapy": "IVIG", "language": "ru", "voicemail_ok": "no",
        "fire_affected": "no",
    }, (
        call(250, Outcome.LEFT_VOICEMAIL, "The machine picked up before I saw her wish.", "pharmacist", True),
        follow_up(248, 90, WaitingOn.PATIENT, "", "pharmacist"),
    )),
    Story(NEW, 3 * HOURS, "Theo Mockup", {
        "transfer_from": "Example Drugs, Malibu", "days_supply": 5, "doses_on_hand": "yes",
        "therapy": "Secukinumab", "prescriber_name": "Dr. Specimen", "payer_type": "medicare",
    }, (
        call(140, Outcome.REACHED_PATIENT, "Wants to move everything here."),
        follow_up(130, TOMORROW, WaitingOn.PRESCRIBER),
    )),
    Story(NEW, 6 * HOURS, "Linh Mau", {
        "language": "vi", "interpreter": True, "fire_affected": "yes", "days_supply": 6, "next_dose_in": 5,
        "doses_on_hand": "yes", "therapy": "Omalizumab", "payer_type": "medi_cal",
    }, (
        call(300, Outcome.INTERPRETER_NEEDED),
        call(285, Outcome.REACHED_PATIENT, "With the interpreter."),
        follow_up(280, 30, WaitingOn.PAYER, "Prior authorization."),
    )),
    Story(CURRENT, 2 * HOURS, "Beatrice Sample", {
        "storage_problems": ["heat_or_smoke"], "next_dose_in": 10, "doses_on_hand": "yes",
        "therapy": "Golimumab", "fire_affected": "yes", "accommodation": "Relay call, please",
    }, (assign(14, "pharmacist", "Takes relay calls often."),)),
    Story(CURRENT, (1, "10:15"), "Jorge Ejemplo", {
        "language": "es", "evacuated": "yes", "address_changed": "yes", "doses_on_hand": "yes",
        "delivery_address": "3 Sample Street, Burbank", "email": True,
    }, (
        call((1, "11:05"), Outcome.REACHED_PATIENT),
        close((1, "11:12"), Disposition.ADDRESS_UPDATED),
    )),
    Story(CURRENT, (1, "08:50"), "Gloria Testcase", {
        "fire_affected": "yes", "address_changed": "yes", "next_dose_in": 6, "doses_on_hand": "no",
        "therapy": "Certolizumab",
    }, (
        call((1, "09:30"), Outcome.REACHED_PATIENT),
        close((1, "09:41"), Disposition.DELIVERY_RESCHEDULED, "Today before noon."),
        reopen(25, "The driver turned back at the road block."),
    )),
    Story(NEW, (1, "15:30"), "Sam Halimbawa", {
        "caller_role": "caregiver", "caller_name": "Joy Halimbawa", "caller_relationship": "Sister",
        "language": "tl", "evacuated": "yes", "notes": "He lost everything, where can he sleep?",
    }, (
        call((1, "16:10"), Outcome.REACHED_REPRESENTATIVE, "", "lead"),
        close((1, "16:25"), Disposition.RESOURCE_REFERRAL, "Gave the county's shelter line.", "lead"),
    )),
    Story(CURRENT, (2, "16:05"), "Vernon Specimen", {
        "evacuated": "yes", "therapy": "Abatacept", "voicemail_ok": "yes",
    }, (
        call((2, "17:10"), Outcome.NO_ANSWER),
        call((1, "09:15"), Outcome.LEFT_VOICEMAIL),
        call((1, "14:45"), Outcome.NO_ANSWER),
        close((1, "14:50"), Disposition.UNABLE_TO_REACH),
    )),
    Story(CURRENT, 90, "Faye Example", {
        "fire_affected": "yes", "therapy": "My new medicine", "doses_on_hand": "unsure",
        "notes": "My doctor says you are going to have it for me.",
    }, (
        call(80, Outcome.CALLBACK_REQUESTED, "Not a patient yet: asks for a first prescription."),
        reroute(78, "new-patients", "Came through the other form."),
    )),
    Story(NEW, 110, "Minh Mau", {
        "language": "vi", "interpreter": True, "fire_affected": "yes", "therapy": "Rituximab",
    }, (priority(20, Priority.URGENT, "Told the front desk that the infusion is tomorrow."),)),
    Story(CURRENT, 65, "Ligaya Halimbawa", {
        "language": "tl", "fire_affected": "yes", "doses_on_hand": "yes", "therapy": "Subcutaneous IG",
        "phone_alternate": "+12135550199",
    }, (
        call(8, Outcome.WRONG_NUMBER, "Trying the other number."),
        take_over(3, "The front desk is on an emergency."),
    )),
    Story(CURRENT, 45, "Curtis Mockup", {
        "evacuated": "yes", "doses_on_hand": "yes", "next_dose_in": 20,
    }, channel=Channel.PHONE),
)  # fmt: skip

ROUTINE = (
    Story(CURRENT, 3 * HOURS, "Edith Placeholder", {
        "fire_affected": "no", "doses_on_hand": "yes", "days_supply": 21, "next_dose_in": 21,
    }),
    Story(CURRENT, (1, "11:20"), "Leon Sample", {
        "fire_affected": "no", "therapy": "Vedolizumab", "care_setting": "center",
        "center": "infusion-center-3", "center_reachable": "yes", "next_dose_in": 1, "notes": "Are you open?",
    }, (
        center((1, "12:30"), "infusion-center-3", FacilityStatus.CLOSED),
        call((1, "12:50"), Outcome.REACHED_PATIENT, "The power is out there. Goes to center 1."),
        close((1, "12:55"), Disposition.SITE_CHANGED),
        center((1, "16:00"), "infusion-center-3", FacilityStatus.OPEN),
    )),
    Story(NEW, 150, "Kwame Specimen", {
        "caller_role": "prescriber_office", "caller_name": "Dana Mockup",
        "caller_relationship": "Office of Dr. Sample", "condition": "Polymyositis", "therapy": "IVIG",
        "has_prescription": "yes", "payer_type": "commercial", "fire_affected": "no", "email": True,
    }),
    Story(NEW, (1, "12:00"), "Ines Prueba", {
        "fire_affected": "no", "condition": "Psoriasis", "has_prescription": "yes", "payer_type": "unsure",
    }, (
        call((1, "16:30"), Outcome.REACHED_PATIENT),
        close((1, "16:45"), Disposition.REFERRAL_STARTED),
    )),
    Story(NEW, 7 * HOURS, "Jiho Yesi", {
        "language": "ko", "interpreter": True, "fire_affected": "no", "therapy": "Not sure",
    }, (
        call(4 * HOURS, Outcome.REACHED_PATIENT, "Looks for the insurance card."),
        follow_up(235, TOMORROW, WaitingOn.PATIENT),
    )),
    Story(NEW, (1, "17:15"), "Buy Fanli", {"fire_affected": "no", "notes": "Cheap watches at example.com"}, (
        close((1, "17:30"), Disposition.SPAM),
    )),
    Story(CURRENT, 4 * HOURS, "Samir Mithal", {
        "language": "ar", "interpreter": True, "missed_dose": "yes", "therapy": "IVIG", "fire_affected": "no",
        "care_setting": "center", "center": "infusion-center-3", "center_reachable": "yes",
    }, (
        call(215, Outcome.REACHED_REPRESENTATIVE, "The center gave the dose this morning.", "pharmacist"),
        priority(212, Priority.ROUTINE, "Dose given. Wants the next date confirmed.", "pharmacist"),
        release(210, "pharmacist"),
    )),
    Story(CURRENT, 100, "Vera Primer", {
        "language": "ru", "interpreter": True, "fire_affected": "no", "doses_on_hand": "yes",
        "therapy": "Evolocumab", "days_supply": 25,
    }, (claim(6),)),
    Story(NEW, 5 * HOURS, "Wei Fanli", {
        "language": "zh", "interpreter": True, "fire_affected": "no", "condition": "Lupus",
        "best_time": "afternoon",
    }, (
        call(280, Outcome.CALLBACK_REQUESTED, "At work until the afternoon."),
        follow_up(279, 2 * HOURS),
    )),
)  # fmt: skip

# Sent again by the same people, with more to say: kept, and carried by their first.
AGAIN = (
    Story(CURRENT, 20, "Denise Placeholder", {
        "fire_affected": "yes", "evacuated": "yes", "doses_on_hand": "no", "next_dose_in": 1,
        "notes": "Nobody has called yet. The shelter has a refrigerator.",
    }),
    Story(CURRENT, 28, "Edith Placeholder", {
        "fire_affected": "yes", "evacuated": "yes", "doses_on_hand": "yes", "days_supply": 21,
        "next_dose_in": 21, "notes": "Now we had to leave after all.",
    }, (unlink(11, "Her mother of the same name, born in another year."),)),
    Story(CURRENT, 9, "Elliot Placeholder", {
        "fire_affected": "yes", "address_changed": "yes", "doses_on_hand": "yes", "next_dose_in": 12,
        "delivery_address": "2 Sample Avenue, Apt. 5\nGlendale", "zip_now": "91203", "email": True,
    }, form="went back"),
)  # fmt: skip

STORIES = (*EMERGENCY, *URGENT, *SAME_DAY, *ROUTINE, *AGAIN)
