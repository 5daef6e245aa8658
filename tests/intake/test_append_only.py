"""What happened to a request, and what a notice said, is only ever added."""

import pytest
from django.utils import timezone

from intake.models import EmergencyNotice, NoticeVersion, RequestEvent
from portal.audit import AppendOnly
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db


def an_event():
    submit()
    return RequestEvent.objects.get(), "to_value", RequestEvent.objects.get().request.events


def a_version():
    notice = EmergencyNotice.objects.first()
    version = NoticeVersion.objects.create(notice=notice, at=timezone.now(), content={})
    return version, "content", notice.versions


@pytest.mark.parametrize("make", [an_event, a_version])
def test_no_way_of_the_app_changes_or_deletes_a_row(make):
    row, field, related = make()
    rows, value = type(row).objects, getattr(row, field)
    before = list(rows.values())
    tries = [
        row.save,
        row.delete,
        lambda: row.save(update_fields=[field]),
        lambda: type(row)(pk=row.pk).save(force_update=True),
        rows.all().delete,
        lambda: rows.update(**{field: value}),
        lambda: rows.bulk_update([row], [field]),
        lambda: rows.update_or_create(pk=row.pk, defaults={field: value}),
        related.all().delete,
        lambda: related.update(**{field: value}),
        lambda: type(row)._base_manager.filter(pk=row.pk).update(**{field: value}),
    ]
    for attempt in tries:
        with pytest.raises((AppendOnly, ValueError)):
            attempt()
    assert list(rows.values()) == before


def test_events_go_with_their_request_when_it_is_purged():
    request = submit().request
    request.delete()
    assert not RequestEvent.objects.exists()
