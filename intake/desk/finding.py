"""One field for what a caller says: a reference, a telephone number, or a last name."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from intake import references
from intake.lookup import digits
from intake.querysets import RequestQuerySet

MOST = 50
LONGEST = 100
PHONE_DIGITS = 10
# What a telephone number may hold beside its digits, an extension behind it.
PHONE = re.compile(r"[\d\s().+/·–-]+((ext|x|;)[.\s=]*\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """`by` is what the text was taken for (reference, phone, last_name), `problem` why nothing was found."""

    by: str
    requests: RequestQuerySet
    problem: str = ""


def find(text: str, among: RequestQuerySet) -> Found:
    text = text.strip()
    nothing = among.none()
    if not text:
        return Found("", nothing, _("Enter a reference, a phone number or a last name."))
    if len(text) > LONGEST:
        return Found("", nothing, _("That is too long for a reference, a number or a name."))
    try:
        requests = among.by_reference(references.parse(text))
        problem = "" if requests.exists() else _("No request that you may see has this reference.")
        possible = True
    except references.WrongReference as error:
        requests, problem, possible = nothing, str(error), False
    has_digits = any(character.isdigit() for character in text)
    if PHONE.fullmatch(text) and not possible:
        return _by_phone(text, among)
    # A name without digits may happen to be a possible reference: it is taken for one only where it is found.
    if has_digits or not problem:
        return Found("reference", requests, problem)
    return _by_last_name(text, among)


def _by_phone(text: str, among: RequestQuerySet) -> Found:
    if len(digits(text.lower())) != PHONE_DIGITS:
        problem = _("A phone number has 10 digits, like 213 555 0100.")
        return Found("phone", among.none(), problem)
    return _newest("phone", among.by_phone(text.lower()))


def _by_last_name(text: str, among: RequestQuerySet) -> Found:
    # As the lists show it, "Lee, Ana"; or the other way round, "Ana Lee".
    last_name = text.split(",")[0]
    found = _newest("last_name", among.by_last_name(last_name))
    if found.problem and "," not in text and " " in text:
        found = _newest("last_name", among.by_last_name(text.split()[-1]))
    return found


def _newest(by: str, requests: RequestQuerySet) -> Found:
    problem = "" if requests.exists() else _("No request that you may see matches. Is it spelled this way?")
    return Found(by, requests.order_by("-submitted_at", "-id")[:MOST], problem)
