"""The index of the search (education.search): open articles only. It can be made anew at any time."""

from django.conf import settings
from django.db import models

from .article import Article

# Longer words are cut before they get here.
_WORD = 40


class Passage(models.Model):
    """A part of an article as its page shows it, in plain text. `anchor` is empty for the page's top."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    position = models.PositiveSmallIntegerField()
    anchor = models.CharField(max_length=200, blank=True)
    heading = models.TextField(blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["article", "position"]
        constraints = [models.UniqueConstraint(fields=["article", "position"], name="passage_position")]

    def __str__(self) -> str:
        return f"{self.article_id}#{self.anchor}"


class Posting(models.Model):
    """A stem stands in a passage and counts `weight` there.

    `lead` is what the stem counts for the whole article: the weight of its best place, kept in that place's
    row, and 0 in all others, so that a long article is not better than a short one.
    """

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="postings")
    article = models.ForeignKey(Article, models.CASCADE, related_name="postings")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    stem = models.CharField(max_length=_WORD)
    weight = models.PositiveSmallIntegerField()
    lead = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage", "stem"], name="posting_once")]
        indexes = [models.Index(fields=["stem", "language"], name="posting_stem")]

    def __str__(self) -> str:
        return f"{self.stem} ({self.language})"


class Word(models.Model):
    """A word of the index, folded. Its first and last letters find it when it was typed with a slip."""

    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    word = models.CharField(max_length=_WORD)
    stem = models.CharField(max_length=_WORD)
    length = models.PositiveSmallIntegerField()
    start = models.CharField(max_length=2)
    end = models.CharField(max_length=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "word"], name="word_once")]
        indexes = [
            models.Index(fields=["language", "stem"], name="word_stem"),
            models.Index(fields=["language", "start", "length"], name="word_start"),
            models.Index(fields=["language", "end", "length"], name="word_end"),
        ]

    def __str__(self) -> str:
        return f"{self.word} ({self.language})"
