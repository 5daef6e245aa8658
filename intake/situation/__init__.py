from intake.situation.keeping import asking, current, is_stale, refresh
from intake.situation.values import FacilityState, Line, Notice, Situation

__all__ = ["FacilityState", "Line", "Notice", "Situation", "asking", "current", "is_stale", "refresh"]
