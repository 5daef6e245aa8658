import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from portal import audit
from portal.audit.verifying import Finding

# Seconds between two signs of progress.
PAUSE = 2.0


class Command(BaseCommand):
    help = (
        "Verify that no audit row was changed, deleted, put in or moved behind the portal's back. Prints the "
        "head of the chain: keep it elsewhere, and --head tells the next run what must still be there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--head", default="", help="A head that an earlier run printed, like 17:0f3c….")

    def handle(self, *args: Any, head: str, **options: Any) -> None:
        self._next = time.monotonic() + PAUSE
        report = audit.verify(anchor=head.strip(), on_progress=self._say)
        self.stdout.write(
            f"{report.rows:,} rows under {report.seals:,} seals, {report.waiting:,} without one yet, "
            f"{report.expired:,} expired."
        )
        began = f"began at {report.began.isoformat()}" if report.began else "has not begun"
        self.stdout.write(
            f"The chain {began}; {report.older:,} rows are older and were sealed without proof."
        )
        self.stdout.write(f"Head: {report.head or 'none yet'}")
        if report.wrong:
            for finding in report.first:
                self.stderr.write(_in_words(finding))
            raise CommandError(f"The audit trail is not whole: {report.wrong:,} findings.")
        self.stdout.write(self.style.SUCCESS("The audit trail is whole."))

    def _say(self, rows: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE
            self.stdout.write(f"… {rows:,} rows")


def _in_words(finding: Finding) -> str:
    where = [
        f"seal {finding.seal}" if finding.seal else "",
        f"row {finding.row}" if finding.row else "",
        finding.subject,
    ]
    return f"{', '.join(filter(None, where))}: {finding.what}" if any(where) else finding.what
