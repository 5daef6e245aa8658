"""What each role of the staff may do.

The rights here are each role's least: `sync_roles` gives back what is missing and takes nothing away, so that
what an administrator added to a group stays. A person who is to have less belongs in a group of its own.
The groups that work a queue are named here only for a queue that nobody works yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from intake.choices import QUEUE_ROLES
from intake.models import Queue

# Everybody on the staff sees what the public is told.
SITE = (
    "intake.view_queue",
    "intake.view_openingperiod",
    "intake.view_closure",
    "intake.view_facility",
    "intake.view_emergencynotice",
)
RULES = ("intake.view_callbacktarget", "intake.view_uninterruptibletherapy", "intake.view_rulesetsignoff")
DESK = ("intake.view_request", "intake.work_request", *SITE, *RULES)
STAFFING = (
    "intake.assign_request",
    "intake.view_staffprofile",
    "intake.change_staffprofile",
    "intake.view_temporaryrole",
    "intake.add_temporaryrole",
)
OUTBOX = ("intake.view_outboxmessage",)

ROLES: Mapping[str, tuple[str, ...]] = {
    "frontdesk": DESK,
    "pharmacist": (
        *DESK,
        "intake.answer_as_pharmacist",
        "intake.add_uninterruptibletherapy",
        "intake.change_uninterruptibletherapy",
        "intake.delete_uninterruptibletherapy",
        "intake.change_facility",
    ),
    "lead": (
        *DESK,
        *OUTBOX,
        *STAFFING,
        "intake.export_request",
        "intake.hold_request",
        "intake.retry_message",
        "intake.add_queue",
        "intake.change_queue",
        *(f"intake.{action}_openingperiod" for action in ("add", "change", "delete")),
        *(f"intake.{action}_closure" for action in ("add", "change", "delete")),
        "intake.change_facility",
        "intake.add_emergencynotice",
        "intake.change_emergencynotice",
        "intake.change_callbacktarget",
        "education.view_article",
    ),
    "editor": (
        *SITE,
        "education.view_article",
        "education.add_article",
        "education.change_article",
        "education.publish_article",
    ),
    "reviewer": (
        *SITE,
        "education.view_article",
        "education.review_article",
        "education.review_translation",
    ),
    "auditor": (
        "intake.view_request",
        "intake.view_every_queue",
        "intake.export_request",
        *SITE,
        *RULES,
        *OUTBOX,
        "education.view_article",
        "portal.view_auditentry",
    ),
    # Beside "pharmacist", for the one person who answers for the rules. Nobody is in it to begin with.
    "pharmacist-in-charge": ("intake.sign_rules",),
}


class UnknownRights(LookupError):
    """A role names rights that no table has: the migrations have not run, or a name is wrong."""


@dataclass
class Synced:
    """What was missing: group → rights given; slugs of queues that got their groups."""

    given: dict[str, list[str]] = field(default_factory=dict)
    queues: list[str] = field(default_factory=list)


@transaction.atomic
def sync() -> Synced:
    """Give every role its rights, and every queue without groups those that answer calls."""
    known = _known({right for rights in ROLES.values() for right in rights})
    synced = Synced()
    for name, rights in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        held = set(group.permissions.values_list("pk", flat=True))
        missing = [right for right in rights if known[right].pk not in held]
        if missing:
            group.permissions.add(*(known[right] for right in missing))
            synced.given[name] = missing
    workers = Group.objects.filter(name__in=QUEUE_ROLES)
    for queue in Queue.objects.filter(staff_groups__isnull=True):
        queue.staff_groups.set(workers)
        synced.queues.append(queue.slug)
    return synced


def _known(rights: set[str]) -> dict[str, Permission]:
    named = Q()
    for right in rights:
        app, codename = right.split(".")
        named |= Q(content_type__app_label=app, codename=codename)
    found = Permission.objects.filter(named).select_related("content_type")
    known = {f"{permission.content_type.app_label}.{permission.codename}": permission for permission in found}
    if unknown := rights - known.keys():
        raise UnknownRights(", ".join(sorted(unknown)))
    return known
