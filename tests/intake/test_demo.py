"""The demonstration's requests: a real morning, of people who can't be real."""

import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.utils import timezone

from intake import demo, demo_days, situation
from intake.choices import Channel, EventKind, Outcome, Priority, Rule, Status
from intake.demo_stories import STORIES
from intake.forms import FORMS
from intake.models import OutboxMessage, Queue, Request, RequestEvent
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db

CALIFORNIA = ZoneInfo("America/Los_Angeles")
# A working morning, a Sunday's night, and the hour that autumn repeats.
MOMENTS = ["2026-11-18T17:30", "2026-11-22T09:10", "2026-11-01T09:30"]


@pytest.fixture
def desk(staff):
    """The demo accounts that work requests."""
    return {role: staff(role, role) for role in ("frontdesk", "pharmacist", "lead")}


def load(now: Any = None) -> list[Request]:
    demo.load(STORIES, now=now or timezone.now())
    return list(Request.objects.order_by("id").select_related("queue"))


@pytest.mark.parametrize("moment", MOMENTS)
def test_forty_requests_of_every_kind_at_any_hour(desk, moment):
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    requests = load(now)

    assert len(requests) == 40
    for queue in Queue.objects.all():
        own = [r for r in requests if r.queue == queue]
        assert {r.priority for r in own} == set(Priority)
        assert {r.status for r in own} == set(Status)
    assert {rule for r in requests for rule in r.rules} >= set(Rule) - {Rule.R10, Rule.R13}
    assert len({r.language for r in requests}) >= 9
    assert sum(r.interpreter for r in requests) >= 6
    assert {r.answers["caller_role"] for r in requests} == {"patient", "caregiver", "prescriber_office"}
    assert sum(r.duplicate_of is not None for r in requests) == 2
    assert {r.channel for r in requests} == set(Channel)

    to_call = Request.objects.to_call()
    assert to_call.overdue(now).count() >= 4
    assert to_call.filter(call_at__range=(now, now + timedelta(minutes=45))).count() >= 4
    assert to_call.filter(follow_up_at__lt=now).exists()
    assert to_call.filter(claimed_until__gt=now).count() >= 4
    assert to_call.filter(claimed_until__lt=now).exists()
    assert len({r.disposition for r in requests if r.disposition}) >= 9

    kinds = Counter(RequestEvent.objects.values_list("kind", flat=True))
    # No legal case is played.
    assert set(kinds) == set(EventKind) - {EventKind.HOLD_SET, EventKind.HOLD_LIFTED}
    assert len(set(RequestEvent.objects.filter(kind=EventKind.OUTREACH).values_list("to_value"))) >= 7
    assert not RequestEvent.objects.filter(at__gt=now).exists()
    assert all(r.submitted_at <= r.events.latest("at").at for r in requests)


def test_every_document_is_what_the_form_makes_of_it(desk):
    for request in load():
        posted = QueryDict(mutable=True)
        for name, value in request.answers.items():
            posted.setlist(name, value if isinstance(value, list) else ["on" if value is True else value])
        posted["submission_key"] = str(uuid4())
        form = FORMS[request.door](posted, today=timezone.localdate(), centers=situation.current().centers)
        assert form.errors == {}
        assert form.document() == request.answers


def test_nobody_in_it_can_be_called_or_written_to(desk):
    for request in load():
        for said in map(str, request.answers.values()):
            digits = re.sub(r"\D", "", said)
            assert len(digits) < 10 or re.fullmatch(r"1?\d{3}55501\d\d", digits)
            assert "@" not in said or said.endswith("@example.org")
    assert not OutboxMessage.objects.exists()


def test_it_is_the_same_each_time(desk):
    now = timezone.now()
    first = [(r.answers, r.status, r.due_at) for r in load(now)]
    Request.objects.update(duplicate_of=None)
    Request.objects.all().delete()
    assert [(r.answers, r.status, r.due_at) for r in load(now)] == first


def test_only_a_database_without_requests_is_filled(desk):
    submit()
    call_command("load_demo")
    assert Request.objects.count() == 1


def test_the_second_time_nothing_is_said_or_done(desk, capsys):
    call_command("load_demo")
    assert "40" in capsys.readouterr().out
    made = Request.objects.count()
    call_command("load_demo")
    assert capsys.readouterr().out == ""
    assert Request.objects.count() == made


def test_without_staff_all_requests_are_new():
    assert {r.status for r in load()} == {Status.NEW}


def test_any_account_that_works_all_queues_will_do(staff):
    sole = staff("lead", "sole")
    assert {r.status for r in load()} == set(Status)
    assert set(RequestEvent.objects.exclude(by=None).values_list("by", flat=True)) == {sole.pk}


def test_an_administrator_alone_has_called_nobody(admin_user):
    assert {r.status for r in load()} == {Status.NEW}


def test_each_role_does_its_own(desk):
    load()
    worked = RequestEvent.objects.filter(to_value=Outcome.REACHED_PATIENT).values_list(
        "by__username", flat=True
    )
    assert {"frontdesk", "pharmacist"} <= set(worked)


def test_production_refuses_made_up_people(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="demonstration only"):
        call_command("load_demo")
    assert not Request.objects.exists()


def test_it_takes_no_time_worth_waiting_for(desk):
    start = time.process_time()
    load()
    assert time.process_time() - start < 4  # about 1 s where nothing else runs


def test_the_days_before_are_a_week_of_closed_requests(desk):
    now = datetime(2026, 11, 18, 17, 30, tzinfo=UTC)
    load(now)
    morning = set(Request.objects.values_list("pk", flat=True))
    made = demo_days.fill(now=now)

    days = list(Request.objects.exclude(pk__in=morning).prefetch_related("events"))
    assert len(days) == made > 100
    assert {r.status for r in days} == {Status.CLOSED}
    assert {r.priority for r in days} == set(Priority)
    assert len({r.submitted_at.astimezone(CALIFORNIA).date() for r in days}) == demo_days.DAYS
    late = [r for r in days if r.first_called_at > r.due_at]
    assert 0.03 < len(late) / made < 0.3
    for request in days:
        times = [event.at for event in request.events.all()]
        assert times == sorted(times)
        assert times[-1] == request.closed_at < now
        assert request.events.filter(kind=EventKind.OUTREACH, at=request.first_called_at).exists()
        assert re.fullmatch(r"\+1\d{3}55501\d\d", request.answers["phone"])
        assert Request.objects.by_phone(request.answers["phone"]).count() == 1
        assert Request.objects.by_reference(request.reference).get() == request
        assert Request.objects.by_token(request.token).get() == request
    refused = [r for r in days if r.answers.get("voicemail_ok") != "yes"]
    left = RequestEvent.objects.filter(to_value=Outcome.LEFT_VOICEMAIL, request__in=refused)
    assert not left.exists()
    assert not OutboxMessage.objects.exists()


def test_without_staff_nothing_happened_before():
    load()
    assert demo_days.fill(now=timezone.now()) == 0


def test_the_desk_knows_what_its_people_speak(desk):
    load()
    assert desk["frontdesk"].profile.languages == ["en", "es"]
    assert "hy" in desk["pharmacist"].profile.languages
