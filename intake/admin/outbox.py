from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from intake.models import OutboxMessage
from intake.services import outbox
from intake.tasks import mail_is_set_up


@admin.register(OutboxMessage)
class OutboxMessageAdmin(admin.ModelAdmin):
    """What waits, went out or was given up, and why. To whom and with which words is not shown."""

    list_display = ["id", "kind", "state", "created_at", "tries", "due_at", "done_at", "problem"]
    list_filter = ["state", "kind"]
    fields = ["kind", "language", "request", "state", "created_at", "tries", "due_at", "done_at", "problem"]
    actions = ["try_again"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return super().get_queryset(request).defer("address")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("intake.retry_message")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not mail_is_set_up():
            messages.warning(request, _("No mail server is set up: messages wait here until there is one."))
        return super().changelist_view(request, extra_context)

    @admin.action(description=gettext_lazy("Try again what was given up"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        now = timezone.now()
        changed = sum(
            outbox.try_again(message_id=pk, by=request.user, now=now)
            for pk in queryset.values_list("pk", flat=True)
        )
        self.message_user(
            request,
            ngettext("%(n)d message is tried again.", "%(n)d messages are tried again.", changed)
            % {"n": changed},
        )
