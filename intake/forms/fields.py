"""Form fields that take what tired people type, and say in plain words what is missing."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

LINE_BREAK = re.compile(r"\r\n?")
DATE_SEPARATOR = re.compile(r"[\s./-]+")
DATE_FORMATS = {8: ("%m%d%Y", "%Y%m%d")}  # by the number of digits, where nothing separates them
ZIP = re.compile(r"([0-9]{5})(?:[\s-]*([0-9]{4}))?")

TOO_LONG = ngettext_lazy(
    "Make this shorter: at most %(longest)d character. It has %(length)d.",
    "Make this shorter: at most %(longest)d characters. It has %(length)d.",
    "longest",
)
UNREADABLE = _("This holds a character that can’t be read. Delete it and type it again.")
DATE_HINT = _("Month, day and year, like {slashed} or {plain}.")
DATE_WORDS = _("Enter the month, day and year, like {slashed}.")
UNKNOWN_CHOICE = _("Choose one of the answers shown.")


def is_unreadable(character: str) -> bool:
    """Control characters, halves of a pair, and the mark that stands for bytes that were no text."""
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cs"}


class PlainTextField(forms.CharField):
    """Bounded text, trimmed. `lines` > 1 keeps line breaks, each counted as one character.

    There is no maxlength attribute: it cuts off pasted text without a word.
    """

    def __init__(self, *, longest: int, lines: int = 1, **kwargs: Any) -> None:
        self.longest, self.lines = longest, lines
        if lines > 1:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": lines, "cols": False}))
        super().__init__(**kwargs)
        # CharField's own check for NUL says less than the one in `to_python`.
        self.validators = list(kwargs.get("validators", ()))

    def to_python(self, value: Any) -> str:
        text = LINE_BREAK.sub("\n", super().to_python(value) or "")
        if any(is_unreadable(character) for character in text if character not in "\n\t"):
            raise ValidationError(UNREADABLE, code="unreadable")
        if self.lines == 1:
            text = " ".join(text.split())
        if len(text) > self.longest:
            raise ValidationError(
                TOO_LONG, code="too_long", params={"longest": self.longest, "length": len(text)}
            )
        return text


class PhoneField(PlainTextField):
    """A US number in any usual notation, as E.164 and, with an extension, `;ext=` behind it.

    Whether a carrier has given out the number is not asked: plans change, and a call will tell.
    """

    widget = forms.TextInput(attrs={"type": "tel"})
    default_error_messages = {"invalid": _("Enter a phone number with 10 digits, like 213 555 0100.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=100, **kwargs)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, "US")
        except phonenumbers.NumberParseException:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        digits = str(number.national_number)
        if number.country_code != 1 or len(digits) != 10 or digits[0] in "01":
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return f"+1{digits};ext={number.extension}" if number.extension else f"+1{digits}"


class ZipField(PlainTextField):
    default_error_messages = {"invalid": _("Enter a ZIP code with 5 or 9 digits, like 90012.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=100, **kwargs)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        if not typed:
            return ""
        match = ZIP.fullmatch(typed)
        if not match:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return "-".join(filter(None, match.groups()))


class PlainDateField(forms.DateField):
    """One text input: month/day/year or year-month-day, with any separator or, eight digits, with none."""

    widget = forms.TextInput
    default_error_messages = {"invalid": format_lazy(DATE_WORDS, slashed="03/15/1980")}

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        typed = DATE_SEPARATOR.sub("/", str(value).strip())
        formats = DATE_FORMATS.get(len(typed), ()) if typed.isdecimal() else ("%m/%d/%Y", "%Y/%m/%d")
        for layout in formats:
            try:
                return datetime.strptime(typed, layout).date()
            except ValueError:
                continue
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class OnCheckbox(forms.CheckboxInput):
    """Hands on what was posted: Django's takes any text, even “0”, for a check mark."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, check_test=lambda value: value == "on")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name)

    def format_value(self, value: Any) -> None:
        return None


class CheckField(forms.BooleanField):
    """A single check box: posted as `on`, or not at all. Nothing else counts as consent."""

    widget = OnCheckbox
    default_error_messages = {"invalid": _("Check the box or leave it empty.")}

    def to_python(self, value: Any) -> bool:
        if value in (None, ""):
            return False
        if value != "on":
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return True


class Radios(forms.RadioSelect):
    """Radio buttons side by side, or `stacked` where their labels are long.

    Some may open a folded part of the page: `reveals` maps their values to its id.
    """

    def __init__(self, *, stacked: bool = False, reveals: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.stacked, self.reveals = stacked, reveals or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if part := self.reveals.get(value):
            option["attrs"]["data-reveals"] = part
        return option


def one_of(
    choices: Any, label: Any, *, required: bool = False, missing: Any = "", **kwargs: Any
) -> forms.ChoiceField:
    """One answer, as radio buttons unless another widget is given; `missing` is said when it is required."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        error_messages={"invalid_choice": UNKNOWN_CHOICE, "required": missing},
        **{"widget": Radios()} | kwargs,
    )


def any_of(choices: Any, label: Any, **kwargs: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": UNKNOWN_CHOICE, "invalid_list": UNKNOWN_CHOICE},
        **kwargs,
    )


def spoken_phone(number: str) -> str:
    """Return what PhoneField made as people read it: 213-555-0100, with “ext. 12” behind it."""
    national, _sep, extension = number.removeprefix("+1").partition(";ext=")
    readable = f"{national[:3]}-{national[3:6]}-{national[6:]}"
    return f"{readable} ext. {extension}" if extension else readable
