"""What a service refuses, in words for the person who asked. Nothing was changed then."""


class NotAllowed(Exception):
    """The rules of publishing forbid it; the message says why."""


class ChangedMeanwhile(NotAllowed):
    """Somebody else has saved the article since it was opened."""
