"""An article as a form: its text in one field, the parts that it has many of in rows."""

from dataclasses import asdict, fields
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ..choices import Kind
from ..documents import (
    Document,
    DocumentError,
    Figure,
    QuickReference,
    Reference,
    Term,
    check,
    dump_text,
    parse_text,
)
from ..documents.values import MAX_FILE, MOST
from ..rendering.pages import QUICK_REFERENCE

_LABELS = {
    "number": _("Number"),
    "text": _("Citation"),
    "kind": _("Kind"),
    "level": _("Level of evidence"),
    "url": _("Web address"),
    "doi": _("DOI, like 10.1002/art.10053"),
    "to_be_checked": _("To be checked"),
    "note": _("Note"),
    "term": _("Term"),
    "definition": _("Definition"),
    "name": _("Name, as in [[figure NAME]]"),
    "title": _("Title"),
    "alternative": _("In words: everything that the drawing shows"),
    "svg": _("Drawing (SVG)"),
    "caption": _("Caption"),
}
# Nothing is chosen in a row that is left empty.
_CHOICES = {"kind": [("", "—"), *Kind.choices]}


class Text(forms.CharField):
    """Text with line ends as a file has them."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


def _field(item: Any, label: Any) -> forms.Field:
    if item.type is bool:
        return forms.BooleanField(label=label, required=False)
    if item.type is int:
        return forms.IntegerField(label=label, min_value=1, max_value=item.metadata["most"])
    rule = item.metadata
    if item.name in _CHOICES:
        return forms.ChoiceField(label=label, choices=_CHOICES[item.name])
    # A field holds what the file may hold, and what is wrong with it is said by the same check.
    rows = {"svg": 6, "alternative": 4}.get(item.name, 2)
    widget = forms.Textarea(attrs={"rows": rows}) if rule["lines"] else forms.TextInput()
    return Text(label=label, required=not rule["optional"], max_length=rule["most"], widget=widget)


class PartForm(forms.Form):
    """A reference, a term or a figure."""

    part: Any

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors and self.has_changed():
            for place, reason in check(self.value()):
                self.add_error(place, reason)
        return data

    def value(self) -> Any:
        return self.part(**{item.name: self.cleaned_data[item.name] for item in fields(self.part)})


def _rows(name: str, part: Any) -> Any:
    made = {item.name: _field(item, _LABELS[item.name]) for item in fields(part)}
    form = type(f"{part.__name__}Form", (PartForm,), {**made, "part": part})
    return forms.formset_factory(
        form, extra=1, max_num=MOST[name], absolute_max=MOST[name] + 10, validate_max=True, can_delete=True
    )


ROWS: dict[str, Any] = {
    "references": (_rows("references", Reference), _("References")),
    "glossary": (_rows("glossary", Term), _("Glossary")),
    "figures": (_rows("figures", Figure), _("Figures")),
}


class ArticleForm(forms.Form):
    """`opened` is the number of the revision that the form was made from."""

    opened = forms.IntegerField(widget=forms.HiddenInput, required=False)
    slug = Text(
        label=_("Address"), max_length=60, help_text=_("Small letters, digits and hyphens; it never changes.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    title = Text(label=_("Title"), max_length=120)
    summary = Text(label=_("One-line answer"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    author_name = Text(label=_("Author"), max_length=120, help_text=_("As shown to readers."))
    disclosure = Text(
        label=_("Disclosure"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who publishes this, and what the publisher earns from its subject."),
    )
    text = Text(
        label=_("Text (Markdown)"),
        max_length=MAX_FILE,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "true"}),
    )
    translated_from = forms.ChoiceField(
        label=_("Translated from"), required=False, choices=[("", "—"), *settings.LANGUAGES]
    )
    next_article = Text(label=_("What to read next (address)"), max_length=60, required=False)
    condition = Text(label=_("Condition"), max_length=120, required=False)
    drug = Text(label=_("Drug"), max_length=120, required=False)
    note = Text(
        label=_("What changed"),
        max_length=300,
        required=False,
        help_text=_("One sentence. Readers see it with the date once this text is published."),
    )
    PLAIN = (
        *("title", "summary", "author_name", "disclosure"),
        *("translated_from", "next_article", "condition", "drug"),
    )

    def __init__(self, *args: Any, fixed: Document | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fixed = fixed
        if fixed:
            del self.fields["slug"], self.fields["language"]
        for item in fields(QuickReference):
            self.fields[f"quick_{item.name}"] = _field(item, QUICK_REFERENCE[item.name])

    def quick(self) -> list[forms.BoundField]:
        return [self[f"quick_{item.name}"] for item in fields(QuickReference)]

    def clean_text(self) -> Any:
        try:
            return parse_text(self.cleaned_data["text"])
        except DocumentError as error:
            raise forms.ValidationError(str(error)) from error


class Editing:
    """The form with its rows; `document` is what it says, once it is valid."""

    def __init__(self, data: Any = None, *, of: Document | None = None, opened: int | None = None) -> None:
        self.form = ArticleForm(data, fixed=of, initial=_initial(of, opened))
        self.rows = {
            name: made(data, prefix=name, initial=[asdict(part) for part in getattr(of, name)] if of else [])
            for name, (made, _label) in ROWS.items()
        }
        self.document: Document | None = None

    def is_valid(self) -> bool:
        # All of them are asked, so that every error shows at once.
        valid = [self.form.is_valid(), *[rows.is_valid() for rows in self.rows.values()]]
        if not all(valid):
            return False
        document = self._document()
        for place, reason in check(document):
            known = place if place in self.form.fields else None
            self.form.add_error(known, reason if known else f"{place}: {reason}")
        self.document = None if self.form.errors else document
        return self.document is not None

    def sets(self) -> list[tuple[str, Any, Any]]:
        return [(name, label, self.rows[name]) for name, (_made, label) in ROWS.items()]

    def _document(self) -> Document:
        data = self.form.cleaned_data
        sections, questions, heading = data["text"]
        fixed = self.form.fixed
        return Document(
            slug=fixed.slug if fixed else data["slug"],
            language=fixed.language if fixed else data["language"],
            **{name: data[name] for name in ArticleForm.PLAIN},
            sections=sections,
            questions=questions,
            questions_heading=heading,
            quick_reference=QuickReference(
                **{item.name: data[f"quick_{item.name}"] for item in fields(QuickReference)}
            ),
            references=self._parts("references"),
            glossary=self._parts("glossary"),
            figures=self._parts("figures"),
        )

    def _parts(self, name: str) -> tuple[Any, ...]:
        rows = self.rows[name]
        kept = [
            form.value()
            for form in rows.forms
            if form not in rows.deleted_forms and (form.has_changed() or form.initial)
        ]
        return tuple(sorted(kept, key=lambda part: part.number) if name == "references" else kept)


def _initial(document: Document | None, opened: int | None) -> dict[str, Any]:
    if document is None:
        return {}
    quick = {f"quick_{name}": text for name, text in asdict(document.quick_reference).items()}
    plain = {name: getattr(document, name) for name in ArticleForm.PLAIN}
    return {"opened": opened, "text": dump_text(document), **plain, **quick}


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), widget=forms.FileInput(attrs={"accept": ".md,text/markdown"}))
    note = Text(
        label=_("What changed"),
        max_length=300,
        required=False,
        help_text=_("One sentence. Readers see it with the date once this text is published."),
    )


class ScheduleForm(forms.Form):
    at = forms.DateTimeField(
        label=_("Publish at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
