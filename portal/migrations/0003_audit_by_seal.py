from django.db import migrations, models

from portal.aside import AddIndexAside


class Migration(migrations.Migration):
    # There may be millions of rows, and every page adds one.
    atomic = False

    dependencies = [("portal", "0002_audit_chain")]

    operations = [
        AddIndexAside(
            model_name="auditentry",
            index=models.Index(fields=["seal", "id"], name="audit_by_seal"),
        ),
    ]
