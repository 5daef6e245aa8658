"""What the rows of before say in the new columns."""

from typing import Any

from django.db import migrations
from django.db.models import Min, OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    events = apps.get_model("intake", "RequestEvent").objects.filter(kind="outreach", request=OuterRef("pk"))
    first = events.order_by().values("request").annotate(first=Min("at")).values("first")
    apps.get_model("intake", "Request").objects.update(first_called_at=Subquery(first))
    # The notice that the portal opened with, unless somebody has given it other words.
    notices = apps.get_model("intake", "EmergencyNotice").objects
    notices.filter(body__contains="infusion centers are running normally").update(says_centers_open=True)


class Migration(migrations.Migration):
    dependencies = [("intake", "0007_desk")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
