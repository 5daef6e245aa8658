"""An article into the index or out of it, in the transaction of whoever changes it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef

from ..choices import PUBLIC
from ..models import Article, Passage, Posting, Word
from . import words
from .passages import Passage as Found
from .passages import passages


@transaction.atomic
def update(article: Article) -> None:
    """Have the index hold what the article's page shows, and nothing of one that isn't open to readers."""
    Passage.objects.filter(article=article).delete()
    if article.status in PUBLIC:
        _add(article, passages(article.title, article.summary, article.html + article.glossary_html))
    in_use = Posting.objects.filter(language=OuterRef("language"), stem=OuterRef("stem"))
    Word.objects.filter(~Exists(in_use), language=article.language).delete()


def add_missing() -> int:
    """Put in the open articles that the index lacks, as after an upgrade; return how many."""
    there = Passage.objects.filter(article=OuterRef("pk"))
    missing = list(Article.objects.open_to_readers().filter(~Exists(there)))
    for article in missing:
        update(article)
    return len(missing)


def _add(article: Article, found: list[Found]) -> None:
    rows = Passage.objects.bulk_create(
        Passage(article=article, position=i, anchor=part.anchor[:200], heading=part.heading, text=part.text)
        for i, part in enumerate(found)
    )
    postings: list[Posting] = []
    best: dict[str, Posting] = {}
    for row, part in zip(rows, found, strict=True):
        for stem, weight in part.weights(article.language).items():
            posting = Posting(
                passage=row, article=article, language=article.language, stem=stem, weight=weight
            )
            postings.append(posting)
            if stem not in best or weight > best[stem].weight:
                best[stem] = posting
    for posting in best.values():
        posting.lead = posting.weight
    Posting.objects.bulk_create(postings, batch_size=500)
    texts = (f"{part.heading} {part.text}" for part in found)
    # Another article may have brought a word, or bring it at this moment.
    Word.objects.bulk_create(_vocabulary(texts, article.language), batch_size=500, ignore_conflicts=True)


def _vocabulary(texts: Iterable[str], language: str) -> list[Word]:
    vocabulary = {word.folded: word.stem for text in texts for word in words.words(text, language)}
    return [
        Word(language=language, word=word, stem=stem, length=len(word), start=start, end=end)
        for word, stem in sorted(vocabulary.items())
        for start, end in [words.ends(word)]
    ]
