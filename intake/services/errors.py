"""What a service refuses, in words for the person who asked, and what it tries again."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import OperationalError, connection

DEADLOCK = "40P01"
TRIES = 3


class DeskError(Exception):
    """The action is refused; nothing was changed. `str()` is a translated sentence for staff."""


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
