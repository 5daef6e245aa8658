import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError

from intake import references
from intake.models import Request
from portal import audit


class Command(BaseCommand):
    help = "Show how a request was ranked and where it stands, without anything that says who sent it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="Like 7K4-M2P9; case, spaces and dashes don't matter.")
        parser.add_argument("--json", action="store_true", help="One JSON object and nothing else.")

    def handle(self, *args: Any, reference: str, **options: Any) -> None:
        try:
            canonical = references.parse(reference)
        except references.WrongReference as error:
            raise CommandError(str(error)) from error
        request = Request.objects.by_reference(canonical).select_related("queue", "duplicate_of").first()
        if request is None:
            raise CommandError(f"No request has the reference {canonical}.")
        shown = _shown(request)
        audit.record("request shown", by="show_request", subject=f"request {request.pk}", fields=shown)
        if options["json"]:
            self.stdout.write(json.dumps(shown))
        else:
            width = max(map(len, shown))
            self.stdout.write("\n".join(f"{name:<{width}}  {value}" for name, value in shown.items()))


def _shown(request: Request) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "queue": request.queue.slug,
        "priority": request.priority,
        "rules": request.rules,
        "needs_pharmacist": request.needs_pharmacist,
        "status": request.status,
        "due_at": _utc(request.due_at),
        "duplicate_of": request.duplicate_of.reference if request.duplicate_of else None,
        "submitted_at": _utc(request.submitted_at),
        "language": request.language,
    }


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
