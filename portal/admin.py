"""Accounts with their second factor, and the audit trail."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from intake import references
from intake.admin.auditing import AuditedAdmin
from intake.models import Request
from portal.accounts import access_page
from portal.models import AuditEntry, User

# Its own pages show the secret to whoever may look; here it is shown once, while it is set up.
admin.site.unregister(TOTPDevice)
admin.site.unregister(Group)

# The stock pair of lists is built by a script, with names that screen readers are not told.
CHECKBOXES = forms.CheckboxSelectMultiple


class NewAccount(forms.ModelForm):
    """No password: the account's owner chooses one, by a link."""

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "groups")

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        # "Lee" beside "lee" would be two people to the database and one to whoever reads the audit trail.
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("There is an account of this name already."))
        return name

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        self.instance.is_staff = True
        return super().save(commit)


@admin.register(User)
class StaffAdmin(AuditedAdmin, UserAdmin):
    """Only superusers open or change accounts: whoever can give rights could give them to themselves."""

    list_display = ("username", "name", "role", "is_active", "last_login")
    # Rights come from roles alone, so that a look at the role tells what somebody may do.
    fieldsets = (
        (None, {"fields": ("username",)}),
        (gettext_lazy("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (gettext_lazy("Role"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (gettext_lazy("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    add_form = NewAccount
    add_fieldsets = ((None, {"fields": ("username", ("first_name", "last_name"), "email", "groups")}),)
    add_form_template = None
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    list_filter = ("groups", "is_active", "is_superuser")
    show_facets = admin.ShowFacets.NEVER

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=CHECKBOXES, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=gettext_lazy("name"))
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        groups = ", ".join(group.name for group in user.groups.all())
        return _("Administrator") if user.is_superuser else groups

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What somebody did stays theirs: an account that left is made inactive.
        return False

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(access_page.access)
        # Nobody types a password for somebody else.
        stock = [one for one in super().get_urls() if one.name != "auth_user_password_change"]
        return [path("<int:pk>/access/", page, name="portal_user_access"), *stock]

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        messages.success(request, _("The account is open. Make the link with which its owner gets in."))
        return redirect("admin:portal_user_access", obj.pk)


@admin.register(Group)
class RoleAdmin(AuditedAdmin, GroupAdmin):
    filter_horizontal = ()

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=CHECKBOXES, **kwargs)


# Among so many of the newest rows every action is found that matters; all of them would be read each time.
LATELY = 20_000


class AccountFilter(admin.SimpleListFilter):
    title = gettext_lazy("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).order_by("username").values_list("pk", "username")
        return [("none", _("No account: the public, commands, the portal"))] + [
            (str(pk), username) for pk, username in staff
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value()
        if value == "none":
            return queryset.filter(actor_id=None)
        return queryset.filter(actor_id=int(value)) if value in dict(self.lookup_choices) else queryset


class ActionFilter(admin.SimpleListFilter):
    title = gettext_lazy("action")
    parameter_name = "did"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        lately = AuditEntry.objects.order_by("-id").values_list("action", flat=True)[:LATELY]
        return [(action, action) for action in sorted(set(lately.iterator()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """Who saw or changed what: to be read, and by nobody to be changed."""

    list_display = ("at", "actor", "action", "subject", "field_names")
    list_display_links = None
    list_filter = ("at", AccountFilter, ActionFilter)
    # Any, for the box to show; what is searched for, `get_search_results` says.
    search_fields = ("subject",)
    search_help_text = gettext_lazy("A request’s reference, or a subject such as “request 12”.")
    date_hierarchy = "at"
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """By the subject as it stands, which an index finds among millions, or by a request's reference."""
        term = search_term.strip()
        subjects = [term]
        with suppress(references.WrongReference):
            found = Request.objects.readable_by(request.user).by_reference(references.parse(term))
            subjects += [str(one) for one in found.only("pk")]
        return (queryset.filter(subject__in=subjects) if term else queryset), False

    @admin.display(description=gettext_lazy("fields"))
    def field_names(self, entry: AuditEntry) -> str:
        return ", ".join(entry.fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
