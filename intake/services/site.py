"""Changing what the public sees and what triage leans on, where a history or a rule is kept.

Each function is one transaction with its audit row, and takes `by` (the staff account) and `now`.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from intake import situation, triage
from intake.models import EmergencyNotice, Facility, NoticeVersion, RulesetSignOff
from intake.services import incidents, notices
from intake.services.errors import DeskError
from portal import audit

NOTICE_CONTENT = [
    "severity", "headline", "headline_es", "body", "body_es", "says_centers_open", "starts_at", "ends_at",
]  # fmt: skip
FACILITY_FIELDS = ["name", "name_confirmed", "status", "note", "note_es", "position"]

Row = TypeVar("Row", Facility, EmergencyNotice)


def version(row: Facility | EmergencyNotice) -> str:
    """What a form keeps of the row that it was opened with, and gives back as `opened` when it is sent."""
    if isinstance(row, EmergencyNotice):
        content = notice_content(row)
    else:
        content = {name: getattr(row, name) for name in FACILITY_FIELDS}
    return sha256(json.dumps(content).encode()).hexdigest()


@transaction.atomic
def lock_unchanged(row: Row, *, opened: str) -> Row:
    """Return the stored row, locked; DeskError where it is no longer what `opened` was made of.

    A form carries all fields of its row: stored late, it would open a center again that somebody has
    closed meanwhile. What is stored already may be sent again: a double click is no conflict.
    """
    stored = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if version(stored) not in (opened, version(row)):
        raise DeskError(
            _(
                "Somebody else has changed this since you opened it, so nothing was saved. What you typed "
                "still stands below. Open the page again in another tab to see what holds now, and make "
                "your change there."
            )
        )
    return stored


@transaction.atomic
def save_notice(*, notice: EmergencyNotice, opened: str = "", by: Any, now: datetime) -> EmergencyNotice:
    """Store a new or changed notice and keep it as a version; the same again keeps none.

    A changed one needs the version that it was `opened` with: see `lock_unchanged`. What a notice said
    before its first change is kept too, dated to its start.
    """
    earlier = lock_unchanged(notice, opened=opened) if notice.pk else None
    before = notice_content(earlier) if earlier else {}
    content = notice_content(notice)
    changed = [name for name in content if content[name] != before.get(name)]
    if not changed:
        return notice
    if earlier and not earlier.versions.exists():
        NoticeVersion.objects.create(notice=earlier, at=earlier.starts_at, by=None, content=before)
    notice.save()
    NoticeVersion.objects.create(notice=notice, at=now, by=by, content=content)
    action = "notice changed" if earlier else "notice made"
    audit.record(action, by=by, subject=f"notice {notice.pk}", fields=changed)
    notices.notice_changed(earlier, notice, now=now)
    return notice


def notice_content(notice: EmergencyNotice) -> dict[str, Any]:
    """The notice as its versions keep it, JSON-ready; times to the second, as forms give them."""
    content = {name: getattr(notice, name) for name in NOTICE_CONTENT}
    for name in ("starts_at", "ends_at"):
        moment = content[name]
        content[name] = moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
    content["owner"] = notice.owner.get_username() if notice.owner else None
    return content


def save_facility(*, facility: Facility, opened: str, by: Any, now: datetime) -> Facility:
    """Store what staff say of a facility that they `opened` in this version: see `lock_unchanged`.

    `since` moves with the status, and with nothing else. Requests that depend on a center whose status
    changed are assessed again, and the owner of a notice that says something else is told.
    """
    # Read before the transaction, so that a failed look can't break it.
    today = situation.current()
    with transaction.atomic():
        before = lock_unchanged(facility, opened=opened)
        changed = [name for name in FACILITY_FIELDS if getattr(facility, name) != getattr(before, name)]
        if not changed:
            return facility
        is_news = facility.status != before.status
        facility.since = now if is_news else before.since
        facility.save(update_fields=[*changed, "since"])
        audit.record("facility changed", by=by, subject=f"facility {facility.slug}", fields=changed)
        if is_news:
            incidents.center_changed(facility, today, by=by, now=now)
            notices.center_changed(before, facility, now=now)
    return facility


def can_sign(by: Any) -> bool:
    return by.has_perm("intake.sign_rules")


@transaction.atomic
def sign_rules(*, version: str, note: str = "", by: Any, now: datetime) -> RulesetSignOff:
    """Sign the triage rules that are in force. A second signature of the same version changes nothing.

    `version` is the one that was read: DeskError where another is in force by now.
    """
    if not can_sign(by):
        raise PermissionDenied
    if version != triage.RULESET_VERSION:
        raise DeskError(_("The rules have changed since. Read them again before you sign."))
    signed, made = RulesetSignOff.objects.get_or_create(
        version=version, defaults={"signed_by": by, "signed_at": now, "note": note.strip()}
    )
    if made:
        audit.record("rules signed", by=by, subject=f"rules {version}", fields=["signed_by", "signed_at"])
    return signed
