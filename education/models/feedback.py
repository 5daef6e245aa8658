from django.db import models
from django.utils.translation import gettext_lazy as _

from .article import Article


class Feedback(models.Model):
    """How many readers said on a day whether a page was useful. Nothing is kept of who they are."""

    # The page in the language that it was read in.
    article = models.ForeignKey(Article, models.CASCADE, related_name="feedback")
    day = models.DateField(_("day"))
    yes = models.PositiveIntegerField(_("yes"), default=0)
    no = models.PositiveIntegerField(_("no"), default=0)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["article", "day"], name="feedback_day")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.day}"
