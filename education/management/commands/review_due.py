from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from education import services
from education.models import Article


class Command(BaseCommand):
    help = (
        "Move articles whose medical review has run out to “review due”, and list what is overdue or was "
        "never reviewed. The message worker marks them too; again it changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        moved = {article.pk for article in services.mark_overdue(now=timezone.now())}
        for article in Article.objects.overdue_for_review().order_by("next_review_due", "slug", "language"):
            since = f"due since {article.next_review_due}" if article.next_review_due else "never reviewed"
            mark = ", marked now" if article.pk in moved else ""
            self.stdout.write(f"{article.slug} ({article.language}): {since}{mark}")
