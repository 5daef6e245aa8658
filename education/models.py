from datetime import date

from django.conf import settings
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from . import documents
from .choices import PUBLIC, Kind, Reader, ReviewState, Status
from .querysets import ArticleQuerySet
from .rendering import MAX_CHARS

# Ids that the page itself uses, or makes from numbers.
_anchor = RegexValidator(
    r"^(?!(?:ref|question|id)-)(?!(?:main|contents|questions|references|help|disclaimer)$)[a-z][a-z0-9-]*$",
    _("Use lower-case letters, digits and hyphens, and none of the page’s own anchors."),
)
_doi = RegexValidator(r"^10\.\d{4,9}/\S+$", _("Enter a DOI without its address, like 10.1002/art.10053."))


class Article(models.Model):
    """A page of education in one language. What readers get is rendered when it is saved (see services)."""

    slug = models.SlugField(_("address"), max_length=60)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("one-line answer"), max_length=300)
    disclosure = models.CharField(
        _("disclosure"),
        max_length=300,
        blank=True,
        help_text=_("Who publishes this, and what the publisher earns from its subject."),
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)

    author_name = models.CharField(_("author"), max_length=120, help_text=_("As shown to readers."))
    # Empty for what came from a file: then nobody on the staff wrote it.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("last changed by"),
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("medical reviewer"),
    )
    last_reviewed = models.DateField(_("last reviewed"), null=True, blank=True, editable=False)
    next_review_due = models.DateField(_("next review due"), null=True, blank=True, editable=False)

    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("content last changed"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    # Made by services from everything above and below; never edited.
    html = models.TextField(editable=False, default="")
    references_html = models.TextField(editable=False, default="")
    contents = models.JSONField(editable=False, default=list)
    digest = models.CharField(max_length=64, editable=False, default="")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["slug", "language"]
        permissions = [
            ("publish_article", "Can publish and withdraw articles"),
            ("review_article", "Can review articles medically"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="article_address"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="article_status"),
            models.CheckConstraint(
                condition=Q(reviewer=None, last_reviewed=None, next_review_due=None)
                | Q(
                    reviewer__isnull=False,
                    last_reviewed__isnull=False,
                    # Said on its own: a comparison with nothing is not false, and would pass.
                    next_review_due__isnull=False,
                    next_review_due__gt=F("last_reviewed"),
                ),
                name="article_review_whole",
            ),
            models.CheckConstraint(
                condition=Q(reviewer=None)
                | ((Q(author=None) | ~Q(reviewer=F("author"))) & (Q(editor=None) | ~Q(reviewer=F("editor")))),
                name="article_reviewer_is_another",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=sorted(PUBLIC)) | Q(published_at__isnull=False),
                name="article_published_at",
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
    def safe_references_html(self) -> SafeString:
        return mark_safe(self.references_html)  # noqa: S308  sanitised when it was rendered

    def review_state(self, today: date) -> ReviewState:
        """What the page may say of its review on that day."""
        if self.last_reviewed is None or self.next_review_due is None:
            return ReviewState.PENDING
        overdue = self.status == Status.REVIEW_DUE or self.next_review_due < today
        return ReviewState.OVERDUE if overdue else ReviewState.REVIEWED

    def document(self) -> documents.Document:
        """The content as plain values; three queries."""
        return documents.Document(
            slug=self.slug,
            language=self.language,
            title=self.title,
            summary=self.summary,
            disclosure=self.disclosure,
            author_name=self.author_name,
            sections=tuple(
                documents.Section(s.heading, s.anchor, s.reader, s.body) for s in self.sections.all()
            ),
            questions=tuple(documents.Question(q.question, q.answer) for q in self.questions.all()),
            references=tuple(
                documents.Reference(r.number, r.text, r.kind, r.level, r.url, r.doi, r.to_be_checked, r.note)
                for r in self.references.all()
            ),
        )


class Section(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(_("position"))
    heading = models.CharField(_("heading"), max_length=120)
    anchor = models.CharField(_("anchor"), max_length=60, validators=[_anchor])
    reader = models.CharField(_("reader"), max_length=10, choices=Reader, default=Reader.PATIENT)
    body = models.TextField(_("text (Markdown)"), max_length=MAX_CHARS)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "anchor"],
                name="section_anchor",
                violation_error_message=_("Another section has this anchor."),
            ),
            models.CheckConstraint(condition=Q(reader__in=Reader.values), name="section_reader"),
        ]

    def __str__(self) -> str:
        return self.heading


class Question(models.Model):
    """A question that readers ask, answered for patients."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"))
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer (Markdown)"), max_length=MAX_CHARS)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.question


class Reference(models.Model):
    """A source. `text` is its citation as shown; `level` says in words how strong it is as evidence."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="references")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("citation"), max_length=500)
    url = models.CharField(
        _("web address"), max_length=500, blank=True, validators=[URLValidator(schemes=["https", "http"])]
    )
    doi = models.CharField(_("DOI"), max_length=120, blank=True, validators=[_doi])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    level = models.CharField(_("level of evidence"), max_length=120, blank=True)
    to_be_checked = models.BooleanField(_("to be checked"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "number"],
                name="reference_number",
                violation_error_message=_("Another reference has this number."),
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="reference_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:60]}"
