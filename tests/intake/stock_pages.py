"""The stock admin's pages: their addresses, what they would send, and what they put on record."""

from django.urls import reverse

from portal.audit import AuditEntry


def change(name, obj):
    return reverse(f"admin:intake_{name}_change", args=[obj.pk])


def filled_in(response):
    """What the page's form would send if nothing were changed."""
    form, data = response.context["adminform"].form, {}
    forms = [form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for one in forms:
        for field in one:
            value = field.value()
            widget = field.field.widget
            if hasattr(widget, "decompress"):
                for index, part in enumerate(widget.decompress(value)):
                    data[f"{field.html_name}_{index}"] = part or ""
            elif value is not None and value is not False:
                data[field.html_name] = value
    return data


def last_audit():
    return AuditEntry.objects.order_by("id").last()
