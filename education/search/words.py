"""Text to words and words to stems, without the database.

A word is compared folded: without case, accents and apostrophes. Its stem is what the Snowball stemmer of
its language leaves of the folded word, so that it makes no difference whether somebody types the accents.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# By module, not by snowballstemmer.stemmer(): that one prefers another implementation where it is installed.
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.spanish_stemmer import SpanishStemmer

STEMMERS = {"en": EnglishStemmer, "es": SpanishStemmer}
# What no word of the language is longer than; the rest of a longer one is ignored.
LONGEST_WORD = 40
# Shorter words, and numbers, have to be typed as they are: too many others are near.
SHORTEST_FORGIVEN = 5
# How many letters at its start and its end a word is looked up by.
END = 2

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# Words that every text has and nobody looks for, folded.
_STOP_WORDS = {
    "en": (
        "a about after all also am an and any are as at be been before but by can could did do does for from "
        "had has have he her him his how i if in into is it its just may me might more my no not of on or our"
        " out over she should so some than that the their them then there these they this those to too up us "
        "was we were what when where which who why will with would you your"
    ),
    "es": (
        "a al algo ante antes asi aun aunque como con cual cuando de del desde donde durante e el ella ellas "
        "ellos en entre era es esa ese eso esta estan estar estas este esto estos fue ha hacia han hasta hay "
        "la las le les lo los mas me mi mis muy ni no nos o para pero por porque puede pueden que quien se "
        "ser si sin sobre son su sus tambien te tener tiene tienen todo todos tu tus un una unas uno unos "
        "usted ustedes y ya yo"
    ),
}
STOP_WORDS = {language: frozenset(text.split()) for language, text in _STOP_WORDS.items()}


@dataclass(frozen=True)
class Word:
    """A word where it stands: `text[start:end]`, folded, and its stem."""

    start: int
    end: int
    folded: str
    stem: str


def normal(text: str) -> str:
    """The text as both sides compare it: composed, and without NUL, which no database holds."""
    return unicodedata.normalize("NFC", text.replace("\0", ""))


def fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if c.isalnum())[:LONGEST_WORD]


def words(text: str, language: str) -> Iterator[Word]:
    """Every word of a `normal` text that can be looked for, in order."""
    stop = STOP_WORDS[language]
    for match in _WORD.finditer(text):
        folded = fold(match[0])
        # A single letter says nothing ("Gamunex-C"); a single digit may ("2 g/kg").
        if folded and folded not in stop and (len(folded) > 1 or folded.isdigit()):
            yield Word(match.start(), match.end(), folded, stem(folded, language))


@lru_cache(maxsize=20_000)
def stem(folded: str, language: str) -> str:
    # A stemmer keeps its word while it works on it, so threads must not share one.
    return STEMMERS[language]().stemWord(folded)


def forgiven(folded: str) -> bool:
    """Whether a typo in the word may be guessed at."""
    return len(folded) >= SHORTEST_FORGIVEN and not any(c.isdigit() for c in folded)


def ends(folded: str) -> tuple[str, str]:
    """The word's first and last letters: one edit of a `forgiven` word leaves one of the two as it is."""
    return folded[:END], folded[-END:]


def one_edit(a: str, b: str) -> bool:
    """Whether one letter added, left out or replaced, or two neighbors swapped, make `a` into `b`."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return (
        rest_a[1:] == rest_b[1:]
        or rest_a[1:] == rest_b
        or rest_a == rest_b[1:]
        or (rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:])
    )


def excerpt(text: str, stems: frozenset[str], language: str, length: int = 220) -> list[tuple[str, bool]]:
    """About `length` characters of `text` around its densest place, as (piece, whether it was looked for).

    The pieces join to a stretch of the text, with an ellipsis where something is left out.
    """
    found = [word for word in words(text, language) if word.stem in stems]
    if len(text) <= length:
        start, end = 0, len(text)
    elif not found:
        start, end = 0, _gap(text, length)
    else:
        # The stretch that holds the most different words; of those the earliest.
        first = max(
            found, key=lambda w: (len({o.stem for o in found if 0 <= o.end - w.start <= length}), -w.start)
        )
        # Some words before it, but not so many that the last found word falls off.
        last = max(o.end for o in found if o.start >= first.start and o.end - first.start <= length)
        start = (
            0 if last <= length else _gap(text, max(0, first.start - (length - (last - first.start)) // 3))
        )
        end = _gap(text, min(len(text), start + length))
    pieces: list[tuple[str, bool]] = []
    at = start
    for word in found:
        if start <= word.start and word.end <= end:
            pieces += [(text[at : word.start], False), (text[word.start : word.end], True)]
            at = word.end
    pieces.append((text[at:end], False))
    if start > 0:
        pieces.insert(0, ("… ", False))
    if end < len(text):
        pieces.append((" …", False))
    return [piece for piece in _merged(pieces) if piece[0]]


def _gap(text: str, near: int) -> int:
    """The start of a word at `near` or not far after it."""
    if near <= 0 or near >= len(text):
        return max(0, min(near, len(text)))
    gap = text.find(" ", near - 1)
    return near if gap < 0 or gap - near > 30 else gap + 1


def _merged(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Two words found next to each other are marked as one."""
    merged: list[tuple[str, bool]] = []
    for piece in pieces:
        if (
            len(merged) >= 2
            and piece[1]
            and merged[-2][1]
            and not merged[-1][1]
            and merged[-1][0] in (" ", "-", "")
        ):
            gap = merged.pop()[0]
            merged[-1] = (merged[-1][0] + gap + piece[0], True)
        else:
            merged.append(piece)
    return merged
