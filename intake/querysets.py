"""Each read path of requests, named after its question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from intake.choices import Language, MessageState, Priority, Status
from intake.lookup import last_name_hashes, phone_hashes, reference_hashes, token_digest

if TYPE_CHECKING:
    from intake.models import Facility, Queue, Request, SavedFilter, TemporaryRole  # noqa: F401  (the querysets' types)

# Beyond this many the board says "500+": counting all of them would cost more the more wait.
MOST_COUNTED = 500
DUPLICATE_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Worker:
    """Somebody on the desk, as far as it matters for which calls they can take.

    `languages` are those that they speak with patients.
    """

    user: Any
    languages: frozenset[str]
    is_pharmacist: bool


class TemporaryRoleQuerySet(models.QuerySet["TemporaryRole"]):
    def in_force(self, now: datetime) -> Self:
        return self.filter(ended_at__isnull=True, starts_at__lte=now, until__gt=now)


def roles_of(user: Any, now: datetime | None = None) -> models.QuerySet[Group]:
    """The groups that count for the person `now`: for good, or for a while."""
    roles: Any = Group._meta.get_field("temporary_roles").related_model
    temporary = roles.objects.in_force(now or timezone.now()).filter(user=user)
    # Subqueries, not joins: a group must not count twice.
    own = Group.objects.filter(user=user)
    return Group.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=temporary.values("group")))


def accounts_with(groups: models.QuerySet[Group]) -> models.QuerySet[Any]:
    """The accounts in force that have one of the groups now, for good or for a while."""
    accounts: Any = Group._meta.get_field("user").related_model
    roles: Any = Group._meta.get_field("temporary_roles").related_model
    own = accounts.groups.through._default_manager.filter(group__in=groups)
    temporary = roles.objects.in_force(timezone.now()).filter(group__in=groups)
    held = Q(pk__in=own.values("user")) | Q(pk__in=temporary.values("user"))
    return accounts._default_manager.filter(held, is_active=True, is_staff=True)


class QueueQuerySet(models.QuerySet["Queue"]):
    def worked_by(self, user: Any) -> Self:
        """The queues of the person's groups; all of them for a superuser."""
        return self if user.is_superuser else self.of_groups(user)

    def of_groups(self, user: Any, now: datetime | None = None) -> Self:
        # A subquery, not a join: somebody in two groups must not see a queue twice.
        groups = self.model.staff_groups.through._default_manager.filter(group__in=roles_of(user, now))
        return self.filter(pk__in=groups.values("queue"))

    def readable_by(self, user: Any) -> Self:
        """The queues whose requests the person may look at."""
        return self if user.has_perm("intake.view_every_queue") else self.worked_by(user)


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def usable_by(self, user: Any) -> Self:
        """The person's own, and what colleagues share."""
        return self.filter(Q(owner=user) | Q(shared=True))


