"""The vocabulary of education; imports nothing of the project's."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In medical review")
    PUBLISHED = "published", _("Published")
    REVIEW_DUE = "review_due", _("Review due")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Reader(TextChoices):
    PATIENT = "patient", _("Patients and everybody")
    CLINICIAN = "clinician", _("Clinicians")


class Kind(TextChoices):
    """What sort of source a reference is."""

    LABEL = "label", _("Product label")
    REGULATOR = "regulator", _("Regulator’s approval")
    GUIDELINE = "guideline", _("Guideline or consensus statement")
    STUDY = "study", _("Study in people")
    REVIEW = "review", _("Expert review")
    ORGANIZATION = "organization", _("Patient organization or health center")
    COMMERCIAL = "commercial", _("Pharmacy’s own page")


class ReviewState(TextChoices):
    """What a page may say of its medical review."""

    PENDING = "pending", _("Pending")
    REVIEWED = "reviewed", _("Reviewed")
    OVERDUE = "overdue", _("Due again")


# Articles in these states are served; the rest answer 404.
PUBLIC = frozenset({Status.PUBLISHED, Status.REVIEW_DUE})

# Every allowed change of status by hand. Publishing needs no review, because the page then says that it is
# pending; from "review due" only a review that is recorded leads back.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.IN_REVIEW, Status.PUBLISHED}),
    Status.IN_REVIEW: frozenset({Status.DRAFT, Status.PUBLISHED}),
    Status.PUBLISHED: frozenset({Status.REVIEW_DUE, Status.WITHDRAWN}),
    Status.REVIEW_DUE: frozenset({Status.WITHDRAWN}),
    Status.WITHDRAWN: frozenset({Status.DRAFT}),
}

# What somebody must be allowed to do to move an article to a status.
RIGHTS: dict[Status, str] = {
    Status.DRAFT: "change_article",
    Status.IN_REVIEW: "change_article",
    Status.PUBLISHED: "publish_article",
    Status.REVIEW_DUE: "publish_article",
    Status.WITHDRAWN: "publish_article",
}


class StepKind(TextChoices):
    """What became of an article, one step after the other."""

    SAVED = "saved", _("Saved")
    RESTORED = "restored", _("Brought back")
    IMPORTED = "imported", _("Read from a file")
    ASKED = "asked", _("Sent to medical review")
    RETURNED = "returned", _("Returned to draft")
    REVIEWED = "reviewed", _("Medically reviewed")
    TRANSLATION_REVIEWED = "translation", _("Translation reviewed")
    SCHEDULED = "scheduled", _("Scheduled")
    UNSCHEDULED = "unscheduled", _("Schedule dropped")
    PUBLISHED = "published", _("Published")
    REVIEW_DUE = "review_due", _("Review due")
    WITHDRAWN = "withdrawn", _("Withdrawn")
