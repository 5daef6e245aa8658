from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from portal import audit, rotation

# How many of what can't be read are named; the number is said of all.
NAMED = 20


class Command(BaseCommand):
    help = (
        "Bring everything that is stored under the newest of PORTAL_KEYS and PORTAL_HASH_KEYS while the site "
        "runs, and say whether the older ones can be removed. Interrupted, begin it again. docs/keeping.md "
        "has the steps."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail where an older key is still needed."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            done = rotation.rotate(self._progress("rotating"))
            moved = done.behind - len(done.clashing)
            audit.record("keys rotated", by="rotate_keys", fields=[f"rows: {moved}"])
            self.stdout.write(f"{moved} rows brought under the newest keys.")
            self._say(done.clashing, "can't be brought there, another row has the same reference:")
        # Looked at once more from the start: another process may have used an older key meanwhile.
        found = rotation.check(self._progress("checking"))
        self._say(found.unreadable, "can't be read with the keys that are set:")
        if found.behind:
            raise CommandError(
                f"{found.behind} rows need an older key: keep the older keys. "
                + (
                    "Run rotate_keys without --check."
                    if check
                    else "Is every process started anew with the new key first? Then run this again."
                )
            )
        self.stdout.write(f"{found.looked_at} rows and the audit trail checked: none needs an older key.")
        if len(settings.PORTAL_KEYS) > 1 or len(settings.PORTAL_HASH_KEYS) > 1:
            self.stdout.write("The older keys can be removed. Keep them as long as backups that need them.")
        if found.unreadable:
            raise CommandError("What no key opens is as it was: it needs a key that is not set here.")

    def _say(self, rows: list[str], what: str) -> None:
        if rows:
            self.stderr.write(f"{len(rows)} {what}")
            for one in rows[:NAMED]:
                self.stderr.write(f"  {one}")

    def _progress(self, verb: str) -> rotation.Progress:
        def say(name: str, number: int, of: int) -> None:
            # Every twentieth batch, and the last.
            if number == of or number % (rotation.BATCH * 20) == 0:
                self.stderr.write(f"{verb} {name}: {number} of {of}")

        return say
