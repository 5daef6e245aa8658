from django.db import migrations
from django.utils import timezone

from education.documents import Document

SECTION = ("heading", "anchor", "reader", "body")
QUESTION = ("question", "answer")
REFERENCE = ("number", "text", "kind", "level", "url", "doi", "to_be_checked", "note")


def parts_into_revisions(apps, schema_editor):
    """Each article's parts become its first revision, which is the published one where readers have seen it."""
    Article = apps.get_model("education", "Article")
    Revision = apps.get_model("education", "Revision")
    Review = apps.get_model("education", "Review")
    for article in Article.objects.all():
        document = Document.of(
            {
                **{name: getattr(article, name) for name in ("slug", "language", "title", "summary")},
                **{name: getattr(article, name) for name in ("disclosure", "author_name")},
                "sections": list(article.sections.order_by("position", "pk").values(*SECTION)),
                "questions": list(article.questions.order_by("position", "pk").values(*QUESTION)),
                "references": list(article.references.order_by("number").values(*REFERENCE)),
            }
        )
        revision = Revision.objects.create(
            article=article,
            number=1,
            content=document.content(),
            digest=document.digest(),
            by=article.editor,
            at=article.updated_at or timezone.now(),
        )
        if article.reviewer_id:
            Review.objects.create(
                revision=revision,
                reviewer=article.reviewer,
                writer=article.editor,
                on=article.last_reviewed,
                next_due=article.next_review_due,
            )
        article.digest = revision.digest
        article.published = revision if article.published_at else None
        article.reviewed_digest = revision.digest if article.reviewer_id else ""
        article.save(update_fields=["digest", "published", "reviewed_digest"])


class Migration(migrations.Migration):
    dependencies = [("education", "0003_library")]

    operations = [migrations.RunPython(parts_into_revisions, migrations.RunPython.noop, elidable=True)]
