"""The drill's check by itself: it must notice each thing that can go wrong."""

from dataclasses import replace

import pytest

from benchmarks.drill.checking import Database, Message, Stored, check
from benchmarks.drill.disturbing import WITH_DATABASE, Disturbance, disturb, draw
from benchmarks.drill.patients import CURRENT, NEW, Visit


def visit(number, **given):
    answered = {"key": f"key-{number}", "was_posted": True, "references": {f"ref-{number}"}}
    return Visit(
        **{"number": number, "door": CURRENT, "priority": "urgent", "email": "a@example.org"}
        | answered
        | given
    )


def request(number, **given):
    row = Stored(
        key=f"key-{number}",
        reference=f"ref-{number}",
        last_name=f"Drill {number}",
        email="a@example.org",
        queue="current-patients",
        priority="urgent",
        rules=["R4"],
        is_due=True,
        submitted_events=1,
        confirmations=1,
        alerts=1,
    )
    return replace(row, **given)


def confirmation(number, **given):
    return replace(Message(f"<{number}>", "confirmation", "sent", 1, "a@example.org"), **given)


SENT = ("<1>", ["a@example.org"])


def breaches(visits=(), requests=(), messages=(), deliveries=(), most_doubled=0):
    database = Database(list(requests), list(messages))
    return check(list(visits), database, list(deliveries), most_doubled=most_doubled).breaches


def test_what_is_as_it_must_be_breaches_nothing():
    visits = [
        visit(1),
        visit(2, door=NEW, email="", priority="same_day"),
        visit(3, references=set(), gave_up=True),
        visit(4, references=set(), gave_up=True),
        Visit(5, CURRENT, "urgent", ""),  # never sent
    ]
    requests = [
        request(1),
        request(2, queue="new-patients", email="", priority="same_day", confirmations=0, alerts=0),
        request(3),
    ]
    verdict = check(visits, Database(requests, [confirmation(1)]), [SENT], most_doubled=0)
    assert verdict.breaches == []
    assert verdict.figures["people who sent a request"] == 4
    assert verdict.figures["  of them acknowledged"] == 2
    assert verdict.figures["requests stored"] == 3
    assert verdict.figures["  stored for people who gave up before the answer"] == 1


@pytest.mark.parametrize(
    ("visits", "requests", "said"),
    [
        ([visit(1)], [], "acknowledged and not stored"),
        ([visit(1)], [request(1, reference="other")], "acknowledged and not stored"),
        ([visit(1)], [request(1), request(1, reference="other")], "stored more than once"),
        ([visit(1, references={"ref-1", "ref-2"})], [request(1)], "told two references"),
        ([visit(1, references=set())], [request(1)], "never answered"),
        ([], [request(1)], "nobody sent it"),
        ([visit(1)], [request(1, last_name="Drill 2")], "other answers"),
        ([visit(1)], [request(1, priority="routine")], "without its triage"),
        ([visit(1)], [request(1, rules=[])], "without its triage"),
        ([visit(1)], [request(1, queue="new-patients")], "without its triage"),
        ([visit(1)], [request(1, is_due=False)], "without its triage"),
        ([visit(1)], [request(1, submitted_events=0)], "first event"),
        ([visit(1)], [request(1, submitted_events=2)], "first event"),
        ([visit(1)], [request(1, confirmations=0)], "the confirmation that is due"),
        ([visit(1, email="")], [request(1, email="")], "the confirmation that is due"),
        ([visit(1)], [request(1, alerts=2)], "the alert that is due"),
    ],
)
def test_a_request_that_is_not_as_it_must_be_is_noticed(visits, requests, said):
    assert any(said in breach for breach in breaches(visits, requests))


@pytest.mark.parametrize(
    ("message", "deliveries", "said"),
    [
        (confirmation(1, state="waiting"), [], "messages not sent"),
        (confirmation(1, state="failed"), [], "messages not sent"),
        (confirmation(1), [], "never delivered"),
        (confirmation(1), [SENT, SENT], "more often than tried"),
        (confirmation(1, tries=2), [SENT, SENT], "delivered twice"),
        (confirmation(1), [("<1>", ["b@example.org"])], "somebody else"),
        (confirmation(1), [SENT, ("<2>", ["a@example.org"])], "nobody wrote it"),
    ],
)
def test_a_message_that_is_not_as_it_must_be_is_noticed(message, deliveries, said):
    assert any(said in breach for breach in breaches(messages=[message], deliveries=deliveries))


def test_a_message_may_come_twice_where_its_worker_was_killed():
    assert breaches(messages=[confirmation(1, tries=2)], deliveries=[SENT, SENT], most_doubled=1) == []


def test_a_seed_gives_the_same_disturbances_each_kind_at_least_once():
    drawn = draw(7, seconds=60, kinds=WITH_DATABASE, pause=(1, 2))
    assert drawn == draw(7, seconds=60, kinds=WITH_DATABASE, pause=(1, 2))
    assert drawn != draw(8, seconds=60, kinds=WITH_DATABASE, pause=(1, 2))
    assert {one.kind for one in drawn} == set(WITH_DATABASE)
    assert all(one.at < 60 for one in drawn)


def test_what_kills_the_server_waits_until_it_is_up_and_keeps_nothing_else_waiting():
    done, up = [], iter([False] * 3)
    disturb(
        [Disturbance(0, "database", 0.01), Disturbance(0, "mail server", 0.01)],
        seconds=0.6,
        begin={kind: lambda kind=kind: done.append(kind) for kind in ("database", "mail server")},
        end={},
        keep=lambda: None,
        is_up=lambda: next(up, True),
    )
    assert done == ["mail server", "database"]


def test_whatever_was_begun_is_ended():
    done = []
    planned = [Disturbance(0, "database", 0.1), Disturbance(0.02, "database", 0.1), Disturbance(0.03, "x", 9)]
    counted = disturb(
        planned,
        seconds=0.4,
        begin={"database": lambda: done.append("stop"), "x": lambda: done.append("begin")},
        end={"database": lambda: done.append("start"), "x": lambda: done.append("end")},
        keep=lambda: None,
        is_up=lambda: True,
    )
    assert sorted(done) == ["begin", "end", "start", "stop"]
    assert counted == {"database": 1, "x": 1}
