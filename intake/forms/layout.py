"""The parts of a form page, rendered by the template pack `csp`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crispy_forms.layout import LayoutObject
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from intake.forms.fields import Radios

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Section(LayoutObject):
    """A titled part of the page. In an optional one the title says so once, for all of its fields."""

    template = "%s/layout/section.html"

    def __init__(
        self, title: "StrOrPromise", *fields: Any, css_id: str, optional: bool = False, template: str = ""
    ) -> None:
        self.title, self.fields, self.css_id, self.optional = title, list(fields), css_id, optional
        self.template = template or self.template

    def names(self) -> Iterator[str]:
        return (pointer.name for pointer in self.get_field_names())

    def render(
        self, form: forms.Form, context: Context, template_pack: Any = TEMPLATE_PACK, **kwargs: Any
    ) -> SafeString:
        outer = context.get("marked_optional", False)
        # Not `context.push`: rendering fields leaves layers of its own on the stack.
        context["marked_optional"] = outer or self.optional
        fields = self.get_rendered_fields(form, context, template_pack, **kwargs)
        context["marked_optional"] = outer
        part = {"part": self, "fields": fields, "open": self.is_open(form)}
        return render_to_string(self.get_template_name(template_pack), part)

    def is_open(self, form: forms.Form) -> bool:
        return True


class Folded(Section):
    """Optional questions behind a summary, unfolded where they matter.

    That is where one of them holds something or has an error, or where an answer elsewhere reveals them.
    """

    template = "%s/layout/folded.html"

    def __init__(self, title: "StrOrPromise", *fields: Any, css_id: str) -> None:
        super().__init__(title, *fields, css_id=css_id, optional=True)

    def is_open(self, form: forms.Form) -> bool:
        return any(name in form.errors or form[name].value() for name in self.names()) or any(
            field.widget.reveals.get(form[name].value()) == self.css_id
            for name, field in form.fields.items()
            if isinstance(field.widget, Radios)
        )
