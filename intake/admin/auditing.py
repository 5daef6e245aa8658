from typing import Any

from django.contrib import admin
from django.forms import BaseFormSet, ModelForm
from django.http import HttpRequest

from portal import audit


class AuditedAdmin(admin.ModelAdmin):
    """Editing of plain rows: each change that is stored leaves an audit row with the names of its fields."""

    def audit(self, request: HttpRequest, verb: str, obj: Any, fields: list[str]) -> None:
        name = self.opts.model_name
        audit.record(f"{name} {verb}", by=request.user, subject=f"{name} {obj.pk}", fields=fields)

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: list[BaseFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        fields = [*form.changed_data, *(str(set_.prefix) for set_ in formsets if set_.has_changed())]
        if fields or not change:
            self.audit(request, "changed" if change else "made", form.instance, fields)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.audit(request, "deleted", obj, [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self.audit(request, "deleted", obj, [])
        super().delete_queryset(request, queryset)
