from intake.models.outbox import OutboxMessage, WorkerHeartbeat
from intake.models.request import Request, RequestEvent
from intake.models.rules import CallbackTarget, RulesetSignOff, UninterruptibleTherapy
from intake.models.site import Closure, EmergencyNotice, Facility, NoticeVersion, OpeningPeriod, Queue

__all__ = [
    "CallbackTarget",
    "Closure",
    "EmergencyNotice",
    "Facility",
    "NoticeVersion",
    "OpeningPeriod",
    "OutboxMessage",
    "Queue",
    "Request",
    "RequestEvent",
    "RulesetSignOff",
    "UninterruptibleTherapy",
    "WorkerHeartbeat",
]
