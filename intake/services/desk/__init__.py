"""What staff do with a request: each function is one transaction that locks, checks again, and changes.

The change, its event and its audit row stand or fall together. All functions take `request_id`, `by` (the
staff account) and `now`, and return the request as it stands afterwards. All raise `Request.DoesNotExist`
for a request outside the person's queues, PermissionDenied for an account that may not work requests, and
DeskError, in words for that person, when the action isn't possible now. The same again within seconds, as a
double click sends it, changes nothing more and is no error.
"""

from intake.services.desk.claims import (
    assign,
    can_assign,
    claim,
    keep,
    next_call,
    release,
    return_lapsed,
    take_back,
    take_over,
)
from intake.services.desk.course import (
    ask_pharmacist,
    change_priority,
    close,
    escalate,
    reopen,
    reroute,
)
from intake.services.desk.legal import lift_hold, set_hold
from intake.services.desk.linking import link, unlink
from intake.services.desk.outreach import log_outreach, set_follow_up
from intake.services.desk.working import (
    DOUBLE_CLICK,
    LEASE,
    can_work,
    check_workable,
    contact_of,
    is_readable,
)

__all__ = [
    "DOUBLE_CLICK",
    "LEASE",
    "ask_pharmacist",
    "assign",
    "can_assign",
    "can_work",
    "change_priority",
    "check_workable",
    "claim",
    "close",
    "contact_of",
    "escalate",
    "is_readable",
    "keep",
    "lift_hold",
    "link",
    "log_outreach",
    "next_call",
    "release",
    "reopen",
    "reroute",
    "return_lapsed",
    "set_follow_up",
    "set_hold",
    "take_back",
    "take_over",
    "unlink",
]
