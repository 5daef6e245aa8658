"""Names for inputs that the stock admin leaves without: half a date and time, and the cells of a table."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _


class LabelledDates(admin.options.BaseModelAdmin):
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, AdminSplitDateTime):
            day, time = field.widget.widgets
            day.attrs["aria-label"] = _("%(label)s: date") % {"label": capfirst(field.label)}
            time.attrs["aria-label"] = _("%(label)s: time") % {"label": capfirst(field.label)}
        return field


class LabelledFormSet(BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete this row")


class LabelledTable(LabelledDates, admin.TabularInline):
    """A table of rows, whose cells are named by their columns."""

    formset = LabelledFormSet

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and not isinstance(field.widget, AdminSplitDateTime):
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field
