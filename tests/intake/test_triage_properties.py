"""What holds for any answers, however they are combined."""

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from intake import choices
from intake.choices import Priority, Rule
from intake.triage import RULES, RULESET_VERSION, Answers, Circumstances, assess

TODAY = date(2025, 1, 9)
LISTED = "epoprostenol"

dates = st.integers(-365, 365).map(lambda days: (TODAY + timedelta(days=days)).isoformat())


def one_of(vocabulary):
    return st.sampled_from(vocabulary.values)


def some_of(vocabulary):
    return st.lists(one_of(vocabulary), unique=True)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "danger_signs": some_of(choices.DangerSign),
        "fire_affected": one_of(choices.YesNo),
        "evacuated": one_of(choices.YesNo),
        "address_changed": one_of(choices.YesNo),
        "therapy": st.sampled_from(["", LISTED, "not sure"]),
        "doses_on_hand": one_of(choices.YesNoUnsure),
        "days_supply": st.integers(0, 365),
        "next_dose_on": dates | st.integers(-1, 8).map(lambda n: (TODAY + timedelta(days=n)).isoformat()),
        "missed_dose": one_of(choices.YesNo),
        "storage_problems": some_of(choices.StorageProblem),
        "care_setting": one_of(choices.CareSetting),
        "center_reachable": one_of(choices.YesNoUnsure),
        "equipment_problem": one_of(choices.YesNo),
        "transfer_from": st.sampled_from(["", "Corner Pharmacy"]),
    },
)

CIRCUMSTANCES = st.builds(
    Circumstances,
    today=st.just(TODAY),
    center_closed=st.booleans(),
    uninterruptible=st.sampled_from([(), (LISTED,)]),
    notice_running=st.booleans(),
)

WITHOUT_INFLUENCE = st.fixed_dictionaries(
    {},
    optional={
        "caller_role": one_of(choices.CallerRole),
        "caller_name": st.text(max_size=20),
        "caller_relationship": st.text(max_size=20),
        "patient_agrees": st.booleans(),
        "date_of_birth": dates,
        "language": one_of(choices.Language),
        "interpreter": st.booleans(),
        "accommodation": st.text(max_size=20),
        "payer_type": one_of(choices.PayerType),
        "email": st.text(max_size=20),
        "voicemail_ok": one_of(choices.YesNo),
        "notes": st.text(max_size=20),
    },
)


def assessed(document, circumstances):
    return assess(Answers.from_document(document), circumstances)


@given(DOCUMENTS, WITHOUT_INFLUENCE, CIRCUMSTANCES)
def test_language_age_payer_and_who_calls_change_nothing(document, others, circumstances):
    assert assessed(document | others, circumstances) == assessed(document, circumstances)


@given(DOCUMENTS, CIRCUMSTANCES)
def test_r14_stands_alone_or_not_at_all(document, circumstances):
    found = assessed(document, circumstances)
    assert (Rule.R14 in found.rules) == (found.rules == (Rule.R14,)) == (found.priority == Priority.ROUTINE)


@given(DOCUMENTS, CIRCUMSTANCES)
def test_rules_are_in_order_and_the_first_of_them_sets_the_priority(document, circumstances):
    found = assessed(document, circumstances)
    numbers = [int(rule.removeprefix("R")) for rule in found.rules]
    assert numbers == sorted(set(numbers))
    rows = {row.code: row for row in RULES}
    # Rules are numbered from the most to the least urgent.
    assert found.priority == rows[found.rules[0]].priority
    assert found.needs_pharmacist == any(rows[rule].needs_pharmacist for rule in found.rules)


def worse_documents(document):
    """The document with one answer made more severe, in each way that is open to it.

    An unknown isn't ordered: to learn that a dose is far away may well lower the priority.
    """
    for field, vocabulary in (
        ("danger_signs", choices.DangerSign),
        ("storage_problems", choices.StorageProblem),
    ):
        for value in vocabulary.values:
            yield document | {field: sorted({*document.get(field, []), value})}
    for field in ("missed_dose", "evacuated", "fire_affected", "address_changed", "equipment_problem"):
        yield document | {field: "yes"}
    yield document | {"center_reachable": "no"}
    yield document | {"transfer_from": "Corner Pharmacy"}
    yield document | {"therapy": LISTED}
    if document.get("doses_on_hand") == "yes":
        yield document | {"doses_on_hand": "no"}
    for days in (0, 7):
        yield document | {"days_supply": min(days, document.get("days_supply", days))}
    for days in (-1, 2, 3, 7):
        if "next_dose_on" in document:
            sooner = (TODAY + timedelta(days=days)).isoformat()
            yield document | {"next_dose_on": min(sooner, document["next_dose_on"])}


@given(DOCUMENTS, CIRCUMSTANCES)
def test_a_more_severe_answer_never_lowers_the_priority(document, circumstances):
    before = assessed(document, circumstances)
    for worse in worse_documents(document):
        assert assessed(worse, circumstances).priority.severity <= before.priority.severity, worse


@given(DOCUMENTS, CIRCUMSTANCES)
def test_more_severe_circumstances_never_lower_the_priority(document, circumstances):
    worst = Circumstances(today=TODAY, center_closed=True, uninterruptible=(LISTED,), notice_running=True)
    before = assessed(document, circumstances).priority
    assert assessed(document, worst).priority.severity <= before.severity


def sampled_decisions():
    """5,000 decisions spread evenly over the combinations of answers that matter to a rule."""
    values: dict[str, list[Any]] = {
        "danger_signs": [[], [], [], ["breathing"], ["meningitis"], ["immediate_danger"], ["mild_reaction"]],
        "fire_affected": ["", "yes", "no"],
        "evacuated": ["", "yes"],
        "address_changed": ["", "yes"],
        "therapy": ["", LISTED],
        "doses_on_hand": ["", "yes", "no", "unsure"],
        "days_supply": [None, 0, 7, 8],
        "days_to_dose": [None, -1, 2, 3, 4, 7, 8],
        "missed_dose": ["", "", "", "yes"],
        "storage_problems": [[], [], ["warm"]],
        "care_setting": ["", "home", "center"],
        "center_reachable": ["", "yes", "no", "unsure"],
        "equipment_problem": ["", "", "yes"],
        "transfer_from": ["", "Corner Pharmacy"],
        "center_closed": [False, True],
        "notice_running": [False, True],
    }
    for number in range(5_000):
        rest = number * 15_485_863  # a prime, so that the steps run through all the values
        document = {}
        for field, options in values.items():
            rest, index = divmod(rest, len(options))
            document[field] = options[index]
        days = document.pop("days_to_dose")
        document["next_dose_on"] = "" if days is None else (TODAY + timedelta(days=days)).isoformat()
        circumstances = Circumstances(
            TODAY, document.pop("center_closed"), (LISTED,), document.pop("notice_running")
        )
        found = assessed(document, circumstances)
        yield f"{found.priority} {' '.join(found.rules)} {found.needs_pharmacist}"


def test_changed_decisions_come_with_a_new_version():
    """A sign-off names a version. If this fails, raise RULESET_VERSION and put both new values here."""
    digest = sha256("\n".join(sampled_decisions()).encode()).hexdigest()[:16]
    assert (RULESET_VERSION, digest) == ("proposal-2", "6ac754db06667492")
