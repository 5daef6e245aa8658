"""Transactions that wait for each other in a circle: PostgreSQL ends one, which can be tried again."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import OperationalError, connection

DEADLOCK = "40P01"
TRIES = 3


def was_in_a_circle(error: OperationalError) -> bool:
    """Whether the database ended this transaction, one of several that waited for each other."""
    return getattr(error.__cause__, "pgcode", "") == DEADLOCK


Change = TypeVar("Change", bound=Callable[..., Any])


def again_after_a_circle(change: Change) -> Change:
    """Try a service that is one transaction again where it was the one that the database ended."""

    @wraps(change)
    def tried(*args: Any, **kwargs: Any) -> Any:
        for _attempt in range(TRIES - 1):
            try:
                return change(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not was_in_a_circle(error):
                    raise
        return change(*args, **kwargs)

    return cast(Change, tried)
