"""The page of figures: who sees what of it, over which days, and what a drawing says in words."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from intake.choices import Outcome
from intake.desk import charts
from intake.models import Queue, Request, RequestEvent
from intake.services import desk
from tests.intake.requests import submit
from tests.intake.stored import number_of_queries, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FIGURES = "/admin/triage/figures/"
MINUTE = timedelta(minutes=1)


def figure(response, slug):
    return next(one for one in response.context["figures"] if one.slug == slug)


def test_what_arrived_and_was_called_today_is_counted(lead_client, lead):
    now = timezone.now()
    first = submit(now=now, missed_dose="yes").request
    submit(now=now, phone="+12135550143", fire_affected="yes")
    submit(now=now, missed_dose="yes")  # the first again
    desk.log_outreach(request_id=first.pk, outcome=Outcome.NO_ANSWER, by=lead, now=now)
    desk.log_outreach(
        request_id=first.pk, outcome=Outcome.REACHED_PATIENT, by=lead, now=now + timedelta(seconds=1)
    )
    desk.close(request_id=first.pk, disposition="address_updated", by=lead, now=now)

    response = lead_client.get(FIGURES)
    shown = {one["label"]: str(one["value"]) for one in response.context["totals"]}
    assert shown == {
        "requests arrived": "2",
        "calls made": "2",
        "called in time": "100%",
        "not called, not due yet": "1",
        "requests closed": "1",
    }
    assert {row[0].split()[0] for row in figure(response, "rules").rows} == {"R4", "R13"}
    assert [row[:2] for row in figure(response, "dispositions").rows] == [["Address updated", "1"]]
    assert sorted(row[0] for row in figure(response, "outcomes").rows) == ["No answer", "Reached the patient"]
    assert "1 later one came besides" in response.content.decode()


def test_each_drawing_says_in_words_what_it_shows_and_has_its_table(lead_client):
    submit(now=timezone.now(), missed_dose="yes")
    html = lead_client.get(FIGURES).content.decode()
    drawings = re.findall(r'<svg class="chart[^>]*>.*?</svg>', html, re.DOTALL)

    assert len(drawings) >= 3
    for drawing in drawings:
        [labels] = re.findall(r'role="img" aria-labelledby="(\S+) (\S+)"', drawing)
        assert all(f'id="{label}"' in drawing for label in labels)
        assert re.search(r"<desc[^>]*>\S.*</desc>", drawing)
    assert html.count("<summary>Table: ") == len(drawings)
    assert "style=" not in html


def test_only_the_queues_of_the_account_are_counted(client, staff, sign_in):
    now = timezone.now()
    submit(now=now)
    frontdesk = staff("frontdesk")
    own, other = Queue.objects.all()
    other.staff_groups.clear()
    stored(other, now).save()
    sign_in(client, frontdesk)

    response = client.get(FIGURES)
    assert [one["name"] for one in response.context["queues"]] == [own.name]
    assert response.context["totals"][0]["value"] == 1
    # Nor by its name in the address.
    assert client.get(FIGURES, {"queue": other.slug}).context["totals"][0]["value"] == 1


@pytest.mark.parametrize("role", ["editor", "reviewer"])
def test_who_may_not_see_requests_sees_no_figures(client, staff, sign_in, role):
    sign_in(client, staff(role))
    assert client.get(FIGURES).status_code == 403


def test_who_works_no_queue_sees_no_figures(client, staff, sign_in):
    frontdesk = staff("frontdesk")
    for queue in Queue.objects.all():
        queue.staff_groups.clear()
    sign_in(client, frontdesk)
    assert client.get(FIGURES).status_code == 403


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({}, (0, 0)),
        ({"period": "yesterday"}, (1, 1)),
        ({"period": "week"}, (6, 0)),
        ({"period": "nonsense"}, (0, 0)),
        ({"queue": "nowhere"}, (0, 0)),
    ],
)
def test_a_period_has_a_name_or_is_today(lead_client, asked, days):
    today = timezone.localdate()
    period = lead_client.get(FIGURES, asked).context["period"]
    assert (period.first, period.last) == tuple(today - timedelta(days=back) for back in days)


def test_days_are_chosen_and_stay_in_the_address(lead_client):
    response = lead_client.get(
        FIGURES, {"first": "2026-03-07", "last": "03/09/2026", "queue": "new-patients"}
    )
    assert (response.context["period"].first, response.context["period"].last) == (
        date(2026, 3, 7),
        date(2026, 3, 9),
    )
    assert [one["slug"] for one in response.context["queues"]] == ["new-patients"]
    assert 'name="first" value="2026-03-07"' in response.content.decode()
    assert "?period=week&amp;queue=new-patients" in response.content.decode()


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2026-03-09", "2026-03-07", "The last day comes before the first."),
        ("2026-01-01", "2026-04-03", "At most 92 days."),
        ("2026-01-01", "", "Enter both days."),
        ("", "2026-01-01", "Enter both days."),
        ("soon", "2026-01-01", "Enter a day like"),
        ("0001-01-01", "0001-01-01", "Enter a day like"),
        ("9999-12-31", "9999-12-31", "The last day is still to come."),
    ],
)
def test_days_that_cant_be_are_refused_and_today_is_shown(lead_client, first, last, problem):
    response = lead_client.get(FIGURES, {"first": first, "last": last})
    assert response.status_code == 422
    assert problem in response.content.decode()
    assert response.context["period"].first == timezone.localdate()


def test_days_are_those_of_the_queue(lead_client, lead, sign_in, monkeypatch):
    Queue.objects.filter(slug="new-patients").update(time_zone="Asia/Kolkata")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 18, 20, 0, tzinfo=UTC))
    sign_in(lead_client, lead)
    at = {
        q: lead_client.get(FIGURES, {"queue": q}).context["period"].first
        for q in ("current-patients", "new-patients")
    }
    assert at == {"current-patients": date(2026, 11, 18), "new-patients": date(2026, 11, 19)}


def many(rows):
    queues = list(Queue.objects.all())
    now = timezone.now()
    made = Request.objects.bulk_create(
        stored(
            queues[number % 2], now, rules=[f"R{number % 14 + 1}"], first_called_at=now + number % 90 * MINUTE
        )
        for number in range(rows)
    )
    RequestEvent.objects.bulk_create(
        RequestEvent(request=one, at=now, kind="outreach", to_value="no_answer") for one in made
    )


def test_any_number_of_rows_is_counted_with_the_same_queries(lead_client, settings):
    settings.SITUATION_MAX_AGE = 3600  # its queries every two seconds are not the figures'
    many(2)
    few = number_of_queries(lead_client, FIGURES)
    # Sign-in's 4, the frame's 2. The figures': queues, arrivals, calls, promises, waits, rules, closed.
    assert few <= 4 + 2 + 7
    many(400)
    assert number_of_queries(lead_client, FIGURES) == few
    assert lead_client.get(FIGURES).context["totals"][0]["value"] == 402


def test_the_tallest_column_fills_its_half_and_nothing_is_drawn_for_nothing():
    drawn = charts.timeline([charts.Moment("a", "a", 4, 1), charts.Moment("b", "", 0, 2)])
    first, second = drawn.columns
    assert (first.up_height, first.is_highest) == (f"{charts.HALF:.1f}", True)
    assert (second.up_height, second.down_height) == ("0.0", f"{charts.HALF / 2:.1f}")
    assert second.is_lowest
    assert charts.timeline([]).columns == []


def test_words_are_wrapped_never_cut():
    [bar] = charts.bars(
        [charts.Row("A very long reason that goes on and on, and then on again, for several lines", "7", 0.5)]
    ).bars
    assert " ".join(text for text, _y in bar.lines).endswith("several lines: 7")
    assert len(bar.lines) == 2
    assert all(len(text) <= charts.NARROW for text, _y in bar.lines)
    assert bar.width == "50.00%"
