"""Who works the desk: roles for a while, languages and skills, and saved filters.

Each function is one transaction with its audit row, and takes `by` (the staff account) and `now`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from intake.choices import QUEUE_ROLES, Language, Skill
from intake.models import SavedFilter, StaffProfile, TemporaryRole
from intake.querysets import Worker
from intake.services.errors import DeskError
from portal import audit

LONGEST_ROLE = timedelta(days=14)


def worker(user: Any) -> Worker:
    """The person as the desk knows them; one query."""
    profile = StaffProfile.objects.filter(user=user).first()
    languages = profile.languages if profile else [Language.ENGLISH.value]
    return Worker(user, frozenset(languages), user.has_perm("intake.answer_as_pharmacist"))


@transaction.atomic
def save_profile(
    *,
    user: Any,
    languages: Collection[Language],
    skills: Collection[Skill] = (),
    shortcuts: bool = True,
    by: Any,
    now: datetime,
) -> StaffProfile:
    """Keep what a person speaks and is good at: their own, or anybody's for a lead.

    Languages decide which calls somebody gets, so a lead sets them; one's own shortcuts are one's own.
    """
    leads = by.has_perm("intake.change_staffprofile")
    if by.pk != user.pk and not leads:
        raise PermissionDenied
    profile, made = StaffProfile.objects.select_for_update().get_or_create(user=user)
    wanted = {
        "languages": sorted(languages) if leads else profile.languages,
        "skills": sorted(skills) if leads else profile.skills,
        "shortcuts": shortcuts,
    }
    changed = [name for name, value in wanted.items() if getattr(profile, name) != value]
    if not changed and not made:
        return profile
    for name in changed:
        setattr(profile, name, wanted[name])
    profile.save(update_fields=changed or None)
    audit.record("profile changed", by=by, subject=f"account {user.pk}", fields=changed)
    return profile


@transaction.atomic
def give_role(*, user: Any, group: Group, until: datetime, by: Any, now: datetime) -> TemporaryRole:
    """Let somebody work as `group` until then. Only the roles that answer calls can be given so.

    One that they have already ends with it: of a role there is one at a time, so that ending it ends it.
    """
    if not by.has_perm("intake.add_temporaryrole"):
        raise PermissionDenied
    if group.name not in QUEUE_ROLES:
        raise DeskError(_("Only the roles that answer calls can be given for a while."))
    if not by.is_superuser and group.name == "lead":
        raise DeskError(_("Only an administrator makes somebody a lead."))
    if user.pk == by.pk:
        raise DeskError(_("Somebody else has to give you a role."))
    if not now < until <= now + LONGEST_ROLE:
        raise DeskError(_("Choose an end that is still to come, within 14 days."))
    if not user.is_active or not user.is_staff:
        raise DeskError(_("This account can’t sign in."))
    # One giver after the other: two at once would give it twice.
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
    earlier = TemporaryRole.objects.in_force(now).filter(user=user, group=group)
    if same := earlier.filter(until=until).first():
        return same
    earlier.update(ended_at=now, ended_by=by)
    role = TemporaryRole.objects.create(user=user, group=group, starts_at=now, until=until, given_by=by)
    audit.record("role given", by=by, subject=f"account {user.pk}", fields=[group.name])
    return role


@transaction.atomic
def end_role(*, role_id: int, by: Any, now: datetime) -> TemporaryRole:
    """End a role before its time. One that is over stays as it is."""
    if not by.has_perm("intake.add_temporaryrole"):
        raise PermissionDenied
    role = TemporaryRole.objects.select_for_update(of=("self",)).select_related("group").get(pk=role_id)
    if role.ended_at is None and role.until > now:
        role.ended_at, role.ended_by = now, by
        role.save(update_fields=["ended_at", "ended_by"])
        audit.record("role ended", by=by, subject=f"account {role.user_id}", fields=[role.group.name])
    return role


@transaction.atomic
def save_filter(*, name: str, address: str, shared: bool, by: Any, now: datetime) -> SavedFilter:
    """Keep a view of the board under a name of one's own; the same name again replaces it."""
    if not by.has_perm("intake.view_request"):
        raise PermissionDenied
    saved, _made = SavedFilter.objects.update_or_create(
        owner=by, name=name.strip(), defaults={"address": address, "shared": shared, "made_at": now}
    )
    audit.record("filter saved", by=by, subject=f"filter {saved.pk}")
    return saved


@transaction.atomic
def delete_filter(*, filter_id: int, by: Any, now: datetime) -> None:
    """Only whoever made it can delete it; what is gone already is no error."""
    deleted, _rows = SavedFilter.objects.filter(pk=filter_id, owner=by).delete()
    if deleted:
        audit.record("filter deleted", by=by, subject=f"filter {filter_id}")
