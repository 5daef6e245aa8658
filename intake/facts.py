"""What the triage rules read, and the terms in which they are written: pure values."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from intake.choices import CareSetting, DangerSign, StorageProblem, YesNo, YesNoUnsure

Choice = TypeVar("Choice", bound=Enum)


def _choice(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value else None


@dataclass(frozen=True)
class Answers:
    """What the rules read of a form, and nothing else; every default means "unanswered"."""

    danger_signs: frozenset[DangerSign] = frozenset()
    fire_affected: YesNo | None = None
    evacuated: YesNo | None = None
    address_changed: YesNo | None = None
    therapy: str = ""
    doses_on_hand: YesNoUnsure | None = None
    days_supply: int | None = None
    next_dose_on: date | None = None
    missed_dose: YesNo | None = None
    storage_problems: frozenset[StorageProblem] = frozenset()
    care_setting: CareSetting | None = None
    center_reachable: YesNoUnsure | None = None
    equipment_problem: YesNo | None = None
    transfer_from: str = ""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Answers":
        """Read a form's JSON. An absent key, null or an empty value is "unanswered"; other keys are ignored.

        A value outside the vocabulary raises ValueError: a danger sign must not be dropped in silence.
        """
        get = document.get
        next_dose_on = get("next_dose_on")
        return cls(
            danger_signs=frozenset(map(DangerSign, get("danger_signs") or ())),
            fire_affected=_choice(YesNo, get("fire_affected")),
            evacuated=_choice(YesNo, get("evacuated")),
            address_changed=_choice(YesNo, get("address_changed")),
            therapy=get("therapy") or "",
            doses_on_hand=_choice(YesNoUnsure, get("doses_on_hand")),
            days_supply=get("days_supply"),
            next_dose_on=date.fromisoformat(next_dose_on) if next_dose_on else None,
            missed_dose=_choice(YesNo, get("missed_dose")),
            storage_problems=frozenset(map(StorageProblem, get("storage_problems") or ())),
            care_setting=_choice(CareSetting, get("care_setting")),
            center_reachable=_choice(YesNoUnsure, get("center_reachable")),
            equipment_problem=_choice(YesNo, get("equipment_problem")),
            transfer_from=(get("transfer_from") or "").strip(),
        )


@dataclass(frozen=True)
class Circumstances:
    """What the rules must know beside the answers.

    `today` is the date in the queue's time zone; `center_closed` is about the center that the answers
    name; `uninterruptible` holds the terms of staff's list; `notice_running` means an emergency notice.
    """

    today: date
    center_closed: bool = False
    uninterruptible: tuple[str, ...] = ()
    notice_running: bool = False


def _folded(text: str) -> str:
    """Words in lower case without accents, one space between and around them; punctuation parts words."""
    kept = "".join(
        character if character.isalnum() or unicodedata.category(character).startswith("M") else " "
        for character in text
        if unicodedata.category(character) != "Cf"  # soft hyphens and zero-width spaces part nothing
    )
    plain = "".join(c for c in unicodedata.normalize("NFKD", kept).casefold() if not unicodedata.combining(c))
    return f" {' '.join(plain.split())} "


@dataclass(frozen=True)
class Facts:
    """The terms of the rules."""

    answers: Answers
    circumstances: Circumstances

    def has_sign(self, *signs: DangerSign) -> bool:
        return not self.answers.danger_signs.isdisjoint(signs)

    @property
    def center_patient(self) -> bool:
        return self.answers.care_setting == CareSetting.CENTER

    @property
    def home_therapy(self) -> bool:
        return not self.center_patient

    @property
    def affected(self) -> bool:
        return self.answers.fire_affected == YesNo.YES

    @property
    def may_be_affected(self) -> bool:
        return self.affected or (not self.answers.fire_affected and self.circumstances.notice_running)

    @property
    def evacuated(self) -> bool:
        return self.answers.evacuated == YesNo.YES

    @property
    def address_changed(self) -> bool:
        return self.answers.address_changed == YesNo.YES

    @property
    def transferring(self) -> bool:
        return bool(self.answers.transfer_from)

    @property
    def missed_dose(self) -> bool:
        return self.answers.missed_dose == YesNo.YES

    @property
    def next_dose_unknown(self) -> bool:
        return self.answers.next_dose_on is None

    def due_within(self, days: int) -> bool:
        """Past dates are due; an unknown date is not."""
        due_on = self.answers.next_dose_on
        return due_on is not None and (due_on - self.circumstances.today).days <= days

    def unknown_or_due_within(self, days: int) -> bool:
        return self.next_dose_unknown or self.due_within(days)

    def supply_within(self, days: int) -> bool:
        """An unknown supply is not a short one."""
        return self.answers.days_supply is not None and self.answers.days_supply <= days

    @property
    def doses_yes(self) -> bool:
        return self.answers.doses_on_hand == YesNoUnsure.YES

    @property
    def doses_no(self) -> bool:
        return self.answers.doses_on_hand == YesNoUnsure.NO

    @property
    def doses_unknown(self) -> bool:
        return not (self.doses_yes or self.doses_no)

    @property
    def compromised(self) -> bool:
        return bool(self.answers.storage_problems)

    @property
    def equipment_problem(self) -> bool:
        return self.answers.equipment_problem == YesNo.YES

    @property
    def center_closed(self) -> bool:
        return self.circumstances.center_closed

    @property
    def center_known_reachable(self) -> bool:
        return self.answers.center_reachable == YesNoUnsure.YES

    @property
    def center_not_reachable(self) -> bool:
        return self.answers.center_reachable == YesNoUnsure.NO

    @property
    def assured(self) -> bool:
        """The next dose: center patients rely on their center, anyone else on sound doses at home."""
        if self.center_patient:
            return self.center_known_reachable and not self.center_closed
        return self.doses_yes and not self.compromised

    @property
    def disrupted(self) -> bool:
        return (
            (self.home_therapy and self.doses_no)  # center patients hold no doses
            or self.compromised
            or self.center_not_reachable
            or self.center_closed
            or self.equipment_problem
        )

    @property
    def uninterruptible_therapy(self) -> bool:
        """A term of the list stands in the therapy as whole words; case, accents and hyphens don't matter."""
        therapy = _folded(self.answers.therapy)
        return any(
            term.strip() and term in therapy for term in map(_folded, self.circumstances.uninterruptible)
        )
