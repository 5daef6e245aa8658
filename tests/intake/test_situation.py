import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.utils import timezone, translation

from intake import situation
from intake.models import Closure, EmergencyNotice, Facility, Queue
from intake.situation import keeping
from intake.situation.values import Situation


@pytest.fixture
def no_database(monkeypatch):
    """Every question to the database fails, as when it is stopped."""

    def fail(now):
        raise DatabaseError

    def stop():
        monkeypatch.setattr(keeping, "read_document", fail)

    return stop


@pytest.fixture
def always_old(settings):
    settings.SITUATION_MAX_AGE = 0


@pytest.mark.django_db
class TestWithADatabase:
    def test_it_holds_the_two_lines_in_order(self):
        lines = situation.current().lines
        assert [(line.slug, line.door, line.display, line.tel) for line in lines] == [
            ("current-patients", "current-patient", "877-595-0757", "tel:+18775950757"),
            ("new-patients", "new-patient", "877-602-7779", "tel:+18776027779"),
        ]

    def test_texts_follow_the_language(self):
        notice = situation.current().running_notice(timezone.now())
        english = notice.headline
        with translation.override("es"):
            assert notice.headline == EmergencyNotice.objects.get().headline_es != english

    def test_a_missing_translation_falls_back_to_english(self):
        EmergencyNotice.objects.update(headline_es="")
        with translation.override("es"):
            notice = situation.current().running_notice(timezone.now())
            assert notice.headline == notice.headline_en

    def test_the_most_severe_running_notice_shows(self):
        now = timezone.now().replace(microsecond=0)
        hour = timedelta(hours=1)
        for severity, starts, ends in [
            ("info", now - hour, None),
            ("emergency", now - 2 * hour, now + hour),
            ("emergency", now - 3 * hour, now - hour),
            ("emergency", now + hour, None),
        ]:
            EmergencyNotice.objects.create(
                severity=severity, headline=severity, body="…", starts_at=starts, ends_at=ends
            )
        today = situation.current()
        assert today.running_notice(now).starts_at == now - 2 * hour
        assert today.running_notice(now + 30 * hour).starts_at == now + hour

    def test_the_version_changes_with_the_content_alone(self, always_old):
        before = situation.current().version
        assert situation.current().version == before
        Facility.objects.filter(slug="infusion-center-1").update(status="limited")
        assert situation.current().version != before

    def test_a_notice_that_starts_changes_what_pages_depend_on(self):
        now = timezone.now().replace(microsecond=0)
        EmergencyNotice.objects.create(
            severity="emergency", headline="Later", body="…", starts_at=now + timedelta(hours=1)
        )
        today = situation.current()
        assert today.version_at(now) != today.version_at(now + timedelta(hours=2))

    def test_closures_cut_the_opening_hours(self):
        now = timezone.now().replace(microsecond=0)
        Closure.objects.create(
            queue=Queue.objects.get(slug="new-patients"), starts_at=now, ends_at=now + timedelta(days=80)
        )
        today = situation.current()
        assert today.line_for["new-patient"].schedule.next_opening(now) >= now + timedelta(days=80)
        assert today.line_for["current-patient"].schedule.next_opening(now) < now + timedelta(days=80)

    def test_a_form_without_a_line_of_its_own_shows_the_first(self):
        Queue.objects.filter(door="new-patient").update(door=None)
        assert situation.current().line_for["new-patient"].slug == "current-patients"

    def test_a_copy_is_used_again_for_a_while(self, settings, django_assert_num_queries):
        settings.SITUATION_MAX_AGE = 60
        situation.current()
        with django_assert_num_queries(0):
            situation.current()

    def test_the_last_good_copy_goes_on_without_a_database(self, always_old, no_database):
        Queue.objects.filter(slug="new-patients").update(phone="+12135550177")
        before = situation.current()
        no_database()
        assert situation.current() == before
        assert situation.is_stale()

    def test_a_new_process_without_a_database_reads_the_copy_on_disk(self, no_database):
        Queue.objects.filter(slug="new-patients").update(phone="+12135550177")
        situation.current()
        keeping.forget()
        no_database()
        assert situation.current().line_for["new-patient"].display == "213-555-0177"
        assert situation.is_stale()

    def test_rows_that_no_page_can_be_made_of_keep_the_last_copy(self, always_old):
        before = situation.current()
        Queue.objects.update(time_zone="Nowhere/Atlantis")
        assert situation.current() == before

    def test_the_first_copy_is_what_the_migrations_put_in_the_tables(self):
        first, today = (
            Situation.from_document(json.loads(keeping.FIRST_COPY.read_text())),
            situation.current(),
        )
        assert [(line.slug, line.door, line.phone, line.audience) for line in first.lines] == [
            (line.slug, line.door, line.phone, line.audience) for line in today.lines
        ]
        assert [notice.headline for notice in first.notices] == [notice.headline for notice in today.notices]
        assert first.targets == today.targets
        assert first.therapies == today.therapies


def test_without_a_database_and_any_copy_the_release_knows_the_lines(no_database, settings, tmp_path):
    no_database()
    settings.VAR = tmp_path / "empty"
    assert [line.display for line in situation.current().lines] == ["877-595-0757", "877-602-7779"]


def test_a_slow_database_holds_up_one_thread_only(monkeypatch, always_old, settings, tmp_path):
    """While somebody waits for the database the others go on with the copy that there is."""
    settings.VAR = tmp_path
    document = json.loads(keeping.FIRST_COPY.read_text())
    monkeypatch.setattr(keeping, "read_document", lambda now: document)
    first = situation.current()
    with keeping.asking, ThreadPoolExecutor(1) as another:
        assert another.submit(situation.current).result(timeout=30) is first
