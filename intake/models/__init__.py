from intake.models.emergency import EmergencyAccess
from intake.models.outbox import OutboxMessage, WorkerHeartbeat
from intake.models.request import Request, RequestEvent
from intake.models.rules import CallbackTarget, RulesetSignOff, UninterruptibleTherapy
from intake.models.site import Closure, EmergencyNotice, Facility, NoticeVersion, OpeningPeriod, Queue
from intake.models.staffing import SavedFilter, StaffProfile, TemporaryRole

__all__ = [
    "CallbackTarget",
    "Closure",
    "EmergencyAccess",
    "EmergencyNotice",
    "Facility",
    "NoticeVersion",
    "OpeningPeriod",
    "OutboxMessage",
    "Queue",
    "Request",
    "RequestEvent",
    "RulesetSignOff",
    "SavedFilter",
    "StaffProfile",
    "TemporaryRole",
    "UninterruptibleTherapy",
    "WorkerHeartbeat",
]
