from intake.situation.keeping import current, is_stale, refresh
from intake.situation.values import FacilityState, Line, Notice, Situation

__all__ = ["FacilityState", "Line", "Notice", "Situation", "current", "is_stale", "refresh"]
