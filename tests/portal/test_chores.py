"""The worker that `make run` starts keeps the library as well."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from education import services
from education.choices import Status
from education.models import Article
from portal import audit
from portal.models import User
from tests.education.test_pages import a_document


@pytest.mark.django_db
def test_the_worker_publishes_what_is_scheduled() -> None:
    article = services.add(a_document(), status=Status.DRAFT, by=None)
    now = timezone.now()
    services.schedule(article, number=1, at=now + timedelta(hours=1), by=None, now=now)
    call_command("send_messages", once=True)
    assert Article.objects.get().status == Status.DRAFT
    Article.objects.update(publish_at=now - timedelta(minutes=1))
    call_command("send_messages", once=True)
    assert Article.objects.get().status == Status.PUBLISHED


@pytest.mark.django_db
def test_the_worker_marks_reviews_that_ran_out() -> None:
    article = services.add(a_document(), status=Status.PUBLISHED, by=None)
    reviewer = User.objects.create_superuser("r", first_name="Rosa", last_name="Test")
    on = timezone.localdate() - timedelta(days=400)
    services.record_review(article, by=reviewer, on=on)
    call_command("send_messages", once=True)
    assert Article.objects.get().status == Status.REVIEW_DUE


@pytest.mark.django_db
def test_the_worker_seals_the_audit_trail() -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=False):
        row = audit.record("request viewed", by="a test", subject="request 1")
    call_command("send_messages", once=True)
    row.refresh_from_db()
    assert row.seal == 1
    assert audit.verify().wrong == 0
