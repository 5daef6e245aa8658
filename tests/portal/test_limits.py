"""Limits that all processes share: what counts, for whom, and that our own faults refuse nobody."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory

from portal import chores, limits
from portal.limits import LimitCount

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 18, 3, tzinfo=UTC)
TEN = timedelta(minutes=10)


def hit(key="192.0.2.1", *, name="codes", limit=3, now=NOW, **kwargs):
    return limits.hit(name, key, limit=limit, window=TEN, now=now, **kwargs)


def test_as_many_as_the_limit_pass_and_the_next_window_starts_anew():
    assert [hit().allowed for _ in range(5)] == [True, True, True, False, False]
    verdict = hit()
    assert verdict.ends_at == datetime(2026, 11, 22, 18, 10, tzinfo=UTC)
    assert verdict.seconds_left(NOW) == 7 * 60
    assert hit(now=verdict.ends_at).allowed


def test_names_and_visitors_are_counted_apart():
    for _ in range(4):
        hit()
    assert hit(name="requests").allowed
    assert hit("192.0.2.2").allowed


def test_another_process_knows_the_count():
    for _ in range(3):
        hit()
        limits.forget()
    assert not hit().allowed


def test_a_full_window_is_not_asked_for_again(django_assert_num_queries):
    for _ in range(4):
        hit()
    with django_assert_num_queries(0):
        assert not hit().allowed
        assert not limits.known_full("codes", "192.0.2.1", window=TEN, now=NOW).allowed
    assert limits.known_full("codes", "192.0.2.2", window=TEN, now=NOW).allowed


def test_one_statement_counts(django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(1):
            hit()


def test_in_steps_the_database_is_told_a_tenth_as_often(django_assert_num_queries):
    with django_assert_num_queries(3):
        answers = [hit(limit=25, steps=10).allowed for _ in range(40)]
    assert answers == [True] * 29 + [False] * 11


def test_no_row_holds_an_address():
    hit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM portal_limitcount")
        assert "192.0.2.1" not in repr(cursor.fetchall())
    first = LimitCount.objects.get().pk
    hit(now=NOW + TEN)
    assert LimitCount.objects.exclude(pk=first).exists(), "the same visitor is another row in the next window"


def test_windows_that_are_over_are_deleted():
    hit()
    hit("192.0.2.2", now=NOW + TEN)
    assert chores.delete_old_counts(now=NOW + TEN) == 1
    assert LimitCount.objects.count() == 1
    assert chores.delete_old_counts(now=NOW + TEN) == 0


def refuse(execute, sql, *rest):
    if "limitcount" in sql:
        raise OperationalError("no such table")
    return execute(sql, *rest)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_refused_when_the_table_can_not_be_asked():
    with connection.execute_wrapper(refuse):
        assert all(hit().allowed for _ in range(10))
        with pytest.raises(limits.CantCount), transaction.atomic():
            hit()


def test_what_is_rolled_back_does_not_count():
    for _ in range(5):
        with transaction.atomic():
            assert hit().allowed
            transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_at_once_from_all_sides_exactly_as_many_as_the_limit_pass():
    answers, lock, start = [], threading.Lock(), threading.Barrier(8)

    def work():
        start.wait()
        for _ in range(5):
            allowed = hit(limit=20).allowed
            with lock:
                answers.append(allowed)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(True), answers.count(False)) == (20, 20)


class TestNetwork:
    def network(self, remote="192.0.2.1", forwarded=None):
        headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        return limits.network_of(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))

    def test_ipv4_is_counted_by_address_and_ipv6_by_64(self):
        assert self.network() != self.network("192.0.2.2")
        assert self.network("2001:db8:1:2::1") == self.network("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
        assert self.network("2001:db8:1:2::1") != self.network("2001:db8:1:3::1")
        assert self.network("::ffff:192.0.2.1") == self.network()

    def test_what_a_visitor_says_of_itself_counts_for_nothing(self, settings):
        assert self.network(forwarded="203.0.113.9") == "192.0.2.1"
        settings.BEHIND_PROXY = True
        assert self.network(forwarded="203.0.113.9, 198.51.100.7") == "198.51.100.7"

    @pytest.mark.parametrize("address", ["", "127.0.0.1", "::1", "::ffff:127.0.0.1"])
    def test_without_an_address_of_its_own_nobody_is_counted(self, address):
        assert self.network(address) == ""
        assert all(hit("").allowed for _ in range(5))


def test_what_costs_little_is_counted_without_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        answers = [limits.hit_here("searches", key, limit=2, window=TEN, now=NOW).allowed for key in "aaab"]
        later = limits.hit_here("searches", "a", limit=2, window=TEN, now=NOW + TEN)
    assert answers == [True, True, False, True]
    assert later.allowed
