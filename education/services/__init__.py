"""Every change of an article: one transaction with its step and audit row, the state checked after the lock.

`by` is the member of staff who acts, or None for content that comes with the software.
"""

from .errors import ChangedMeanwhile, NotAllowed
from .feedback import count_feedback
from .keeping import page_of
from .publishing import (
    change_status,
    mark_overdue,
    publish,
    publish_due,
    render_all,
    schedule,
    unschedule,
)
from .reviewing import (
    ask_for_review,
    check_may_review,
    record_review,
    record_translation_review,
    return_to_author,
)
from .writing import add, restore, save

__all__ = [
    "ChangedMeanwhile",
    "NotAllowed",
    "add",
    "ask_for_review",
    "change_status",
    "check_may_review",
    "count_feedback",
    "mark_overdue",
    "page_of",
    "publish",
    "publish_due",
    "record_review",
    "record_translation_review",
    "render_all",
    "restore",
    "return_to_author",
    "save",
    "schedule",
    "unschedule",
]
