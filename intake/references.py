"""The reference that somebody reads out on the telephone, such as 7K4-M2P9: three characters, a dash, four.

The last character is a check: any one wrong character, and any two neighbours swapped, are noticed.
"""

import secrets
import unicodedata
from collections.abc import Callable

from django.utils.translation import gettext as _

# No two of these look alike: 0 O D Q, 1 I, B (8), G (6), S (5), Z (2) and U (V) are left out. No vowels, so
# that no words form. 23 of them, because modulo a prime each weight below has an inverse, on which the
# check rests.
ALPHABET = "23456789CFHJKLMNPRTVWXY"
LENGTH = 7
GROUP = 3

# All different and none 0 modulo 23. One wrong character changes the sum by weight × difference, a swap
# by difference of the weights × difference of the characters: neither can be a multiple of 23.
WEIGHTS = (7, 6, 5, 4, 3, 2, 1)

# Longer input is refused unread; it leaves room for spaces or dashes between all characters.
MAX_INPUT = 50


class WrongReference(ValueError):
    """The text can't be a reference; the message is translated and says why."""


def new_reference(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A random reference in its canonical form, one of 23⁶ (148 million). The caller checks that it is new.

    `randbelow(n)` gives a whole number from 0 to n - 1.
    """
    values = [randbelow(len(ALPHABET)) for _position in range(LENGTH - 1)]
    # The last weight is 1, so the check character is what the sum lacks.
    values.append(-_weighted_sum(values) % len(ALPHABET))
    return _canonical("".join(ALPHABET[value] for value in values))


def parse(text: str) -> str:
    """The canonical form of what somebody typed; WrongReference if it can't be a reference.

    Case, spaces, dots and dashes don't matter. That the reference exists is not checked.
    """
    if len(text) > MAX_INPUT:
        raise WrongReference(_wrong_length())
    # NFKC turns the full-width letters and digits of East Asian keyboards into plain ones.
    characters = "".join(
        character for character in unicodedata.normalize("NFKC", text).upper() if not _separates(character)
    )
    if len(characters) != LENGTH:
        raise WrongReference(_wrong_length())
    for character in characters:
        if character not in ALPHABET:
            raise WrongReference(
                _("“%(character)s” is never part of a reference. These are: %(alphabet)s.")
                % {"character": character, "alphabet": " ".join(ALPHABET)}
            )
    if _weighted_sum([ALPHABET.index(character) for character in characters]) % len(ALPHABET):
        raise WrongReference(
            _("There is a mistake in this reference. Please compare it with the one that you were given.")
        )
    return _canonical(characters)


def _weighted_sum(values: list[int]) -> int:
    """Of the values that are there: the check character may still be missing."""
    return sum(weight * value for weight, value in zip(WEIGHTS, values, strict=False))


def _canonical(characters: str) -> str:
    return f"{characters[:GROUP]}-{characters[GROUP:]}"


def _separates(character: str) -> bool:
    """Spaces, dots, invisible characters, and dashes of any kind, the minus sign among them."""
    return character.isspace() or character in ".·−_" or unicodedata.category(character) in {"Pd", "Cf", "Cc"}


def _wrong_length() -> str:
    return _("A reference has %(length)d characters: three, a dash, and four more.") % {"length": LENGTH}
