"""The steps of the workflow: who is offered which, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from .. import services
from ..choices import PUBLIC, TRANSITIONS, Status
from ..models import Article, Revision
from .base import ArticlePages, account, may
from .forms import ScheduleForm


def _ask(request: HttpRequest, article: Article) -> None:
    services.ask_for_review(article, by=account(request))


def _return(request: HttpRequest, article: Article) -> None:
    services.return_to_author(article, remark=request.POST.get("remark", "")[:500], by=account(request))


def _review(request: HttpRequest, article: Article) -> None:
    services.record_review(
        article, by=account(request), on=timezone.localdate(), digest=request.POST.get("digest", "")
    )


def _review_translation(request: HttpRequest, article: Article) -> None:
    services.record_translation_review(
        article, by=account(request), on=timezone.localdate(), digest=request.POST.get("digest", "")
    )


def _publish(request: HttpRequest, article: Article) -> None:
    services.publish(article, number=_number(request), by=account(request), now=timezone.now())


def _schedule(request: HttpRequest, article: Article) -> None:
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        raise services.NotAllowed(gettext("Say when to publish it: a day and a time."))
    services.schedule(
        article, number=_number(request), at=form.cleaned_data["at"], by=account(request), now=timezone.now()
    )


def _unschedule(request: HttpRequest, article: Article) -> None:
    services.unschedule(article, by=account(request))


def _restore(request: HttpRequest, article: Article) -> None:
    number = request.POST.get("restore", "")
    if not article.revisions.filter(number=number if number.isdecimal() else 0).exists():
        raise services.NotAllowed(gettext("There is no such revision."))
    services.restore(article, int(number), opened=_number(request), by=account(request))


def _to(status: Status) -> Callable[[HttpRequest, Article], None]:
    def move(request: HttpRequest, article: Article) -> None:
        services.change_status(article, status, by=account(request))

    return move


def _number(request: HttpRequest) -> int:
    """The revision that they had before them."""
    number = request.POST.get("number", "")
    return int(number) if number.isdecimal() and len(number) < 9 else 0


@dataclass(frozen=True)
class Move:
    """A button: what it says, the right that it needs, what it does and what is said afterwards."""

    label: Any
    right: str
    do: Callable[[HttpRequest, Article], None]
    done: Any


MOVES = {
    "ask": Move(_("Send to medical review"), "change", _ask, _("Sent to medical review.")),
    "return": Move(_("Return to the author"), "review", _return, _("Returned to the author.")),
    "review": Move(_("Record my medical review, done today"), "review", _review, _("Review recorded.")),
    "review-translation": Move(
        _("Record that I compared this translation with its source"),
        "review_translation", _review_translation, _("Review of the translation recorded."),
    ),
    "publish": Move(_("Publish now"), "publish", _publish, _("Published.")),
    "schedule": Move(_("Publish at that time"), "publish", _schedule, _("Scheduled.")),
    "unschedule": Move(_("Drop the schedule"), "publish", _unschedule, _("The schedule is dropped.")),
    "withdraw": Move(_("Withdraw"), "publish", _to(Status.WITHDRAWN), _("Withdrawn.")),
    "review-due": Move(_("Mark as due for review"), "publish", _to(Status.REVIEW_DUE), _("Marked.")),
    "draft": Move(_("Return to draft"), "change", _to(Status.DRAFT), _("It is a draft again.")),
    "restore": Move(_("Bring this text back"), "change", _restore, _("Brought back, as a new revision.")),
}  # fmt: skip


class Moving(ArticlePages):
    # No review from the list: whoever records one has the text before them.
    actions = ["send_to_review", "publish", "mark_review_due", "withdraw", "return_to_draft"]

    def offered(self, request: HttpRequest, article: Article, newest: Revision) -> dict[str, Any]:
        """The moves that this person can make from where the article stands."""
        status = Status(article.status)
        public = status in PUBLIC
        news = article.published is None or article.published.digest != newest.digest
        ready = (public and news) or Status.PUBLISHED in TRANSITIONS[status]
        text = article.asked or article.published or newest
        possible = {
            "ask": article.asked is None and (public or Status.IN_REVIEW in TRANSITIONS[status]),
            "return": article.asked is not None,
            "review": status not in (Status.DRAFT, Status.WITHDRAWN),
            "review-translation": article.is_unreviewed_translation and article.published is not None,
            "publish": ready,
            "schedule": ready and article.scheduled is None,
            "unschedule": article.scheduled is not None,
            "withdraw": Status.WITHDRAWN in TRANSITIONS[status],
            "review-due": Status.REVIEW_DUE in TRANSITIONS[status],
            "draft": Status.DRAFT in TRANSITIONS[status],
        }
        return {
            "moves": {
                name.replace("-", "_"): MOVES[name].label
                for name, can in possible.items()
                if can and may(request, MOVES[name].right)
            },
            "may_change": may(request, "change"),
            "review_text": text,
            "late": article.publish_at is not None and article.publish_at < timezone.now(),
            "schedule_form": ScheduleForm(),
        }

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        return require_POST(self._do)(request, pk, action)

    def _do(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        article = self.article(request, pk)
        if action not in MOVES:
            raise Http404
        move = MOVES[action]
        if not may(request, move.right):
            raise PermissionDenied
        try:
            move.do(request, article)
            messages.success(request, move.done)
        except services.NotAllowed as reason:
            messages.error(request, str(reason))
        return HttpResponseRedirect(reverse("admin:education_article_change", args=[pk]))

    # --- the same for many at once, from the list

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return may(request, "publish")

    @admin.action(description=_("Send to medical review"), permissions=["change"])
    def send_to_review(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._each(request, queryset, lambda article: _ask(request, article))

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        def publish(article: Article) -> None:
            number = article.newest().number
            services.publish(article, number=number, by=account(request), now=timezone.now())

        self._each(request, queryset, publish)

    @admin.action(description=_("Mark as due for review"), permissions=["publish"])
    def mark_review_due(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._each(request, queryset, lambda article: _to(Status.REVIEW_DUE)(request, article))

    @admin.action(description=_("Withdraw"), permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._each(request, queryset, lambda article: _to(Status.WITHDRAWN)(request, article))

    @admin.action(description=_("Return to draft"), permissions=["change"])
    def return_to_draft(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._each(request, queryset, lambda article: _to(Status.DRAFT)(request, article))

    def _each(self, request: HttpRequest, queryset: QuerySet[Article], do: Callable[[Article], None]) -> None:
        """Each article on its own: one that may not be changed doesn't hold up the others."""
        done = 0
        for article in queryset:
            try:
                do(article)
                done += 1
            except services.NotAllowed as reason:
                messages.error(request, str(reason))
        if done:
            words = ngettext("%d article changed.", "%d articles changed.", done)
            messages.success(request, words % done)
