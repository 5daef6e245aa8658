"""The lead's view: who holds what, what nobody holds, many reassigned at once; roles and languages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from intake.choices import QUEUE_ROLES, Language, Skill
from intake.desk import emergency, roster
from intake.desk.access import readable, render
from intake.desk.handover import Line, line
from intake.desk.page import name_of
from intake.forms.fields import PlainTextField
from intake.models import Request, TemporaryRole
from intake.services import desk, staffing
from intake.services.errors import DeskError
from portal import audit

# How many requests stand there of those that are held, and of those that nobody holds.
MOST_HELD, MOST_FREE = 200, 25
MOST_AT_ONCE = MOST_HELD + MOST_FREE
LONGEST_NUMBER = 18
LONGEST_REASON = 1000
TO_QUEUE = "queue"
# What a role for a while is offered for: the rest of a long day.
USUAL = timedelta(hours=10)
LISTED = ["reference", "priority", "rules", "claimed_by", "due_at"]


class Picked(forms.TypedMultipleChoiceField):
    """Numbers of requests, whether or not they still stand on the page: the services say what can't be."""

    def valid_value(self, value: Any) -> bool:
        return str(value).isdecimal() and len(str(value)) < LONGEST_NUMBER


class Reassign(forms.Form):
    """Which requests, to whom, and why. `people` are those who may work requests."""

    request = Picked(coerce=int, error_messages={"required": gettext_lazy("Choose at least one request.")})
    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        error_messages={"required": gettext_lazy("Choose a person, or the queue.")},
    )
    reason = PlainTextField(
        label=gettext_lazy("Reason"),
        longest=LONGEST_REASON,
        required=False,
        help_text=gettext_lazy("Needed to take back what somebody holds."),
    )

    def __init__(self, *args: Any, people: list[roster.Person], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "reassign_%s", "label_suffix": "", **kwargs})
        self.people = {str(person.user.pk): person.user for person in people}
        names = [(str(person.user.pk), person.name) for person in people]
        to = cast(forms.ChoiceField, self.fields["to"])
        to.choices = [("", _("Choose")), (TO_QUEUE, _("Back to the queue")), *names]

    def clean_request(self) -> list[int]:
        picked = list(dict.fromkeys(self.cleaned_data["request"]))
        if len(picked) > MOST_AT_ONCE:
            raise forms.ValidationError(_("These are too many at once."))
        return picked

    def each(self, *, by: Any, now: datetime) -> Callable[[int], Request]:
        """What is done with each request, by its number."""
        to, reason = self.cleaned_data["to"], self.cleaned_data["reason"]
        if to == TO_QUEUE:
            return lambda pk: desk.take_back(request_id=pk, reason=reason, by=by, now=now)
        person = self.people[to]
        return lambda pk: desk.assign(request_id=pk, to=person, note=reason, by=by, now=now)


class GiveRole(forms.Form):
    person = forms.ModelChoiceField(get_user_model().objects.none(), label=gettext_lazy("Who"))
    group = forms.ModelChoiceField(Group.objects.none(), label=gettext_lazy("Works as"), to_field_name="name")
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("Enter the day and the time, like 2026-11-24 18:00.")
        ),
    )

    def __init__(self, *args: Any, by: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "role_%s", "label_suffix": "", **kwargs})
        people: Any = self.fields["person"]
        groups: Any = self.fields["group"]
        others = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(pk=by.pk)
        people.queryset = others.order_by("username")
        people.label_from_instance = name_of
        roles = Group.objects.filter(name__in=QUEUE_ROLES).order_by("name")
        groups.queryset = roles if by.is_superuser else roles.exclude(name="lead")
        self.fields["until"].initial = (now + USUAL).replace(minute=0, second=0, microsecond=0)


