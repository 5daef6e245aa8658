"""A query to ranked articles. Three queries, however much there is to find.

Articles with more of the words come first; then those in the reader's language; then those whose words stand
in better places and are rarer. All of it is counted in whole numbers, so that both databases come to the same
order.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from ..models import Article, Passage, Posting, Word
from ..querysets import FALLBACK
from . import words

# Longer queries are cut; further words ignored.
LONGEST_QUERY = 1000
MOST_WORDS = 10
MOST_ARTICLES = 20
MOST_PASSAGES = 3
# Other words that one with a slip may stand for.
MOST_GUESSES = 5

Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class FoundPassage:
    anchor: str
    heading: Pieces
    text: Pieces


@dataclass(frozen=True)
class Result:
    """An article. Title, summary, headings and texts come in pieces: (piece, whether it was looked for)."""

    slug: str
    language: str
    title: Pieces
    summary: Pieces
    passages: list[FoundPassage]


@dataclass(frozen=True)
class Found:
    """`more` says that others match less well; `guessed` are words that were looked for instead."""

    results: list[Result] = field(default_factory=list)
    more: bool = False
    guessed: list[str] = field(default_factory=list)


@dataclass
class _Wanted:
    """A word of the query: the stems, each with its language, that stand for it, and how much it counts."""

    folded: str
    stems: set[tuple[str, str]]
    value: int = 0


def clean(query: str) -> str:
    """What is looked for, as the page shows it again."""
    return words.normal(query[:LONGEST_QUERY]).strip()


def find(query: str, language: str) -> Found:
    """The open articles with any of the words, in the language or, where they lack it, in the fallback."""
    languages = [language, FALLBACK] if language != FALLBACK else [FALLBACK]
    wanted = _wanted(clean(query), languages)
    if not wanted:
        return Found()
    guessed = _look_up(wanted, languages)
    if not _all_stems(wanted):
        return Found()
    ranked = _ranked(wanted, language)
    articles = ranked[:MOST_ARTICLES]
    if not articles:
        return Found()
    return Found(_results(articles, wanted), more=len(ranked) > len(articles), guessed=guessed)


def _wanted(query: str, languages: list[str]) -> list[_Wanted]:
    """Each word once. What one language ignores may be a word of the other."""
    found: dict[str, _Wanted] = {}
    for language in languages:
        for word in words.words(query, language):
            found.setdefault(word.folded, _Wanted(word.folded, set())).stems.add((word.stem, language))
    return list(found.values())[:MOST_WORDS]


def _look_up(wanted: list[_Wanted], languages: list[str]) -> list[str]:
    """Value each word by how rare it is; put near ones in the place of those that stand nowhere. One query.

    Return the words that were put in such a place.
    """
    holding = Posting.objects.filter(stem=OuterRef("stem"), language=OuterRef("language"), lead__gt=0)
    articles = Article.objects.open_to_readers().order_by().values(one=Value(1))
    everything = articles.annotate(n=Count("pk")).values("n")
    rows = list(
        Word.objects.filter(_alike(wanted, languages))
        .annotate(
            holders=Coalesce(Subquery(holding.values("stem").annotate(n=Count("pk")).values("n")), 0),
            everything=Coalesce(Subquery(everything), 0),
        )
        .values_list("word", "stem", "language", "holders", "everything")
    )
    holders = {(stem, language): n for _word, stem, language, n, _all in rows}
    total = rows[0][4] if rows else 0
    guessed: list[str] = []
    for word in wanted:
        word.stems &= holders.keys()
        if not word.stems and words.forgiven(word.folded):
            # What most articles say is the likeliest, then the order of the alphabet.
            near = [row for row in rows if words.one_edit(word.folded, row[0])]
            near = sorted(near, key=lambda row: (-row[3], row[0], row[2]))[:MOST_GUESSES]
            word.stems = {(stem, language) for _word, stem, language, _n, _all in near}
            guessed += [row[0] for row in near[:1]]
        most = max((holders[stem] for stem in word.stems), default=0)
        word.value = 100 + round(100 * math.log2((1 + total) / (1 + most)))
    return guessed


def _alike(wanted: list[_Wanted], languages: list[str]) -> Q:
    """Words with the stems that are wanted, and all that may be one slip away."""
    alike = Q()
    for word in wanted:
        for stem, language in sorted(word.stems):
            alike |= Q(language=language, stem=stem)
        if words.forgiven(word.folded):
            start, end = words.ends(word.folded)
            lengths = (len(word.folded) - 1, len(word.folded) + 1)
            for language in languages:
                alike |= Q(language=language, start=start, length__range=lengths)
                alike |= Q(language=language, end=end, length__range=lengths)
    return alike


def _all_stems(wanted: list[_Wanted]) -> set[tuple[str, str]]:
    return {stem for word in wanted for stem in word.stems}


def _is_one_of(stems: Iterable[tuple[str, str]], prefix: str = "") -> Q:
    condition = Q()
    for stem, language in sorted(stems):
        condition |= Q(**{f"{prefix}stem": stem, f"{prefix}language": language})
    return condition


def _value_of(wanted: list[_Wanted], weight: str, prefix: str = "") -> Sum:
    worth = Case(
        *(When(_is_one_of(word.stems, prefix), then=Value(word.value)) for word in wanted if word.stems),
        default=Value(0),
        output_field=IntegerField(),
    )
    return Sum(F(f"{prefix}{weight}") * worth)


def _ranked(wanted: list[_Wanted], language: str) -> list[int]:
    """The best articles' keys, up to one more than are shown. One query."""
    which = Case(
        *(When(_is_one_of(word.stems), then=Value(i)) for i, word in enumerate(wanted) if word.stems),
        output_field=IntegerField(),
    )
    postings = Posting.objects.filter(_is_one_of(_all_stems(wanted)), lead__gt=0)
    if language != FALLBACK:
        translated = Article.objects.open_to_readers().filter(
            language=language, slug=OuterRef("article__slug")
        )
        postings = postings.filter(~Q(language=FALLBACK) | ~Exists(translated))
    ranked = (
        postings.values("article")
        .annotate(
            matched=Count(which, distinct=True),
            foreign=Case(When(language=language, then=0), default=1),
            score=_value_of(wanted, "lead"),
        )
        .order_by("-matched", "foreign", "-score", "article")
    )
    return [row["article"] for row in ranked[: MOST_ARTICLES + 1]]


