"""Everybody's own: keyboard shortcuts on or off, and what the desk knows of the person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from intake.choices import Language, Skill
from intake.desk.access import readable, render
from intake.desk.roster import profile_of
from intake.models import StaffProfile
from intake.services import staffing


class OwnProfile(forms.Form):
    shortcuts = forms.BooleanField(
        label=gettext_lazy("Single keys do things on the desk’s pages"),
        required=False,
        help_text=gettext_lazy("Switch them off if you dictate, or if keys are pressed by mistake."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    readable(request)  # PermissionDenied for who sees no requests
    user: Any = request.user
    user.profile = StaffProfile.objects.filter(user=user.pk).first()
    languages, skills, shortcuts = profile_of(user)
    posted = request.POST if request.method == "POST" else None
    form = OwnProfile(posted, initial={"shortcuts": shortcuts}, label_suffix="")
    if form.is_valid():
        staffing.save_profile(
            user=user,
            languages=[Language(value) for value in languages],
            skills=[Skill(value) for value in skills],
            shortcuts=form.cleaned_data["shortcuts"],
            by=user,
            now=timezone.now(),
        )
        messages.success(request, _("Saved."))
        response = redirect("admin:triage-profile")
        response.status_code = 303
        return response
    context = {
        "title": _("Your desk"),
        "form": form,
        "languages": [Language(value).label for value in languages],
        "skills": [Skill(value).label for value in skills],
        "shortcuts": shortcuts,
    }
    return render(request, "profile", context)
