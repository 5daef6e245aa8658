"""The situation as a value: lines, hours, facilities, notices, targets and therapies at one moment."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake.choices import Door, FacilityKind, FacilityStatus, Severity, TargetBasis
from intake.contradictions import contradictions
from intake.hours import Period, Schedule, Target

Document = Mapping[str, Any]

NUMBERED = re.compile(r"Infusion center (\d+)")


def _in_language(english: str, spanish: str) -> str:
    return spanish if spanish and (get_language() or "en").startswith("es") else english


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True)
class Line:
    """A phone line that calls can be made to. `tel` is a link; `display` is how the number is read."""

    queue_id: int
    slug: str
    door: str
    audience_en: str
    audience_es: str
    phone: str
    hours_confirmed: bool
    schedule: Schedule

    @property
    def audience(self) -> str:
        return _in_language(self.audience_en, self.audience_es)

    @property
    def display(self) -> str:
        number = phonenumbers.parse(self.phone, "US")
        national = str(number.national_number)
        if number.country_code == 1 and len(national) == 10:
            return f"{national[:3]}-{national[3:6]}-{national[6:]}"
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)

    @property
    def tel(self) -> str:
        return f"tel:{self.phone}"


@dataclass(frozen=True)
class FacilityState:
    id: int
    slug: str
    name_en: str
    name_confirmed: bool
    kind: str
    status: str
    since: datetime | None
    note_en: str
    note_es: str

    @property
    def name(self) -> str:
        """A center without a published name has a number, said in the page's language."""
        numbered = NUMBERED.fullmatch(self.name_en)
        if self.name_confirmed or not numbered:
            return self.name_en
        return _("Infusion center %(number)s") % {"number": numbered[1]}

    @property
    def note(self) -> str:
        return _in_language(self.note_en, self.note_es)

    @property
    def status_label(self) -> str:
        return str(FacilityStatus(self.status).label)


@dataclass(frozen=True)
class Notice:
    id: int
    severity: str
    headline_en: str
    headline_es: str
    body_en: str
    body_es: str
    starts_at: datetime
    ends_at: datetime | None
    says_centers_open: bool = False

    @property
    def headline(self) -> str:
        return _in_language(self.headline_en, self.headline_es)

    @property
    def body(self) -> str:
        return _in_language(self.body_en, self.body_es)

    @property
    def severity_label(self) -> str:
        return str(Severity(self.severity).label)

    def runs(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True)
class Situation:
    """`as_of` is when the rows were read; `version` changes with their content and with nothing else."""

    as_of: datetime
    version: str
    lines: tuple[Line, ...]
    facilities: tuple[FacilityState, ...]
    notices: tuple[Notice, ...]
    targets: Mapping[str, Target]
    targets_confirmed: bool
    therapies: tuple[str, ...]
    signed_versions: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def line_for(self) -> dict[str, Line]:
        """The line of each public form; the first line for a form that staff gave none."""
        first = self.lines[0]
        return {door.value: first for door in Door} | {line.door: line for line in self.lines if line.door}

    def line_of(self, queue_id: int) -> Line:
        """The line of a queue; the first line for one that was made since the rows were read."""
        return next((line for line in self.lines if line.queue_id == queue_id), self.lines[0])

    @property
    def pharmacy(self) -> FacilityState | None:
        return next((f for f in self.facilities if f.kind == FacilityKind.PHARMACY), None)

    @property
    def centers(self) -> list[FacilityState]:
        return [f for f in self.facilities if f.kind == FacilityKind.INFUSION_CENTER]

    def contradictions(self, now: datetime) -> list[tuple[Notice, FacilityState]]:
        """The notices that say something else of a center than its status."""
        return contradictions(self.notices, self.facilities, now)

    def version_at(self, now: datetime) -> str:
        """What a page shown at `now` depends on: the content, and which notice runs."""
        notice = self.running_notice(now)
        return f"{self.version}-{notice.id if notice else 0}"

    def running_notice(self, now: datetime) -> Notice | None:
        """The most severe of the notices that run at `now`; of equals the one that started last."""
        ranks = list(Severity.values)
        running = [notice for notice in self.notices if notice.runs(now)]
        return max(running, key=lambda n: (ranks.index(n.severity), n.starts_at), default=None)

    @classmethod
    def from_document(cls, document: Document) -> "Situation":
        """Build from `document`, the rows as JSON-ready values (see `keeping.read_document`).

        Raise ValueError or LookupError for rows that no page can be made of."""
        if not document["queues"]:
            raise ValueError("There is no line to show.")
        content = {key: value for key, value in document.items() if key != "as_of"}
        canonical = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder)
        return cls(
            as_of=datetime.fromisoformat(document["as_of"]),
            version=sha256(canonical.encode()).hexdigest()[:16],
            lines=tuple(_line(row, document) for row in document["queues"]),
            facilities=tuple(
                FacilityState(
                    row["id"],
                    row["slug"],
                    row["name"],
                    row["name_confirmed"],
                    row["kind"],
                    row["status"],
                    _moment(row["since"]),
                    row["note"],
                    row["note_es"],
                )
                for row in document["facilities"]
            ),
            notices=tuple(
                Notice(
                    row["id"],
                    row["severity"],
                    row["headline"],
                    row["headline_es"],
                    row["body"],
                    row["body_es"],
                    datetime.fromisoformat(row["starts_at"]),
                    _moment(row["ends_at"]),
                    # A copy on disk may be older than the question.
                    row.get("says_centers_open", False),
                )
                for row in document["notices"]
            ),
            targets={
                row["priority"]: Target(TargetBasis(row["basis"]), row["minutes"])
                for row in document["targets"]
            },
            targets_confirmed=all(row["confirmed"] for row in document["targets"]),
            therapies=tuple(
                term.strip()
                for row in document["therapies"]
                for term in row["terms"].splitlines()
                if term.strip()
            ),
            signed_versions=frozenset(document["signed_versions"]),
        )


def _line(row: Document, document: Document) -> Line:
    schedule = Schedule(
        zone=ZoneInfo(row["time_zone"]),
        periods=tuple(
            Period(p["weekday"], time.fromisoformat(p["opens"]), time.fromisoformat(p["closes"]))
            for p in document["periods"]
            if p["queue_id"] == row["id"]
        ),
        closures=tuple(
            (datetime.fromisoformat(c["starts_at"]), datetime.fromisoformat(c["ends_at"]))
            for c in document["closures"]
            if c["queue_id"] == row["id"]
        ),
    )
    return Line(
        row["id"], row["slug"], row["door"] or "", row["audience"], row["audience_es"], row["phone"],
        row["hours_confirmed"], schedule,
    )  # fmt: skip
