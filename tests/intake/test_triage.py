from datetime import date, time, timedelta

import pytest

from intake import triage
from intake.choices import Band, Priority, Rule, Status
from intake.triage import (
    RULES,
    TRANSITIONS,
    Answers,
    Circumstances,
    TooFewAttempts,
    TransitionNotAllowed,
    assess,
    band_of,
    check_transition,
    check_unable_to_reach,
)

TODAY = date(2025, 1, 9)


def due(days):
    return {"next_dose_on": (TODAY + timedelta(days=days)).isoformat()}


def assessment(document, **circumstances):
    return assess(Answers.from_document(document), Circumstances(today=TODAY, **circumstances))


def signs(*values):
    return {"danger_signs": list(values)}


COMPROMISED = {"storage_problems": ["warm"]}
CENTER = {"care_setting": "center"}
NO_DOSES = {"doses_on_hand": "no"}
HAS_DOSES = {"doses_on_hand": "yes"}
REACHABLE = {"center_reachable": "yes"}
AFFECTED = {"fire_affected": "yes"}
TRANSFER = {"transfer_from": "Corner Pharmacy"}
EQUIPMENT = {"equipment_problem": "yes"}
ON_LIST = {"therapy": "Epoprostenol, at home"}

CLOSED = {"center_closed": True}
NOTICE = {"notice_running": True}
LIST = {"uninterruptible": ("epoprostenol", "immune globulin")}

FIRES = [
    ("R1", signs("breathing"), {}),
    ("R1", signs("one_sided"), {}),
    ("R2", signs("meningitis"), {}),
    ("R3", signs("immediate_danger"), {}),
    ("R4", {"missed_dose": "yes"}, {}),
    ("R4", {"missed_dose": "yes", **CENTER}, {}),
    ("R4", NO_DOSES, {}),
    ("R4", NO_DOSES | due(3), {}),
    ("R4", NO_DOSES | due(-200), {}),
    ("R4", NO_DOSES | {"care_setting": "unsure"}, {}),
    ("R5", CENTER | REACHABLE | due(2), CLOSED),
    ("R5", CENTER | due(2), {}),
    ("R5", CENTER | due(-1) | {"center_reachable": "unsure"}, {}),
    ("R5", CENTER | due(0) | {"center_reachable": "no"}, {}),
    ("R5", due(2), {}),
    ("R5", due(2) | {"doses_on_hand": "unsure"}, {}),
    ("R5", due(2) | NO_DOSES, {}),
    ("R5", due(2) | HAS_DOSES | COMPROMISED, {}),
    ("R6", COMPROMISED, {}),
    ("R6", COMPROMISED | due(3), {}),
    ("R6", COMPROMISED | due(-1), {}),
    ("R6", COMPROMISED | CENTER, {}),
    ("R7", EQUIPMENT, {}),
    ("R7", EQUIPMENT | {"care_setting": "home"}, {}),
    ("R7", EQUIPMENT | {"care_setting": "unsure"}, {}),
    ("R8", ON_LIST | NO_DOSES | due(30), LIST),
    ("R8", ON_LIST | COMPROMISED | due(30), LIST),
    ("R8", ON_LIST | {"center_reachable": "no"}, LIST),
    ("R8", ON_LIST, LIST | CLOSED),
    ("R8", ON_LIST | CENTER | EQUIPMENT, LIST),
    ("R9", {"evacuated": "yes"}, {}),
    ("R9", AFFECTED | {"address_changed": "yes"}, {}),
    ("R10", AFFECTED | {"days_supply": 7}, {}),
    ("R10", AFFECTED | {"days_supply": 0} | due(30), {}),
    ("R10", AFFECTED | due(7), {}),
    ("R10", AFFECTED | due(-1), {}),
    ("R10", TRANSFER | due(7), {}),
    ("R10", TRANSFER | {"days_supply": 7, "fire_affected": "no"}, {}),
    ("R11", COMPROMISED | due(4), {}),
    ("R11", COMPROMISED | CENTER | due(4), {}),
    ("R12", signs("mild_reaction"), {}),
    ("R13", AFFECTED, {}),
    ("R13", AFFECTED | CENTER, {}),
    ("R13", AFFECTED | due(30), {}),
    ("R13", AFFECTED | due(30) | {"doses_on_hand": "unsure"}, {}),
    ("R13", AFFECTED | HAS_DOSES, {}),
    ("R13", {}, NOTICE),
    ("R13", due(30), NOTICE),
    ("R14", {}, {}),
    ("R14", HAS_DOSES | due(1), {}),
]

