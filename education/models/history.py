"""What an article said and what became of it. Rows are only ever added."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import AppendOnly

from ..choices import StepKind
from ..documents import Document
from .article import Article


class Kept(models.Model):
    """A row that never changes. It goes only with an article that readers have never seen."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("What an article said is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("What an article said is never deleted.")


class Revision(Kept):
    """The whole article as somebody saved it. `content` is what `documents.Document.of` reads."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    # Empty for what came from a file: then nobody on the staff wrote it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    restored = models.PositiveIntegerField(_("brings back number"), null=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["article", "-number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.article_id}.{self.number}"

    def document(self) -> Document:
        return Document.of(self.content)


class Review(Kept):
    """Somebody with the role read this very text. `writer` is who saved it, if anybody on the staff did."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("medical reviewer")
    )
    writer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    on = models.DateField(_("reviewed"))
    next_due = models.DateField(_("next review due"))

    class Meta:
        verbose_name = _("medical review")
        verbose_name_plural = _("medical reviews")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(writer=None) | ~Q(writer=F("reviewer")), name="review_is_anothers"
            ),
            models.CheckConstraint(condition=Q(next_due__gt=F("on")), name="review_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.on}"


class Step(Kept):
    """A step of the workflow, for the article's history."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="steps")
    kind = models.CharField(_("step"), max_length=20, choices=StepKind)
    number = models.PositiveIntegerField(_("revision"), null=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["article", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="step_kind")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.kind}"
