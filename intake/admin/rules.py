"""What triage leans on: targets, therapies, and the signature under the rules."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from intake import triage
from intake.admin.auditing import AuditedAdmin
from intake.models import CallbackTarget, RulesetSignOff, UninterruptibleTherapy
from intake.services import site
from intake.services.errors import DeskError


@admin.register(CallbackTarget)
class CallbackTargetAdmin(AuditedAdmin):
    list_display = ("priority", "basis", "minutes", "confirmed")
    fields = ("priority", "basis", "minutes", "confirmed")
    readonly_fields = ("priority",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Every priority has its target, always.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(UninterruptibleTherapy)
class UninterruptibleTherapyAdmin(AuditedAdmin):
    list_display = ("name", "terms_in_a_line", "confirmed")
    search_fields = ("name", "terms")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("terms"))
    def terms_in_a_line(self, therapy: UninterruptibleTherapy) -> str:
        return ", ".join(therapy.terms.split("\n"))


class SignForm(forms.Form):
    # The version that the page showed: what is signed is what was read.
    version = forms.CharField(max_length=20, widget=forms.HiddenInput)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)


@admin.register(RulesetSignOff)
class RulesetSignOffAdmin(admin.ModelAdmin):
    """The rules as they are in force, who signed which version, and the place to sign."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or site.can_sign(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="intake_rulesetsignoff_changelist"),
            path("sign/", view(self.sign), name="intake_rulesetsignoff_sign"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, SignForm(initial={"version": triage.RULESET_VERSION}, label_suffix=""))

    @method_decorator(require_POST)
    def sign(self, request: HttpRequest) -> HttpResponse:
        form = SignForm(request.POST, label_suffix="")
        if not site.can_sign(request.user):
            raise PermissionDenied
        if form.is_valid():
            try:
                site.sign_rules(**form.cleaned_data, by=request.user, now=timezone.now())
            except DeskError as reason:
                form.add_error(None, str(reason))
            else:
                messages.success(request, _("The rules are signed."))
                return redirect("admin:intake_rulesetsignoff_changelist")
        return self._page(request, form, status=422)

    def _page(self, request: HttpRequest, form: SignForm, status: int = 200) -> HttpResponse:
        signed = list(RulesetSignOff.objects.select_related("signed_by").order_by("-signed_at"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Triage rules"),
            "opts": self.opts,
            "rules": triage.RULES,
            "version": triage.RULESET_VERSION,
            "signed": signed,
            "signature": next((one for one in signed if one.version == triage.RULESET_VERSION), None),
            "form": form if site.can_sign(request.user) else None,
        }
        return TemplateResponse(request, "admin/intake/rulesetsignoff/rules.html", context, status=status)
