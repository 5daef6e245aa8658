from django.db import migrations, models

from portal.aside import AddIndexAside, ValidateAside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("intake", "0011_emergency_access")]

    operations = [
        ValidateAside(model_name="requestevent", name="event_kind_known"),
        AddIndexAside(
            model_name="request",
            index=models.Index(
                condition=models.Q(("legal_hold_at__isnull", False)),
                fields=["legal_hold_at"],
                name="legal_holds",
            ),
        ),
    ]