STAYS_QUIET = [
    ("R1", signs("meningitis", "immediate_danger", "mild_reaction"), {}),
    ("R2", signs("breathing", "one_sided", "immediate_danger", "mild_reaction"), {}),
    ("R3", signs("breathing", "one_sided", "meningitis", "mild_reaction"), {}),
    ("R4", {"missed_dose": "no"}, {}),
    ("R4", NO_DOSES | due(4), {}),
    ("R4", NO_DOSES | CENTER, {}),
    ("R4", due(0), {}),
    ("R4", due(0) | {"doses_on_hand": "unsure"}, {}),
    ("R5", CENTER | REACHABLE | due(3), CLOSED),
    ("R5", CENTER | REACHABLE | due(2), {}),
    ("R5", CENTER | REACHABLE | NO_DOSES | COMPROMISED | due(2), {}),
    ("R5", CENTER, CLOSED),
    ("R5", NO_DOSES, {}),
    ("R5", NO_DOSES | due(3), {}),
    ("R5", HAS_DOSES | due(2), {}),
    ("R5", HAS_DOSES | due(2) | {"center_reachable": "no"}, CLOSED),
    ("R6", COMPROMISED | due(4), {}),
    ("R6", due(0), {}),
    ("R6", {"storage_problems": []}, {}),
    ("R7", EQUIPMENT | CENTER, {}),
    ("R7", {"equipment_problem": "no"}, {}),
    ("R8", ON_LIST | NO_DOSES, {}),
    ("R8", {"therapy": "something else"} | NO_DOSES, LIST),
    ("R8", ON_LIST, LIST),
    ("R8", ON_LIST | CENTER | NO_DOSES | REACHABLE, LIST),
    ("R8", ON_LIST | CENTER | {"center_reachable": "unsure", "doses_on_hand": "unsure"}, LIST),
    ("R8", NO_DOSES | COMPROMISED, LIST),
    ("R9", {"evacuated": "no"}, {}),
    ("R9", AFFECTED | {"address_changed": "no"}, {}),
    ("R9", {"address_changed": "yes"}, NOTICE),
    ("R10", AFFECTED | {"days_supply": 8}, {}),
    ("R10", AFFECTED | {"days_supply": 8} | due(8), {}),
    ("R10", AFFECTED, {}),
    ("R10", TRANSFER, {}),
    ("R10", {"transfer_from": "  "} | due(7), {}),
    ("R10", {"days_supply": 1} | due(1), NOTICE),
    ("R11", COMPROMISED | due(3), {}),
    ("R11", COMPROMISED, {}),
    ("R11", due(4), {}),
    ("R12", signs("breathing", "one_sided", "meningitis", "immediate_danger"), {}),
    ("R13", AFFECTED | due(1) | HAS_DOSES, {}),
    ("R13", AFFECTED | due(30) | NO_DOSES, {}),
    ("R13", AFFECTED | due(30) | CENTER, {}),
    ("R13", {"fire_affected": "no"}, NOTICE),
    ("R13", due(30) | HAS_DOSES, NOTICE),
    ("R13", {"evacuated": "yes"}, {}),
    ("R14", signs("mild_reaction"), {}),
]


@pytest.mark.parametrize(("rule", "document", "circumstances"), FIRES)
def test_rule_fires(rule, document, circumstances):
    assert rule in assessment(document, **circumstances).rules


@pytest.mark.parametrize(("rule", "document", "circumstances"), STAYS_QUIET)
def test_rule_stays_quiet(rule, document, circumstances):
    assert rule not in assessment(document, **circumstances).rules


def test_every_rule_is_shown_to_fire_and_to_stay_quiet():
    assert {rule for rule, *_ in FIRES} == {rule for rule, *_ in STAYS_QUIET} == set(Rule)


def test_the_table_holds_the_priorities_and_pharmacist_flags_of_the_contract():
    assert [(row.code, row.priority, row.needs_pharmacist) for row in RULES] == [
        ("R1", "emergency", True),
        ("R2", "emergency", True),
        ("R3", "emergency", True),
        ("R4", "urgent", False),
        ("R5", "urgent", False),
        ("R6", "urgent", True),
        ("R7", "urgent", True),
        ("R8", "urgent", False),
        ("R9", "same_day", False),
        ("R10", "same_day", False),
        ("R11", "same_day", True),
        ("R12", "same_day", True),
        ("R13", "same_day", False),
        ("R14", "routine", False),
    ]