class RequestQuerySet(models.QuerySet["Request"]):
    def by_token(self, token: str) -> Self:
        """The request behind a public address; nothing for a wrong one."""
        return self.filter(token_hash=token_digest(token))

    def by_reference(self, reference: str) -> Self:
        """`reference` in its canonical form, as `references.parse` returns it."""
        return self.filter(reference_hash__in=reference_hashes(reference))

    def by_phone(self, phone: str) -> Self:
        return self.filter(phone_hash__in=phone_hashes(phone))

    def by_last_name(self, name: str) -> Self:
        return self.filter(last_name_hash__in=last_name_hashes(name))

    def earlier_than(self, *, key: UUID, phone: str, last_name: str, since: datetime) -> Self:
        """What a new submission may repeat, the first first, locked until the transaction ends.

        That is whatever was sent with the same rendered form (`key`), and requests of the same phone and last
        name since `since`.
        """
        same_person = Q(
            phone_hash__in=phone_hashes(phone),
            last_name_hash__in=last_name_hashes(last_name),
            submitted_at__gte=since,
        )
        earlier = self.filter(Q(submission_key=key) | same_person)
        return earlier.order_by("id").select_for_update(no_key=True)

    def workable_by(self, user: Any) -> Self:
        """Requests in the queues of the person's groups; all of them for a superuser."""
        if user.is_superuser:
            return self
        queues: Any = self.model._meta.get_field("queue").related_model
        return self.filter(queue__in=queues.objects.worked_by(user))

    def readable_by(self, user: Any) -> Self:
        """Requests that the person may look at: those of their queues, or of every queue where they audit."""
        return self if user.has_perm("intake.view_every_queue") else self.workable_by(user)

    def unclosed(self) -> Self:
        return self.exclude(status=Status.CLOSED)

    def to_call(self) -> Self:
        """Open requests that stand for themselves: a linked one is carried by its first."""
        return self.unclosed().filter(duplicate_of__isnull=True)

    def overdue(self, now: datetime) -> Self:
        return self.to_call().filter(call_at__lt=now)

    def closed(self) -> Self:
        return self.filter(status=Status.CLOSED)

    def on_legal_hold(self) -> Self:
        """What no purge may take, the longest held first."""
        return self.filter(legal_hold_at__isnull=False).order_by("legal_hold_at", "id")

    def kept_by_a_hold(self) -> Self:
        """What is on legal hold, and whatever is linked with it."""
        held = self.model._default_manager.filter(legal_hold_at__isnull=False).order_by()
        firsts = held.values(first=Coalesce("duplicate_of", "pk"))
        return self.filter(Q(pk__in=firsts) | Q(duplicate_of__in=firsts)).order_by()

    def to_purge(self, now: datetime, kept: Mapping[str, timedelta]) -> Self:
        """Requests that may go with all that they carry: closed for longer than their form's are `kept`.

        A linked group goes as a whole or not at all: each of it closed long enough, none on legal hold,
        nobody looking at it in an emergency, no message about it waiting.
        """
        # Read from the model: queries know no tables.
        accesses: Any = self.model._meta.get_field("emergency_accesses").related_model
        messages: Any = self.model._meta.get_field("messages").related_model
        own = {"request": OuterRef("pk")}
        may_go = Q(pk__in=[])
        for door, time in kept.items():
            may_go |= Q(door=door, closed_at__lt=now - time)
        # The last of the times again, by itself, where the index can use it.
        latest = now - min(kept.values())
        may_go &= Q(status=Status.CLOSED, closed_at__lt=latest, legal_hold_at__isnull=True)
        may_go &= ~Q(Exists(accesses.objects.in_force(now).filter(**own)))
        may_go &= ~Q(Exists(messages.objects.filter(**own, state=MessageState.WAITING)))
        stays = self.model._default_manager.filter(~may_go, duplicate_of=OuterRef("pk"))
        return self.filter(may_go, ~Exists(stays), duplicate_of__isnull=True)

    def for_a_pharmacist(self) -> Self:
        return self.to_call().filter(needs_pharmacist=True)

    def follow_ups_due(self, now: datetime) -> Self:
        """Promised contacts whose time has come."""
        return self.to_call().filter(follow_up_at__isnull=False, follow_up_at__lte=now)

    def never_called(self) -> Self:
        """Whom nobody has tried to reach yet, the longest wait first."""
        return self.to_call().filter(first_called_at__isnull=True).order_by("submitted_at")

    def due_lately(self, now: datetime) -> Self:
        """Whose call was due, the last first; without what was closed before any call, like spam."""
        uncalled = Q(first_called_at__isnull=True, closed_at__isnull=False)
        due = self.filter(duplicate_of__isnull=True, due_at__lte=now)
        return due.exclude(uncalled).order_by("-due_at")

    def held_by(self, user: Any, now: datetime) -> Self:
        return self.filter(claimed_by=user, claimed_until__gt=now)

    def free(self, now: datetime) -> Self:
        """Held by nobody; a lease that ran out holds nothing."""
        return self.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))

    def lapsed(self, now: datetime) -> Self:
        """Whose lease ran out and was not yet returned."""
        return self.filter(claimed_until__lte=now).order_by("claimed_until")

    def takeable_by(self, worker: Worker, now: datetime) -> Self:
        """What `worker` can call next: in their queues, free, and not promised for later.

        What needs a pharmacist is a pharmacist's. Somebody who asked for a language is called by who speaks
        it; where an interpreter is wanted, the language is not one of ours, or the request is escalated or
        overdue, anybody calls, with the interpreter line: perhaps nobody on duty speaks the language.
        """
        language = (
            Q(language__in=worker.languages)
            | Q(language=Language.OTHER)
            | Q(interpreter=True)
            | Q(escalated_at__isnull=False)
            | Q(call_at__lt=now)
        )
        takeable = self.workable_by(worker.user).to_call().free(now).filter(language)
        takeable = takeable.filter(Q(follow_up_at__isnull=True) | Q(follow_up_at__lte=now))
        return takeable if worker.is_pharmacist else takeable.filter(needs_pharmacist=False)

    def to_escalate(self, now: datetime) -> Self:
        """Overdue emergencies and urgent requests that nobody holds, not yet escalated, the oldest first."""
        pressing = Q(priority__in=[Priority.EMERGENCY, Priority.URGENT])
        overdue = self.overdue(now).free(now).filter(pressing, escalated_at__isnull=True)
        return overdue.order_by("call_at", "id")

    def depending_on(self, center: "Facility") -> Self:
        """Open requests that name the center, and the first ones that carry a later one that does."""
        named = self.model._default_manager.filter(center=center).exclude(status=Status.CLOSED)
        # Read now, as they are few: a subquery beside an OR would have every request looked at.
        firsts = list(named.exclude(duplicate_of=None).values_list("duplicate_of", flat=True))
        return self.unclosed().filter(Q(center=center) | Q(pk__in=firsts))

    def standing(self, now: datetime) -> models.QuerySet[Any, dict[str, Any]]:
        """How many wait by queue, status and priority: one row for each, however many requests there are."""
        return (
            self.to_call()
            .order_by()
            .values("queue", "status", "priority")
            .annotate(
                number=Count("pk"),
                overdue=Count("pk", filter=Q(call_at__lt=now)),
                due_first=Min("call_at"),
                uncalled_since=Min("submitted_at", filter=Q(first_called_at__isnull=True)),
            )
        )

    def received_since(self, since: datetime, *, lately: datetime) -> models.QuerySet[Any, dict[str, Any]]:
        """How many arrived by form, channel and priority, linked too; of them, how many since `lately`."""
        queue: Any = self.model._meta.get_field("queue").related_model
        # Naming the queues lets the index of arrivals find the days.
        arrived = self.filter(queue__in=queue.objects.all(), submitted_at__gte=since).order_by()
        counts = {"number": Count("pk"), "lately": Count("pk", filter=Q(submitted_at__gte=lately))}
        return arrived.values("door", "channel", "priority").annotate(**counts)

    def in_call_order(self) -> Self:
        """When harm comes first: emergencies, then the promised time, then the next dose."""
        return self.order_by("call_band", "call_at", F("next_dose_on").asc(nulls_last=True), "id")
