"""Databases for the side-by-side benchmark's board: 1,000, 10,000 and 100,000 requests, and a lead.

    .venv/bin/python benchmarks/desk.py            # after setup.sh there; once, or again after a migration

Makes `portal_desk_1k`, `_10k` and `_100k` in that benchmark's cluster, all with one session, whose cookie is
written beside its other ones. People are made up; two of five requests are open, as where the limit reads.
The keys are the demonstration's: run `make run` once before.
"""

import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).resolve().parent
SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
HOME = Path(os.environ.get("BENCH_HOME", "/tmp/bench"))  # noqa: S108  (that benchmark makes it)
CLUSTER = f"postgres://bench@127.0.0.1:{os.environ.get('BENCH_PG_PORT', '54329')}"
COOKIE = HOME / "portal-desk.cookie"
SESSION = "benchdesk" + "0" * 23
NAMES = ["Rivera", "Okafor", "Nguyen", "Petrosyan", "Kim", "Haddad", "Castillo", "Johnson", "Chen", "Lopez"]

sys.path.insert(0, str(HERE.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"


def main() -> None:
    import psycopg2

    for size, number in SIZES.items():
        name = f"portal_desk_{size}"
        connection = psycopg2.connect(f"{CLUSTER}/postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        # A process of its own: the settings name one database.
        subprocess.run(
            [sys.executable, __file__, str(number)],
            env={**os.environ, "DATABASE_URL": f"{CLUSTER}/{name}"},
            check=True,
        )


def fill(number: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from portal import assets

    call_command("migrate", verbosity=0)
    call_command("sync_roles", verbosity=0)
    assets.collect()
    _sign_in()
    _requests(number)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _sign_in() -> None:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import Group
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from portal.accounts.sessions import ACTIVE, SIGNED_IN
    from portal.models import User

    user = User.objects.create_user("lead", is_staff=True)
    user.groups.add(Group.objects.get(name="lead"))
    device = TOTPDevice.objects.create(user=user, name="bench", confirmed=True)
    # As if it began in years to come, or it would end within the quarter of an hour.
    later = (timezone.now() + timedelta(days=3650)).timestamp()
    session = {
        SIGNED_IN: later,
        ACTIVE: later,
        SESSION_KEY: str(user.pk),
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        BACKEND_SESSION_KEY: "portal.backends.RolesBackend",
        DEVICE_ID_SESSION_KEY: device.persistent_id,
    }
    Session.objects.create(
        session_key=SESSION,
        session_data=SessionStore().encode(session),
        expire_date=timezone.now() + timedelta(days=3650),
    )
    COOKIE.write_text(f"{settings.SESSION_COOKIE_NAME}={SESSION}")


def _requests(number: int) -> None:
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from intake import hours, lookup, references, situation, triage
    from intake.choices import Disposition, Door, Status
    from intake.models import Request

    now, chance, today = timezone.now(), random.Random(number), situation.current()
    lead = get_user_model().objects.get()
    rows = []
    for index in range(number):
        door = chance.choice(list(Door))
        line = today.line_for[door]
        answers = {
            "caller_role": "patient",
            "first_name": chance.choice(["Ana", "Luis", "Mei", "Sam", "Noor"]),
            "last_name": chance.choice(NAMES),
            "date_of_birth": "1961-04-09",
            "phone": f"+1213555{index % 10000:04d}",
            "therapy": "immune globulin",
            "notes": "The road is closed and the power has been out since last night.",
        }
        danger = chance.random()
        if danger < 0.01:
            answers["danger_signs"] = ["breathing"]
        elif danger < 0.06:
            answers["storage_problems"] = ["power_out"]
        elif danger < 0.2:
            answers |= {"missed_dose": "yes", "doses_on_hand": "no"}
        elif danger < 0.5:
            answers["evacuated"] = "yes"
        submitted = now - timedelta(days=30) * (number - index) / number
        assessed = triage.assess(
            triage.Answers.from_document(answers),
            triage.Circumstances(submitted.date(), False, today.therapies, False),
        )
        target = today.targets[assessed.priority]
        reference, key = references.new_reference(), uuid4()
        request = Request(
            document={"reference": reference, "answers": answers, "reasons": [], "form_version": "bench"},
            # Made-up references repeat among so many; their hashes must not.
            **lookup.hash_columns(answers, f"{reference} {index}"),
            token_hash=f"bench {index}",
            submission_key=key,
            answers_digest=f"bench {index}",
            door=door,
            queue_id=line.queue_id,
            language=chance.choice(["en", "en", "en", "es", "zh", "ko"]),
            interpreter=chance.random() < 0.1,
            priority=assessed.priority,
            rules=list(assessed.rules),
            needs_pharmacist=assessed.needs_pharmacist,
            ruleset_version=triage.RULESET_VERSION,
            submitted_at=submitted,
            due_at=hours.due_at(submitted, target, line.schedule),
        )
        if index % 100 >= 40:
            request.status, request.disposition = Status.CLOSED, Disposition.NO_ACTION_NEEDED
            request.first_called_at = submitted + timedelta(minutes=chance.randrange(5, 300))
            request.closed_at = request.first_called_at
        elif index % 100 < 4:
            request.follow_up_at = now + timedelta(minutes=chance.randrange(-600, 6000))
            request.first_called_at = submitted + timedelta(minutes=20)
        elif index == number - 61:
            request.status, request.claimed_by = Status.IN_PROGRESS, lead
            request.claimed_until = now + timedelta(days=3650)
        rows.append(request)
    Request.objects.bulk_create(rows, batch_size=1000)
    print(f"{number} requests")


if __name__ == "__main__":
    fill(int(sys.argv[1])) if len(sys.argv) > 1 else main()