def _results(articles: list[int], wanted: list[_Wanted]) -> list[Result]:
    """The articles with their tops and best passages. One query."""
    scored = (
        Passage.objects.filter(article__in=articles)
        .annotate(score=Coalesce(_value_of(wanted, "weight", "postings__"), 0))
        .annotate(
            rank=Window(
                RowNumber(),
                partition_by=F("article"),
                # The page's top is shown anyway, so it stands first and is not one of those that are listed.
                order_by=[Case(When(position=0, then=0), default=1), F("score").desc(), F("position")],
            )
        )
    )
    rows = (
        scored.filter(rank__lte=1 + MOST_PASSAGES)
        .select_related("article")
        .only("position", "anchor", "heading", "text", "article__slug", "article__language")
    )
    of: dict[int, list[Passage]] = {}
    for row in sorted(rows, key=lambda row: row.rank):
        of.setdefault(row.article_id, []).append(row)
    return [_result(of[pk][0], of[pk][1:], wanted) for pk in articles if pk in of]


def _result(top: Passage, others: list[Passage], wanted: list[_Wanted]) -> Result:
    language = top.article.language
    stems = frozenset(stem for stem, its_language in _all_stems(wanted) if its_language == language)

    def pieces(text: str) -> Pieces:
        return words.excerpt(text, stems, language)

    return Result(
        slug=top.article.slug,
        language=language,
        title=pieces(top.heading),
        summary=pieces(top.text),
        passages=[
            FoundPassage(row.anchor, pieces(row.heading), pieces(row.text))
            for row in others
            if getattr(row, "score", 0) > 0
        ],
    )
