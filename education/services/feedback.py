"""Whether readers found a page useful: counts, and nothing of who answered."""

import threading
import time
from datetime import date

from django.db import transaction
from django.db.models import F

from ..models import Article, Feedback

# Answers to one page that a process counts in a minute: more than a roomful of readers give.
MOST_A_MINUTE = 60

_lock = threading.Lock()
_counted: dict[int, int] = {}
_minute = 0


def count_feedback(article: Article, *, useful: bool, on: date) -> bool:
    """Add an answer to the day's count; False, and nothing added, where too many came in this minute."""
    if not _room_for(article.pk):
        return False
    with transaction.atomic():
        Feedback.objects.bulk_create([Feedback(article=article, day=on)], ignore_conflicts=True)
        name = "yes" if useful else "no"
        Feedback.objects.filter(article=article, day=on).update(**{name: F(name) + 1})
    return True


def _room_for(key: int) -> bool:
    global _minute
    with _lock:
        now = int(time.monotonic() // 60)
        if now != _minute:
            _minute = now
            _counted.clear()
        _counted[key] = _counted.get(key, 0) + 1
        return _counted[key] <= MOST_A_MINUTE


def forget() -> None:
    """Start counting anew, as a new process would."""
    with _lock:
        _counted.clear()
