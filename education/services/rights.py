"""Who may do what to an article, whatever way they come."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from .errors import NotAllowed

if TYPE_CHECKING:
    from portal.models import User


def check_may(by: "User | None", right: str) -> None:
    """NotAllowed unless `by` has the right. The software itself (None) may do what isn't somebody's word."""
    if by is not None and not by.has_perm(f"education.{right}"):
        raise NotAllowed(_("Your role may not do this."))
