"""What somebody answered, as staff read it: in the form's own labels, the unknown marked as unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _

from intake import situation
from intake.choices import Door, YesNoUnsure
from intake.forms import FORMS, RequestForm
from intake.forms.fields import CheckField
from intake.models import Request


@dataclass(frozen=True)
class Answer:
    name: str
    label: str
    value: str
    known: bool


@dataclass(frozen=True)
class AnswerSection:
    title: str
    answers: list[Answer]


@dataclass(frozen=True)
class Comparison:
    """One question beside its answers in several requests; `differs` where they don't say the same."""

    label: str
    answers: list[Answer]

    @property
    def differs(self) -> bool:
        return len({answer.value for answer in self.answers}) > 1


def in_sections(item: Request) -> list[AnswerSection]:
    """All questions of the request's form, in its order and its sections."""
    form = _form(item)
    return [
        AnswerSection(str(section.title), [_answer(form, item, name) for name in section.names()])
        for section in form.helper.layout.fields
    ]


def side_by_side(items: Sequence[Request]) -> list[Comparison]:
    """The questions that any of the requests answers, each with the answers of all."""
    forms_ = [_form(item) for item in items]
    labels = {
        name: str(field.label)
        for form in forms_
        for name, field in form.fields.items()
        if any(name in item.answers for item in items) and not form[name].is_hidden
    }
    return [
        Comparison(label, [_answer(form, item, name) for form, item in zip(forms_, items, strict=True)])
        for name, label in labels.items()
    ]


def _form(item: Request) -> RequestForm:
    day = item.submitted_at.astimezone(ZoneInfo(item.queue.time_zone)).date()
    return FORMS[Door(item.door)](today=day, centers=situation.current().centers)


def _answer(form: RequestForm, item: Request, name: str) -> Answer:
    field, value = form.fields.get(name), item.answers.get(name)
    if field is None:
        return Answer(name, "", _("Not asked"), known=False)
    label = str(field.label)
    if value is None:
        return Answer(name, label, _unanswered(field), known=False)
    [(_label, words)] = form.in_words({name: value})
    return Answer(name, label, words, known=value != YesNoUnsure.UNSURE)


def _unanswered(field: forms.Field) -> str:
    # An empty box is no answer either: nobody said no.
    boxes = isinstance(field, CheckField | forms.MultipleChoiceField)
    return _("Not checked") if boxes else _("Unknown")
