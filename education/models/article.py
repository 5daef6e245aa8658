from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from .. import documents
from ..choices import PUBLIC, ReviewState, Status
from ..querysets import ArticleQuerySet

if TYPE_CHECKING:
    from .history import Revision

# The section that says when to call for help has this anchor in every language.
RED_FLAGS = "red-flags"


def _staff(name: Any) -> Any:
    """A member of the staff, kept for as long as anything names them."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=name,
    )


def _revision(name: Any) -> Any:
    return models.ForeignKey(
        "education.Revision",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=name,
    )


class Article(models.Model):
    """A page of education in one language, as readers get it.

    Every text that it had is a Revision. Title, summary, HTML and the rest here are those of the revision
    that is `published`, or of the newest where none ever was. Only services write them.
    """

    slug = models.SlugField(_("address"), max_length=60)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    published = _revision(_("published revision"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("content last changed"), null=True, blank=True, editable=False)
    # Newest first: {"on": "2026-11-22", "note": "What changed, in the editor's words."}
    updates = models.JSONField(_("updates"), editable=False, default=list)

    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("one-line answer"), max_length=300)
    disclosure = models.CharField(_("disclosure"), max_length=300, blank=True)
    author_name = models.CharField(_("author"), max_length=120)
    translated_from = models.CharField(_("translated from"), max_length=5, blank=True)
    next_article = models.CharField(_("what to read next"), max_length=60, blank=True)
    html = models.TextField(editable=False, default="")
    references_html = models.TextField(editable=False, default="")
    glossary_html = models.TextField(editable=False, default="")
    contents = models.JSONField(editable=False, default=list)
    # What is told of the text beside it: see structured.facts_of.
    facts = models.JSONField(editable=False, default=dict)
    digest = models.CharField(max_length=64, editable=False, default="")

    # Who wrote the first text, and the one that stands here; empty for what came from a file.
    author = _staff(_("written by"))
    editor = _staff(_("last changed by"))
    # A review speaks of one text: that with `reviewed_digest`.
    reviewer = _staff(_("medical reviewer"))
    last_reviewed = models.DateField(_("last reviewed"), null=True, blank=True, editable=False)
    next_review_due = models.DateField(_("next review due"), null=True, blank=True, editable=False)
    reviewed_digest = models.CharField(max_length=64, editable=False, default="", blank=True)
    translation_reviewer = _staff(_("translation reviewed by"))
    translation_reviewed = models.DateField(_("translation reviewed"), null=True, blank=True, editable=False)
    translation_digest = models.CharField(max_length=64, editable=False, default="", blank=True)

    # What a medical reviewer was asked to read, and what is to be published at a time to come.
    asked = _revision(_("in medical review"))
    scheduled = _revision(_("scheduled revision"))
    publish_at = models.DateTimeField(_("to be published"), null=True, blank=True, editable=False)
    scheduled_by = _staff(_("scheduled by"))

    version = models.PositiveIntegerField(default=0, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["slug", "language"]
        permissions = [
            ("publish_article", "Can publish and withdraw articles"),
            ("review_article", "Can review articles medically"),
            ("review_translation", "Can review translations"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="article_address"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="article_status"),
            models.CheckConstraint(
                condition=Q(reviewer=None, last_reviewed=None, next_review_due=None, reviewed_digest="")
                | Q(
                    reviewer__isnull=False,
                    last_reviewed__isnull=False,
                    # Said on its own: a comparison with nothing is not false, and would pass.
                    next_review_due__isnull=False,
                    next_review_due__gt=F("last_reviewed"),
                    # What was reviewed is what readers get.
                    reviewed_digest=F("digest"),
                ),
                name="article_review_whole",
            ),
            models.CheckConstraint(
                condition=Q(reviewer=None)
                | ((Q(author=None) | ~Q(reviewer=F("author"))) & (Q(editor=None) | ~Q(reviewer=F("editor")))),
                name="article_reviewer_is_another",
            ),
            models.CheckConstraint(
                condition=Q(translation_reviewer=None, translation_reviewed=None, translation_digest="")
                | Q(
                    translation_reviewer__isnull=False,
                    translation_reviewed__isnull=False,
                    translation_digest=F("digest"),
                ),
                name="article_translation_review_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=sorted(PUBLIC))
                | Q(published_at__isnull=False, published__isnull=False),
                name="article_published_at",
            ),
            models.CheckConstraint(
                condition=Q(publish_at=None, scheduled=None)
                | Q(publish_at__isnull=False, scheduled__isnull=False),
                name="article_schedule_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.slug])

    @property
    def safe_html(self) -> SafeString:
        return mark_safe(self.html)  # noqa: S308  sanitised when it was rendered

    @property
    def html_to_red_flags(self) -> SafeString:
        """The text up to the heading of the red flags; all of it where it has none."""
        return mark_safe(self.html[: self._red_flags()])  # noqa: S308  part of the same

    @property
    def html_from_red_flags(self) -> SafeString:
        return mark_safe(self.html[self._red_flags() :])  # noqa: S308  part of the same

    def _red_flags(self) -> int:
        section = self.html.find(f'<section id="{RED_FLAGS}"')
        heading = self.html.find("</h2>", section) if section >= 0 else -1
        return heading + len("</h2>") if heading >= 0 else len(self.html)

    @property
    def safe_references_html(self) -> SafeString:
        return mark_safe(self.references_html)  # noqa: S308  sanitised when it was rendered

    @property
    def safe_glossary_html(self) -> SafeString:
        return mark_safe(self.glossary_html)  # noqa: S308  sanitised when it was rendered

    @property
    def is_unreviewed_translation(self) -> bool:
        return bool(self.translated_from) and self.translation_reviewed is None

    @property
    def changed_at(self) -> datetime:
        """When the page last changed in a way that its readers would want to know."""
        times = [at for at in (self.published_at, self.updated_at) if at]
        for day in (self.last_reviewed, self.translation_reviewed):
            if day:
                times.append(timezone.make_aware(datetime.combine(day, time.min)))
        return max(times)

    def review_state(self, today: date) -> ReviewState:
        """What the page may say of its review on that day."""
        if self.last_reviewed is None or self.next_review_due is None:
            return ReviewState.PENDING
        overdue = self.status == Status.REVIEW_DUE or self.next_review_due < today
        return ReviewState.OVERDUE if overdue else ReviewState.REVIEWED

    def newest(self) -> "Revision":
        """What was saved last; it may not be published yet."""
        return self.revisions.latest("number")

    def document(self) -> documents.Document:
        """What readers get, or would get; no query where `published` was read with the article."""
        return (self.published or self.newest()).document()