class Profile(forms.Form):
    """What a lead says of somebody."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Speaks with patients"),
        choices=[choice for choice in Language.choices if choice[0] != Language.OTHER],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one language.")},
    )
    skills = forms.MultipleChoiceField(
        label=gettext_lazy("Good at"),
        choices=Skill.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def reassign(request: HttpRequest) -> HttpResponse:
    """Each request by itself: what can't be done is named with its reason, the rest is done."""
    _check_leads(request)
    now = timezone.now()
    form = Reassign(request.POST, people=roster.people([], now=now, zone=_zone()))
    if not form.is_valid():
        return _page(request, form=form)
    picked = form.cleaned_data["request"]
    known = {item.pk: item for item in readable(request).filter(pk__in=picked)}
    each, done, failed = form.each(by=request.user, now=now), 0, []
    for pk in picked:
        try:
            each(pk)
        except (DeskError, PermissionDenied, Request.DoesNotExist) as refused:
            reason = str(refused) if isinstance(refused, DeskError) else _("You may not work this request.")
            failed.append({"reference": _reference(known.get(pk), pk), "reason": reason})
        else:
            done += 1
    # Not as messages behind a redirect: these wait in a cookie, and references have no business there.
    return _page(request, report={"done": done, "failed": failed})


@require_POST
def give_role(request: HttpRequest) -> HttpResponse:
    _check_leads(request)
    now = timezone.now()
    form = GiveRole(request.POST, by=request.user, now=now)
    if form.is_valid():
        given = form.cleaned_data
        try:
            staffing.give_role(
                user=given["person"], group=given["group"], until=given["until"], by=request.user, now=now
            )
        except DeskError as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, _("The role is given. It ends by itself."))
            return _back("admin:triage-team")
    return _page(request, role=form)


@require_POST
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    _check_leads(request)
    try:
        staffing.end_role(role_id=pk, by=request.user, now=timezone.now())
    except TemporaryRole.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The role is ended."))
    return _back("admin:triage-team")


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What a colleague speaks and is good at: it decides which calls they get."""
    _check_leads(request)
    if not request.user.has_perm("intake.change_staffprofile"):
        raise PermissionDenied
    user = get_object_or_404(get_user_model(), pk=pk, is_active=True, is_staff=True)
    languages, skills, shortcuts = roster.profile_of(user)
    form = Profile(
        request.POST if request.method == "POST" else None,
        initial={"languages": languages, "skills": skills},
        label_suffix="",
    )
    if form.is_valid():
        staffing.save_profile(
            user=user,
            languages=[Language(value) for value in form.cleaned_data["languages"]],
            skills=[Skill(value) for value in form.cleaned_data["skills"]],
            shortcuts=shortcuts,
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("Saved."))
        return _back("admin:triage-team")
    context = {"title": name_of(user), "form": form, "person": user}
    return render(request, "person", context, status=422 if form.is_bound else 200)


def _check_leads(request: HttpRequest) -> None:
    if not request.user.has_perm("intake.assign_request"):
        raise PermissionDenied


def _zone() -> ZoneInfo:
    """The portal's, for times of people: they may work several queues."""
    return ZoneInfo(timezone.get_default_timezone_name())


def _reference(item: Request | None, pk: int) -> str:
    return item.reference if item and desk.is_readable(item) else f"request {pk}"


def _state(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What is held and what is free in the lead's queues, as lines, and the people of the desk."""
    own = readable(request).workable_by(request.user)
    to_call = own.to_call().select_related("queue", "claimed_by").in_call_order()
    held = list(to_call.filter(claimed_until__gt=now)[:MOST_HELD])
    free = list(to_call.free(now).exclude(follow_up_at__gt=now)[:MOST_FREE])
    zone = _zone()

    def lines(items: list[Request]) -> list[Line]:
        return [line(item, now=now, zone=ZoneInfo(item.queue.time_zone)) for item in items]

    return {
        "people": roster.people(held, now=now, zone=zone),
        "held": lines(held),
        "free": lines(free),
    }


def _page(
    request: HttpRequest,
    *,
    form: Reassign | None = None,
    role: GiveRole | None = None,
    report: dict[str, Any] | None = None,
) -> HttpResponse:
    _check_leads(request)
    now = timezone.now()
    state = _state(request, now)
    audit.record("team viewed", by=request.user, fields=LISTED)
    gives = request.user.has_perm("intake.add_temporaryrole")
    opened = emergency.lately(request.user, now)
    context = {
        "title": _("Team"),
        **state,
        "form": form or Reassign(people=state["people"]),
        "picked": form.cleaned_data.get("request", []) if form else [],
        "role": (role or GiveRole(by=request.user, now=now)) if gives else None,
        "report": report,
        "opened": opened,
        "zone": timezone.localtime(now).tzname(),
    }
    refused = bool(form or role or (report and report["failed"]))
    return render(request, "team", context, status=422 if refused else 200)


def _back(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
