from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class AddIndexAside(AddIndexConcurrently):
    """On PostgreSQL rows are written while the index is built: there may be millions, and every page adds one."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            # What an interrupted try left behind is in the way, and good for nothing.
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("portal", "0002_audit_chain")]

    operations = [
        AddIndexAside(
            model_name="auditentry",
            index=models.Index(fields=["seal", "id"], name="audit_by_seal"),
        ),
    ]