def test_the_highest_priority_wins_and_every_rule_that_fired_is_kept_in_order():
    found = assessment(
        signs("mild_reaction", "immediate_danger") | {"evacuated": "yes", "missed_dose": "yes"}
    )
    assert found.priority == Priority.EMERGENCY
    assert found.rules == (Rule.R3, Rule.R4, Rule.R9, Rule.R12)
    assert found.needs_pharmacist


EVACUATED_NEW_PATIENT = {"evacuated": "yes", **TRANSFER, **NO_DOSES}
CASE_6 = {"language": "es", "interpreter": True, "evacuated": "yes", "fire_affected": "yes", **HAS_DOSES}

CASES = {
    "1, dose in 5 days": (EVACUATED_NEW_PATIENT | due(5), {}, "same_day", "R9 R10", False),
    "1, affected too": (EVACUATED_NEW_PATIENT | AFFECTED | due(5), {}, "same_day", "R9 R10", False),
    "1, during a notice": (EVACUATED_NEW_PATIENT | due(5), NOTICE, "same_day", "R9 R10", False),
    "1, dose in 2 days": (EVACUATED_NEW_PATIENT | due(2), {}, "urgent", "R4 R5 R9 R10", False),
    "2": ({"fire_affected": "no", "days_supply": 21, **HAS_DOSES}, NOTICE, "routine", "R14", False),
    "3": (signs("meningitis"), {}, "emergency", "R2", True),
    "4, dose in 3 days": (
        {"storage_problems": ["power_out", "warm"]} | HAS_DOSES | due(3),
        {},
        "urgent",
        "R6",
        True,
    ),
    "4, dose in 10 days": (
        {"storage_problems": ["power_out"]} | HAS_DOSES | due(10),
        {},
        "same_day",
        "R11",
        True,
    ),
    "5": (CENTER | REACHABLE | {"center": "infusion-center-1"} | due(1), CLOSED, "urgent", "R5", False),
    "6": (CASE_6, {}, "same_day", "R9 R13", False),
    "6, in English": (CASE_6 | {"language": "en", "interpreter": False}, {}, "same_day", "R9 R13", False),
}


@pytest.mark.parametrize(
    ("document", "circumstances", "priority", "rules", "pharmacist"), CASES.values(), ids=CASES.keys()
)
def test_case_of_the_contract(document, circumstances, priority, rules, pharmacist):
    found = assessment(document, **circumstances)
    assert (found.priority, " ".join(found.rules), found.needs_pharmacist) == (priority, rules, pharmacist)


ALLOWED = {
    "new": {"new", "in_progress", "waiting", "closed"},
    "in_progress": {"new", "in_progress", "waiting", "closed"},
    "waiting": {"in_progress", "waiting", "closed"},
    "closed": {"new"},
}


def test_every_status_has_its_transitions():
    assert set(TRANSITIONS) == set(Status) == set(ALLOWED)


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("target", Status)
def test_transition(current, target):
    if target in ALLOWED[current]:
        check_transition(current, target)
        return
    with pytest.raises(TransitionNotAllowed) as refusal:
        check_transition(current, target)
    assert str(current.label) in str(refusal.value)
    assert str(target.label) in str(refusal.value)


@pytest.mark.parametrize(
    ("local", "band"),
    [
        (time(0), Band.MORNING),
        (time(11, 59, 59, 999999), Band.MORNING),
        (time(12), Band.AFTERNOON),
        (time(16, 59, 59, 999999), Band.AFTERNOON),
        (time(17), Band.EVENING),
        (time(23, 59), Band.EVENING),
    ],
)
def test_band_of(local, band):
    assert band_of(local) == band


@pytest.mark.parametrize(
    ("bands", "enough"),
    [
        ([], False),
        ([Band.MORNING, Band.EVENING], False),
        ([Band.MORNING, Band.MORNING, Band.MORNING, Band.MORNING], False),
        ([Band.MORNING, Band.MORNING, Band.EVENING], True),
        ([Band.MORNING, Band.AFTERNOON, Band.EVENING], True),
    ],
)
def test_unable_to_reach(bands, enough):
    if enough:
        check_unable_to_reach(bands)
        return
    with pytest.raises(TooFewAttempts, match=rf"attempts {len(bands)}\b"):
        check_unable_to_reach(bands)


def test_unable_to_reach_thresholds_are_those_of_the_contract():
    assert (triage.MIN_ATTEMPTS, triage.MIN_BANDS) == (3, 2)
