"""Who works the desk now: roles and queues, what they speak, what they hold, when they last did something."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import Count, Max, Prefetch, Q
from django.utils.translation import gettext as _

from intake import presenting
from intake.choices import EventKind, Language, Skill
from intake.desk.page import name_of
from intake.figures import Period
from intake.models import Queue, RequestEvent, TemporaryRole


@dataclass(frozen=True)
class Person:
    user: Any
    name: str
    roles: list[str]
    temporary: list[TemporaryRole]
    queues: list[str]
    languages: list[str]
    skills: list[str]
    holds: int
    calls: int
    last: str


def workers(now: datetime) -> Any:
    """The accounts that may work requests: by a group, a role for a while, a right of their own, or all."""
    works = {"codename": "work_request", "content_type__app_label": "intake"}
    by_right = {f"permissions__{name}": value for name, value in works.items()}
    own = {f"groups__{name}": value for name, value in by_right.items()}
    direct = {f"user_permissions__{name}": value for name, value in works.items()}
    for_a_while = TemporaryRole.objects.in_force(now).filter(
        **{f"group__{name}": value for name, value in by_right.items()}
    )
    able = Q(is_superuser=True) | Q(**own) | Q(**direct) | Q(pk__in=for_a_while.values("user"))
    # A subquery, not a join: somebody with two such groups must not stand there twice.
    accounts = get_user_model().objects
    return accounts.filter(is_active=True, is_staff=True, pk__in=accounts.filter(able).values("pk"))


def people(held: Iterable[Any], *, now: datetime, zone: ZoneInfo) -> list[Person]:
    """Five queries: accounts, their groups, their roles for a while, the queues' groups, the day's events.

    `held` are the requests that are held now.
    """
    in_force = TemporaryRole.objects.in_force(now).select_related("group")
    accounts = list(
        workers(now)
        .select_related("profile")
        .prefetch_related("groups", Prefetch("temporary_roles", in_force, to_attr="for_a_while"))
        .order_by("username")
    )
    queues = _queues_of_groups()
    today = now.astimezone(zone).date()
    did = {
        row["by"]: row
        for row in RequestEvent.objects.filter(by__in=accounts, at__gte=Period(today, today, zone).start)
        .order_by()
        .values("by")
        .annotate(last=Max("at"), calls=Count("id", filter=Q(kind=EventKind.OUTREACH)))
    }
    holds: dict[int, int] = {}
    for item in held:
        holds[item.claimed_by_id] = holds.get(item.claimed_by_id, 0) + 1
    return [
        _person(user, queues, holds.get(user.pk, 0), did.get(user.pk), now=now, zone=zone)
        for user in accounts
    ]


def profile_of(user: Any) -> tuple[list[str], list[str], bool]:
    """Languages, skills, and whether shortcuts are on; what stands for somebody without a profile."""
    profile = getattr(user, "profile", None)
    if profile is None:
        return [Language.ENGLISH.value], [], True
    return profile.languages, profile.skills, profile.shortcuts


def _person(
    user: Any,
    queues: dict[int, list[str]],
    holds: int,
    did: Any,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Person:
    groups = [*user.groups.all(), *(role.group for role in user.for_a_while)]
    languages, skills, _shortcuts = profile_of(user)
    own = {name: None for group in groups for name in queues.get(group.pk, [])}
    everything = {name: None for names in queues.values() for name in names}
    return Person(
        user=user,
        name=name_of(user),
        roles=[group.name for group in user.groups.all()] or ([_("superuser")] if user.is_superuser else []),
        temporary=user.for_a_while,
        queues=list(everything if user.is_superuser else own),
        languages=[str(Language(value).label) for value in languages],
        skills=[str(Skill(value).label) for value in skills],
        holds=holds,
        calls=did["calls"] if did else 0,
        last=presenting.moment(did["last"], now=now, zone=zone) if did else "",
    )


def _queues_of_groups() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for group, name in Queue.objects.order_by("position").values_list("staff_groups", "name"):
        if group is not None:
            found.setdefault(group, []).append(name)
    return found
