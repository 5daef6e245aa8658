"""A morning at the desk with made-up people, for an empty database.

Everything is done through the services, at times in the past, so that what the desk shows is what really
followed from it.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import transaction

from intake import situation
from intake.choices import (
    Channel,
    Disposition,
    Door,
    FacilityStatus,
    Language,
    Outcome,
    Priority,
    Skill,
    WaitingOn,
)
from intake.models import Facility, OutboxMessage, Queue, Request
from intake.services import desk, site, staffing
from intake.services.submission import submit_request

MAY_INTRODUCE = "intake.change_staffprofile"
# What the demo accounts speak with patients, and are good at.
SPEAK: Mapping[str, tuple[tuple[Language, ...], tuple[Skill, ...]]] = {
    "frontdesk": ((Language.ENGLISH, Language.SPANISH), (Skill.COVERAGE,)),
    "pharmacist": ((Language.ENGLISH, Language.SPANISH, Language.ARMENIAN), (Skill.EQUIPMENT,)),
    "lead": ((Language.ENGLISH, Language.KOREAN), (Skill.PRESCRIBERS, Skill.COVERAGE)),
}

# Minutes ago, or so many days ago at that time of the day.
When = int | tuple[int, str]


@dataclass(frozen=True)
class Clock:
    now: datetime
    zone: ZoneInfo

    def at(self, when: When) -> datetime:
        if isinstance(when, int):
            return self.now - timedelta(minutes=when)
        days, clock = when
        return datetime.combine(self.day(-days), time.fromisoformat(clock), self.zone)

    def day(self, days: int) -> date:
        return self.now.astimezone(self.zone).date() + timedelta(days=days)


@dataclass(frozen=True)
class Step:
    """Something that `role` did. `do` gets the clock, and request_id, by and now of the services."""

    when: When
    role: str
    do: Callable[..., Any]


def claim(when: When, role: str = "frontdesk") -> Step:
    return Step(when, role, lambda clock, **how: desk.claim(**how))


def release(when: When, role: str = "frontdesk") -> Step:
    return Step(when, role, lambda clock, **how: desk.release(**how))


def call(
    when: When, outcome: Outcome, note: str = "", role: str = "frontdesk", all_the_same: bool = False
) -> Step:
    what: dict[str, Any] = {"outcome": outcome, "note": note, "all_the_same": all_the_same}
    return Step(when, role, lambda clock, **how: desk.log_outreach(**what, **how))


def follow_up(
    when: When, minutes: int, waiting_on: WaitingOn | str = "", note: str = "", role: str = "frontdesk"
) -> Step:
    """`minutes` count from now: a promise that is overdue has a negative number."""
    return Step(
        when,
        role,
        lambda clock, **how: desk.set_follow_up(
            at=clock.at(-minutes), waiting_on=waiting_on, note=note, **how
        ),
    )


def priority(when: When, to: Priority, note: str = "", role: str = "lead") -> Step:
    return Step(when, role, lambda clock, **how: desk.change_priority(priority=to, note=note, **how))


def reroute(when: When, to: str, note: str = "", role: str = "frontdesk") -> Step:
    return Step(
        when, role, lambda clock, **how: desk.reroute(queue=Queue.objects.get(slug=to), note=note, **how)
    )


def close(when: When, disposition: Disposition, note: str = "", role: str = "frontdesk") -> Step:
    return Step(when, role, lambda clock, **how: desk.close(disposition=disposition, note=note, **how))


def take_over(when: When, reason: str, role: str = "lead") -> Step:
    return Step(when, role, lambda clock, **how: desk.take_over(reason=reason, **how))


def assign(when: When, to: str, note: str = "", role: str = "lead") -> Step:
    return Step(when, role, lambda clock, **how: desk.assign(to=staff_by_role()[to], note=note, **how))


def ask_pharmacist(when: When, note: str = "", role: str = "frontdesk") -> Step:
    return Step(when, role, lambda clock, **how: desk.ask_pharmacist(note=note, **how))


def escalate(when: When, note: str, role: str = "frontdesk") -> Step:
    return Step(when, role, lambda clock, **how: desk.escalate(note=note, **how))


def unlink(when: When, note: str, role: str = "frontdesk") -> Step:
    return Step(when, role, lambda clock, **how: desk.unlink(note=note, **how))


def center(when: When, slug: str, status: FacilityStatus, role: str = "lead") -> Step:
    """A center changes its status, on which requests may depend: this one and others."""
    return Step(when, role, lambda clock, by, now, **how: _change_center(slug, status, by, now))


def reopen(when: When, note: str, role: str = "lead") -> Step:
    return Step(when, role, lambda clock, **how: desk.reopen(note=note, **how))


@dataclass(frozen=True)
class Story:
    """What somebody sent, and what staff did since.

    `says` are answers as the forms store them, but for `next_dose_in` (days from today) and `email`, which
    True fills in. Stories of the same `form` were sent from the same page, after going back.
    """

    door: Door
    when: When
    who: str
    says: Mapping[str, Any]
    then: tuple[Step, ...] = ()
    page: str = "en"
    form: str = ""
    channel: Channel = Channel.WEB


@dataclass
class _Sent:
    story: Story
    key: UUID
    answers: dict[str, Any]
    request_id: int = field(default=0)


@transaction.atomic
def load(stories: tuple[Story, ...], *, now: datetime) -> int:
    """Fill a database without requests; return how many were made. Without staff who can, none is worked."""
    # Two that start at the same time do so one after the other.
    list(Queue.objects.select_for_update())
    if Request.objects.exists():
        return 0
    # Whatever this process has seen before the tables were there is out of date.
    situation.refresh()
    clock = Clock(now, situation.current().lines[0].schedule.zone)
    staff = staff_by_role()
    _introduce(staff, now)
    for _when, _order, happen in sorted(_happenings(stories, clock, staff), key=lambda item: item[:2]):
        happen()
    # Nobody lives at these addresses, and nobody must be alarmed by these people: not even once somebody
    # sets up a mail server.
    OutboxMessage.objects.all().delete()
    return len(stories)


def _happenings(
    stories: tuple[Story, ...], clock: Clock, staff: Mapping[str, Any]
) -> Iterator[tuple[datetime, int, Callable[[], None]]]:
    """Everything that happened, as (when, order of equals, what)."""
    chance = random.Random(2026)  # noqa: S311 (the same people each time)
    people: dict[str, dict[str, str]] = {}
    keys: dict[str, UUID] = {}
    order = 0
    for story in stories:
        if story.who not in people:
            people[story.who] = _person(story.who, len(people), chance)
        key = UUID(int=chance.getrandbits(128), version=4)
        sent = _Sent(story, keys.setdefault(story.form or str(key), key), _answers(story, people, clock))
        yield clock.at(story.when), (order := order + 1), _submitting(sent, clock, staff)
        for step in story.then if staff else ():
            yield clock.at(step.when), (order := order + 1), _working(sent, step, clock, staff)


def _submitting(sent: _Sent, clock: Clock, staff: Mapping[str, Any]) -> Callable[[], None]:
    def happen() -> None:
        by_phone = sent.story.channel == Channel.PHONE and staff
        submission = submit_request(
            door=sent.story.door,
            document=sent.answers,
            submission_key=sent.key,
            language=sent.story.page,
            now=clock.at(sent.story.when),
            channel=Channel.PHONE if by_phone else Channel.WEB,
            by=staff["frontdesk"] if by_phone else None,
        )
        sent.request_id = submission.request.pk

    return happen


def _working(sent: _Sent, step: Step, clock: Clock, staff: Mapping[str, Any]) -> Callable[[], None]:
    def happen() -> None:
        step.do(clock, request_id=sent.request_id, by=staff[step.role], now=clock.at(step.when))

    return happen


def _person(name: str, number: int, chance: random.Random) -> dict[str, str]:
    first, last = name.split(" ", 1)
    born = date(chance.randint(1938, 2012), chance.randint(1, 12), chance.randint(1, 28))
    area = chance.choice(("213", "310", "323", "424", "626", "818"))
    return {
        "first_name": first,
        "last_name": last,
        "date_of_birth": born.isoformat(),
        # 555-0100 to 555-0199 are kept for stories: they ring nowhere.
        "phone": f"+1{area}55501{number:02}",
        "email": f"person{number:02}@example.org",
    }


def _answers(story: Story, people: Mapping[str, dict[str, str]], clock: Clock) -> dict[str, Any]:
    person, says = dict(people[story.who]), dict(story.says)
    email = person.pop("email")
    if story.door == Door.NEW:
        del person["date_of_birth"]
    if says.pop("email", False):
        says["email"] = email
    if "next_dose_in" in says:
        says["next_dose_on"] = clock.day(says.pop("next_dose_in")).isoformat()
    return {"caller_role": "patient", **person, **says}


def _change_center(slug: str, status: FacilityStatus, by: Any, now: datetime) -> None:
    facility = Facility.objects.get(slug=slug)
    opened = site.version(facility)
    facility.status = status
    site.save_facility(facility=facility, opened=opened, by=by, now=now)


def _introduce(staff: Mapping[str, Any], now: datetime) -> None:
    """Say what the demo accounts speak and are good at, as their lead would."""
    for role, (languages, skills) in SPEAK.items():
        user = staff.get(role)
        if user is not None and user.get_username() == role and staff["lead"].has_perm(MAY_INTRODUCE):
            staffing.save_profile(user=user, languages=languages, skills=skills, by=staff["lead"], now=now)


def staff_by_role() -> dict[str, Any]:
    """Role → an account that can work every queue; the one named like the role where there is one."""
    able = {user.get_username(): user for user in _accounts() if _works_everywhere(user)}
    if not able:
        return {}
    anybody = next(iter(able.values()))
    return {role: able.get(role, anybody) for role in ("frontdesk", "pharmacist", "lead")}


def _accounts() -> Any:
    return get_user_model().objects.filter(is_active=True).order_by("is_superuser", "pk")


def _works_everywhere(user: Any) -> bool:
    if not user.has_perm("intake.work_request"):
        return False
    # An administrator in no group may see every queue, and works none.
    own = Queue.objects.filter(staff_groups__in=user.groups.all())
    return not Queue.objects.exclude(pk__in=own).exists()
