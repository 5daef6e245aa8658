"""Lines, hours, facilities and the emergency notice: what the public sees, edited without a deploy."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.admin.auditing import AuditedAdmin
from intake.admin.labelled import LabelledDates, LabelledTable
from intake.choices import FacilityKind, FacilityStatus, Severity
from intake.contradictions import contradictions
from intake.models import Closure, EmergencyNotice, Facility, NoticeVersion, OpeningPeriod, Queue, Request
from intake.presenting import center_saved
from intake.services import site
from intake.services.errors import DeskError


class OpenedForm(ModelForm):
    """Carries the version of the row that it was opened with, and is refused where that one has changed."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["opened"].initial = site.version(self.instance)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # private in Django, whose stubs leave it out
        if self.instance.pk:
            try:
                # The lock holds until the admin's transaction ends, and so until the row is saved.
                site.lock_unchanged(self.instance, opened=self.cleaned_data["opened"])
            except DeskError as error:
                self.add_error(None, str(error))


class OpenedAdmin(admin.ModelAdmin):
    form = OpenedForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        if obj and self.has_change_permission(request, obj):
            name, options = first
            first = (name, {**options, "fields": (*options["fields"], "opened")})
        return [first, *others]


class OpeningPeriodInline(LabelledTable):
    model = OpeningPeriod
    extra = 1
    max_num = 40


class ClosureInline(LabelledTable):
    model = Closure
    extra = 1
    max_num = 100


@admin.register(Queue)
class QueueAdmin(AuditedAdmin):
    list_display = ("name", "line", "audience", "hours_confirmed", "worked_by")
    inlines = (OpeningPeriodInline, ClosureInline)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("name", "slug", "phone", ("audience", "audience_es"), ("door", "position"))}),
        (gettext_lazy("Hours"), {"fields": ("time_zone", "hours_confirmed")}),
        (gettext_lazy("Who works it"), {"fields": ("staff_groups",)}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, widget=forms.CheckboxSelectMultiple, **kwargs
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).prefetch_related("staff_groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Queue | None = None) -> tuple[str, ...]:
        # Reports and requests know the queue by it.
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Requests belong to it for good; a queue that is no longer used loses its form and its groups.
        return False

    @admin.display(description=gettext_lazy("line"))
    def line(self, queue: Queue) -> str:
        return queue.phone.as_national

    @admin.display(description=gettext_lazy("worked by"))
    def worked_by(self, queue: Queue) -> str:
        return ", ".join(group.name for group in queue.staff_groups.all()) or _("nobody")


@admin.register(Facility)
class FacilityAdmin(OpenedAdmin):
    list_display = ("name", "kind", "status", "since", "note", "name_confirmed")
    show_full_result_count = False
    fields = (
        ("name", "name_confirmed"),
        "kind",
        ("status", "since"),
        "note",
        "note_es",
        "position",
    )
    readonly_fields = ("kind", "since")

    def has_add_permission(self, request: HttpRequest) -> bool:
        # The pharmacy and its three centers stand; the form's answers name them.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Facility, form: ModelForm, change: bool) -> None:
        opened = form.cleaned_data["opened"]
        site.save_facility(facility=obj, opened=opened, by=request.user, now=timezone.now())

    def response_change(self, request: HttpRequest, obj: Facility) -> HttpResponse:
        """From a center on to the requests that depend on it, for whoever may see requests."""
        leads_on = obj.kind == FacilityKind.INFUSION_CENTER and "_continue" not in request.POST
        if not leads_on or not request.user.has_perm("intake.view_request"):
            return super().response_change(request, obj)
        depend = Request.objects.readable_by(request.user).depending_on(obj).count()
        is_open = obj.status == FacilityStatus.OPEN
        self.message_user(request, center_saved(depend, is_open=is_open), messages.SUCCESS)
        return redirect("admin:triage-center", obj.slug)


class VersionInline(admin.TabularInline):
    """What the notice said before; only shown."""

    model = NoticeVersion
    extra = 0
    max_num = 0
    can_delete = False
    verbose_name_plural = gettext_lazy("History")
    fields = readonly_fields = ("at", "by", "said")

    @admin.display(description=gettext_lazy("what it said"))
    def said(self, version: NoticeVersion) -> str:
        content = version.content
        if not content:  # a row that somebody made up in the posted form
            return ""
        severity = Severity(content["severity"]).label
        texts = format_html_join(
            "",
            '<div lang="{}"><strong>{}</strong> {}</div>',
            (
                (language, content[f"headline{suffix}"], content[f"body{suffix}"])
                for language, suffix in (("en", ""), ("es", "_es"))
                if content[f"headline{suffix}"] or content[f"body{suffix}"]
            ),
        )
        times = _("From %(start)s to %(end)s. Owner: %(owner)s.") % {
            "start": _day_and_time(content["starts_at"]),
            "end": _day_and_time(content["ends_at"]) if content["ends_at"] else _("further notice"),
            "owner": content["owner"] or _("nobody yet"),
        }
        return format_html("<div>{}</div>{}<div>{}</div>", severity, texts, times)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("intake.view_emergencynotice"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[NoticeVersion]:
        return super().get_queryset(request).select_related("by")


@admin.register(EmergencyNotice)
class NoticeAdmin(LabelledDates, OpenedAdmin):
    list_display = ("headline", "severity", "state", "starts_at", "ends_at", "owner")
    list_select_related = ("owner",)
    show_full_result_count = False
    inlines = (VersionInline,)
    fieldsets = (
        (None, {"fields": ("severity", ("starts_at", "ends_at"), "says_centers_open", "owner")}),
        (gettext_lazy("In English"), {"fields": ("headline", "body")}),
        (gettext_lazy("In Spanish"), {"fields": ("headline_es", "body_es")}),
    )

    @admin.display(description=gettext_lazy("state"))
    def state(self, notice: EmergencyNotice) -> str:
        now = timezone.now()
        if now < notice.starts_at:
            return _("Not yet")
        return _("Ended") if notice.ends_at and notice.ends_at <= now else _("Runs")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name.startswith("body"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            people = db_field.remote_field.model._default_manager
            kwargs["queryset"] = people.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": timezone.now(), "owner": request.user.pk}

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        number = object_id if object_id and object_id.isdecimal() else 0
        notice = EmergencyNotice.objects.filter(pk=number).first()
        if notice and request.method == "GET":
            for _notice, center in contradictions([notice], Facility.objects.all(), timezone.now()):
                said = _("This notice says that all infusion centers run normally. %(center)s: %(status)s.")
                messages.warning(
                    request, said % {"center": center.name, "status": center.get_status_display()}
                )
        return super().changeform_view(request, object_id, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A notice that is over gets an end; what the public was told stays on record.
        return False

    def save_model(self, request: HttpRequest, obj: EmergencyNotice, form: ModelForm, change: bool) -> None:
        opened = form.cleaned_data["opened"]
        site.save_notice(notice=obj, opened=opened, by=request.user, now=timezone.now())


def _day_and_time(text: str) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(text)):%Y-%m-%d %H:%M %Z}"
