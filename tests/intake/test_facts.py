from datetime import date

import pytest

from intake.choices import CareSetting, DangerSign, StorageProblem, YesNo, YesNoUnsure
from intake.facts import Answers, Circumstances, Facts


def test_an_empty_document_leaves_everything_unknown():
    assert Answers.from_document({}) == Answers()


def test_null_and_empty_values_are_unanswered():
    fields = Answers.__dataclass_fields__
    assert Answers.from_document(dict.fromkeys(fields)) == Answers()
    assert Answers.from_document(dict.fromkeys(fields.keys() - {"days_supply"}, "")) == Answers()


def test_every_answer_is_read_under_the_name_of_its_field():
    document = {
        "danger_signs": ["breathing", "mild_reaction"],
        "fire_affected": "yes",
        "evacuated": "no",
        "address_changed": "yes",
        "therapy": "Immune globulin",
        "doses_on_hand": "unsure",
        "days_supply": 0,
        "next_dose_on": "2025-01-12",
        "missed_dose": "no",
        "storage_problems": ["warm"],
        "care_setting": "center",
        "center_reachable": "no",
        "equipment_problem": "yes",
        "transfer_from": " Corner Pharmacy ",
        "notes": "is not read",
    }
    assert Answers.from_document(document) == Answers(
        danger_signs=frozenset({DangerSign.BREATHING, DangerSign.MILD_REACTION}),
        fire_affected=YesNo.YES,
        evacuated=YesNo.NO,
        address_changed=YesNo.YES,
        therapy="Immune globulin",
        doses_on_hand=YesNoUnsure.UNSURE,
        days_supply=0,
        next_dose_on=date(2025, 1, 12),
        missed_dose=YesNo.NO,
        storage_problems=frozenset({StorageProblem.WARM}),
        care_setting=CareSetting.CENTER,
        center_reachable=YesNoUnsure.NO,
        equipment_problem=YesNo.YES,
        transfer_from="Corner Pharmacy",
    )


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"danger_signs": ["coughing"]}, "coughing"),
        ({"danger_signs": "breathing"}, "'b'"),  # not a list: its letters would pass for nothing
        ({"doses_on_hand": "maybe"}, "maybe"),
        ({"next_dose_on": "01/12/2025"}, "01/12/2025"),
    ],
)
def test_a_value_outside_the_vocabulary_is_refused(document, named):
    with pytest.raises(ValueError, match=named):
        Answers.from_document(document)


@pytest.mark.parametrize(
    ("therapy", "terms", "found"),
    [
        ("epoprostenol", ["epoprostenol"], True),
        ("EPOPROSTENOL 1.5 mg, pump", ["epoprostenol"], True),
        ("(epoprostenol)", ["epoprostenol"], True),
        ("Flolan/Veletri", ["veletri"], True),
        ("Remodulin®", ["remodulin"], True),
        ("Remodulin™ pump", ["remodulin"], True),
        ("époprosténol", ["epoprostenol"], True),
        ("e\u0301poproste\u0301nol", ["epoprostenol"], True),  # accents as characters of their own
        ("epoprostenol", ["Époprosténol"], True),
        ("epo\u00adprostenol", ["epoprostenol"], True),  # a soft hyphen from a web page
        ("ｅｐｏｐｒｏｓｔｅｎｏｌ", ["epoprostenol"], True),  # full width
        ("immune-globulin", ["immune globulin"], True),
        ("my immune  globulin\n", ["Immune-Globulin"], True),
        ("factor VIII", ["eculizumab", "factor viii"], True),
        ("factor VIII", ["factor vii"], False),
        ("epoprostenols", ["epoprostenol"], False),
        ("preepoprostenol", ["epoprostenol"], False),
        ("immune and globulin", ["immune globulin"], False),
        ("immune", ["immune globulin"], False),
        ("not sure", ["epoprostenol"], False),
        ("", ["epoprostenol"], False),
        ("epoprostenol", [], False),
        ("epoprostenol", ["", " - "], False),
        ("", [""], False),
    ],
)
def test_uninterruptible_therapy(therapy, terms, found):
    circumstances = Circumstances(today=date(2025, 1, 9), uninterruptible=tuple(terms))
    assert Facts(Answers(therapy=therapy), circumstances).uninterruptible_therapy == found
