"""How often one visitor may do a thing: counted for all processes and machines together, in fixed windows.

A row holds a keyed hash of what is counted, of whom and of the window, so that it names nobody, and can't be
told to be the same visitor's as the next window's. One statement counts, at once for everybody.
"""

import ipaddress
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, models
from django.http import HttpRequest
from django.utils.module_loading import import_string

from portal.crypto import keyed_hash

# Counts that a process has not told the database yet, and windows that it knows to be full.
MOST_KEPT = 10_000
BATCH = 1000


class CantCount(Exception):
    """The table can't be asked, and the transaction around has failed with that."""


class LimitCount(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "portal"

    def __str__(self) -> str:
        return f"{self.digest[:8]}: {self.count}"


@dataclass(frozen=True)
class Verdict:
    """`ends_at`: when the window ends, and everything is allowed again."""

    allowed: bool
    ends_at: datetime

    def seconds_left(self, now: datetime) -> int:
        return max(1, ceil((self.ends_at - now).total_seconds()))


_lock = threading.Lock()
_untold: dict[str, int] = {}
_full: dict[str, datetime] = {}


def hit(name: str, key: str, *, limit: int, window: timedelta, now: datetime, steps: int = 1) -> Verdict:
    """Count one more of `name` for `key`, and say whether that is within `limit` for this `window`.

    Within a transaction it is undone with it, and CantCount is raised where the table can't be asked. On its
    own it then allows everything: nobody is refused because of a fault of ours. With `steps` a process tells
    the database only so many at once, and may know of so many fewer of each other process. A window that
    was found full is remembered, and not asked for again. An empty `key` is nobody's, and has no limit.
    """
    digest, ends_at = _window(name, key, window, now)
    if not key:
        return Verdict(True, ends_at)
    if _is_full(digest):
        return Verdict(False, ends_at)
    count = _to_tell(digest, steps)
    if not count:
        return Verdict(True, ends_at)
    try:
        total = _add(digest, count, ends_at)
    except DatabaseError as error:
        if connection.in_atomic_block:
            raise CantCount from error
        return Verdict(True, ends_at)
    if total > limit:
        _remember_full(digest, ends_at, now)
    return Verdict(total <= limit, ends_at)


def known_full(name: str, key: str, *, window: timedelta, now: datetime) -> Verdict:
    """What this process knows without asking: refused where it has seen the window full."""
    digest, ends_at = _window(name, key, window, now)
    return Verdict(not _is_full(digest), ends_at)


def hit_here(name: str, key: str, *, limit: int, window: timedelta, now: datetime) -> Verdict:
    """As `hit`, counted in this process alone: for what costs little, and less than asking the database."""
    digest, ends_at = _window(name, key, window, now)
    with _lock:
        _make_room(_untold)
        _untold[digest] = _untold.get(digest, 0) + 1
        return Verdict(not key or _untold[digest] <= limit, ends_at)


def network_of(request: HttpRequest) -> str:
    """Whom a visitor is counted as: the address, or of IPv6 the /64, which one household or phone has whole.

    Empty where there is no address to count by, as over a socket file or from this very machine: that is a
    proxy that nobody has declared, behind which everybody would be one, or somebody's own measuring.
    """
    said = import_string(settings.AXES_CLIENT_IP_CALLABLE)(request) or ""
    try:
        address = ipaddress.ip_address(said.strip("[]"))
    except ValueError:
        return said
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address.packed, 64), strict=False))


def delete_old(*, now: datetime) -> int:
    """Delete counts of windows that are over, some at a time; return how many."""
    old = LimitCount.objects.filter(ends_at__lt=now).values_list("pk", flat=True)[:BATCH]
    return LimitCount.objects.filter(pk__in=list(old)).delete()[0]


def forget() -> None:
    """Know nothing of earlier counts but what the database knows, as a new process would."""
    with _lock:
        _untold.clear()
        _full.clear()


def _window(name: str, key: str, window: timedelta, now: datetime) -> tuple[str, datetime]:
    number = int(now.timestamp() // window.total_seconds())
    ends_at = datetime.fromtimestamp((number + 1) * window.total_seconds(), UTC)
    return keyed_hash("limit", f"{name}\0{number}\0{key}"), ends_at


def _is_full(digest: str) -> bool:
    with _lock:
        return digest in _full


def _remember_full(digest: str, ends_at: datetime, now: datetime) -> None:
    with _lock:
        for old in [known for known, ends in _full.items() if ends <= now]:
            del _full[old]
        _make_room(_full)
        _full[digest] = ends_at


def _to_tell(digest: str, steps: int) -> int:
    if steps == 1:
        return 1
    with _lock:
        _make_room(_untold)
        count = _untold.get(digest, 0) + 1
        _untold[digest] = count % steps
        return count if count >= steps else 0


def _make_room(kept: dict[str, Any]) -> None:
    # Whoever has so many addresses isn't kept out by counting them.
    if len(kept) >= MOST_KEPT:
        kept.clear()


def _add(digest: str, count: int, ends_at: datetime) -> int:
    table = LimitCount._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (digest, count, ends_at) VALUES (%s, %s, %s) "  # noqa: S608 (our own name)
            f"ON CONFLICT (digest) DO UPDATE SET count = {table}.count + excluded.count RETURNING count",
            [digest, count, connection.ops.adapt_datetimefield_value(ends_at)],
        )
        return int(cursor.fetchone()[0])
