"""What a service refuses, in words for the person who asked."""


class DeskError(Exception):
    """The action is refused; nothing was changed. `str()` is a translated sentence for staff."""
