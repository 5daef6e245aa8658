"""Forms of one's own account: each asks for what only its owner knows, and counts what is wrong."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth import authenticate, password_validation
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import factors
from portal.accounts.factors import Setup
from portal.models import Invitation, User

WRONG = gettext_lazy(
    "The password or the code is wrong. A code counts once: if you have used it, wait for the next one."
)
TOO_OLD = gettext_lazy("This page was open for too long. Set up the new key that it shows now.")
NOT_SHOWN = gettext_lazy("This is not the code for now. Wait for the next one and enter that.")


def code_field(label: Any) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric"}
    return forms.CharField(label=label, max_length=24, widget=forms.TextInput(attrs=attributes))


def password_field(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=200, widget=widget, **kwargs)


def password_rules() -> str:
    return " ".join(password_validation.password_validators_help_texts())


class Account(forms.Form):
    """A form for `user`; with `sets_up`, `setup` is the authenticator that it is about to take."""

    sets_up = False

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self.request, self.user = request, user
        came = Setup.read(self.data.get("setup", ""), user) if self.is_bound else None
        self.is_old = self.is_bound and came is None
        self.setup = came or Setup(user)

    def clean_new_code(self) -> str:
        code = str(self.cleaned_data["new_code"])
        if self.is_old:
            raise forms.ValidationError(TOO_OLD)
        if not self.setup.check(code, timezone.now()):
            raise forms.ValidationError(NOT_SHOWN)
        return code


class Confirmation(Account):
    """Password and code, before something is done that would let a stranger in."""

    password = password_field(gettext_lazy("Password"), "current-password")
    code = code_field(gettext_lazy("Code from your authenticator, or a recovery code"))

    def clean(self) -> dict[str, Any]:
        # What else is wrong is said first: a code counts once, and should not be lost for it.
        if not self.errors:
            data = self.cleaned_data
            if not factors.confirm(self.request, password=data["password"], code=data["code"]):
                raise forms.ValidationError(WRONG)
        return self.cleaned_data


class NewAuthenticator(Confirmation):
    sets_up = True
    code = code_field(gettext_lazy("Code from the authenticator that you have now, or a recovery code"))
    new_code = code_field(gettext_lazy("Code that the new one shows now"))
    field_order = ["new_code", "password", "code"]


class Acceptance(Account):
    """What the owner of a link chooses; a part that stays shows that the link reached the right person."""

    password1 = password_field(gettext_lazy("New password"), "new-password")
    password2 = password_field(gettext_lazy("The same again"), "new-password")
    password = password_field(gettext_lazy("Your password"), "current-password")
    code = code_field(gettext_lazy("Code from your authenticator, or a recovery code"))
    new_code = code_field(gettext_lazy("Code that the authenticator shows now"))

    def __init__(self, *args: Any, renews: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {
            Invitation.Renews.BOTH: ("new_code", "password1", "password2"),
            Invitation.Renews.PASSWORD: ("password1", "password2", "code"),
            Invitation.Renews.AUTHENTICATOR: ("new_code", "password"),
        }[Invitation.Renews(renews)]
        self.fields = {name: self.fields[name] for name in kept}
        self.sets_up = "new_code" in kept
        if "password1" in kept:
            self.fields["password1"].help_text = password_rules()

    def clean_password1(self) -> str:
        password = str(self.cleaned_data["password1"])
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "password1" in data and "password2" in data and data["password1"] != data["password2"]:
            self.add_error("password2", _("This is not the same password."))
        if not self.errors and not self._is_owner():
            raise forms.ValidationError(WRONG)
        return data

    def _is_owner(self) -> bool:
        name, data = self.user.get_username(), self.cleaned_data
        if "password" in data:
            return authenticate(self.request, username=name, password=data["password"]) == self.user
        if "code" not in data:
            return True
        if not AxesProxyHandler.is_allowed(self.request, {"username": name}):
            self.request.axes_locked_out = True  # type: ignore[attr-defined]
            return False
        if factors.prove(self.user, data["code"])[0] is None:
            factors.count_failure(self.request, self.user)
            return False
        return True
