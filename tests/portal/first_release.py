"""The first release's tables, filled: `python -m tests.portal.first_release` does it to DATABASE_URL.

The schema is that of the migrations of then, so the rows are made with the models that these describe.
"""

import os
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

RELEASE = {"portal": "0001_initial", "intake": "0006_target_minutes", "education": "0002_reference_kind"}
# Tables of others, as they come.
WHOLE = ("sessions", "axes", "otp_totp")
# What the migrations themselves fill, and what others' code does.
FILLED_BY_ITSELF = {"axes_accessattemptexpiration"}
PEOPLE, REQUESTS, ROWS = 4, 120, 3


def fill() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    for app, name in RELEASE.items():
        call_command("migrate", app, name, verbosity=0)
    for app in WHOLE:
        call_command("migrate", app, verbosity=0)
    loader = MigrationExecutor(connection).loader
    targets = [*RELEASE.items(), *(loader.graph.leaf_nodes(app)[0] for app in WHOLE)]
    models = loader.project_state(targets).apps
    users = _people(models)
    _site(models, users)
    _requests(models, users)
    _articles(models, users)
    empty = {
        model._meta.db_table
        for model in models.get_models(include_auto_created=True)
        if not model._default_manager.exists()
    }
    assert empty == FILLED_BY_ITSELF, empty


def _people(models: Any) -> list[Any]:
    from django.utils import timezone

    now = timezone.now()
    users = [
        models.get_model("portal", "User").objects.create(
            username=f"person-{number}", password="!", first_name="Zoë", is_staff=True, last_login=now
        )
        for number in range(PEOPLE)
    ]
    group = models.get_model("auth", "Group").objects.create(name="frontdesk")
    permission = models.get_model("auth", "Permission").objects.order_by("pk").first()
    group.permissions.add(permission)
    for number, user in enumerate(users):
        user.groups.add(group)
        user.user_permissions.add(permission)
        models.get_model("otp_totp", "TOTPDevice").objects.create(user=user, name="phone", confirmed=True)
        models.get_model("portal", "AuditEntry").objects.create(
            actor_id=user.pk,
            actor=user.username,
            action="request viewed",
            subject=f"request {number}",
            fields=["a"],
        )
        models.get_model("sessions", "Session").objects.create(
            session_key=f"session-{number}", session_data="x", expire_date=now
        )
        for name in ("AccessAttempt", "AccessLog", "AccessFailureLog"):
            values = {"username": f"{user.username}-{name}", "ip_address": "127.0.0.1", "user_agent": "b"}
            if name == "AccessAttempt":
                values |= {"get_data": "", "post_data": "", "failures_since_start": 1}
            models.get_model("axes", name).objects.create(**values)
    return users


def _site(models: Any, users: list[Any]) -> None:
    from django.utils import timezone

    now = timezone.now()

    def intake(name: str) -> Any:
        return models.get_model("intake", name).objects

    group = models.get_model("auth", "Group").objects.get()
    for queue in intake("Queue").all():
        queue.staff_groups.add(group)
        intake("Closure").create(
            queue=queue, starts_at=now, ends_at=now + timedelta(days=1), reason="Smoke, ñ"
        )
    for notice in intake("EmergencyNotice").all():
        intake("NoticeVersion").create(notice=notice, at=now, content={"headline": "Älter"}, by=users[0])
    intake("RulesetSignOff").create(version="2026-11", signed_at=now, signed_by=users[1], note="read")
    intake("WorkerHeartbeat").create(worker="messages", at=now)
    intake("CallbackTarget").filter(priority="urgent").update(minutes=77, confirmed=True)


def _requests(models: Any, users: list[Any]) -> None:
    from django.utils import timezone

    from intake import lookup

    now = timezone.now()
    Request = models.get_model("intake", "Request")
    Event = models.get_model("intake", "RequestEvent")
    Message = models.get_model("intake", "OutboxMessage")
    queues = list(models.get_model("intake", "Queue").objects.order_by("pk"))
    center = models.get_model("intake", "Facility").objects.order_by("-pk").first()
    states = [
        {},
        {"status": "in_progress", "claimed_by": users[0], "claimed_until": now},
        {"status": "waiting", "waiting_on": "patient", "follow_up_at": now + timedelta(hours=3)},
        {"status": "closed", "closed_at": now, "disposition": "spam"},
    ]
    first = None
    for number in range(REQUESTS):
        key, reference = uuid4(), f"{number:03}-ABCD"
        answers = {"phone": f"+1213555{number:04}", "last_name": "Núñez", "notes": "años"}
        if number % 2:
            answers["email"] = f"{number}@example.org"
        digest = lookup.answers_digests(answers)[0]
        request = Request.objects.create(
            document={"reference": reference, "answers": answers, "reasons": []},
            **lookup.hash_columns(answers, reference),
            token_hash=lookup.token_digest(lookup.tokens_for(key, digest)[0]),
            submission_key=key,
            answers_digest=digest,
            door="new-patient" if number % 3 else "current-patient",
            channel="phone" if number % 5 == 0 else "web",
            queue=queues[number % len(queues)],
            center=center if number % 4 == 0 else None,
            next_dose_on=now.date() if number % 2 else None,
            priority=("emergency", "urgent", "same_day", "routine")[number % 4],
            rules=["R9", "R14"],
            ruleset_version="2026-11",
            submitted_at=now - timedelta(hours=number),
            due_at=now + timedelta(minutes=number),
            duplicate_of=first if number % 10 == 9 else None,
            **states[number // 4 % len(states)],
        )
        first = first or request
        Event.objects.create(request=request, at=now, kind="submitted", to_value=request.priority)
        Event.objects.create(request=request, at=now, kind="outreach", by=users[1], note=f"note {number}")
        Message.objects.create(
            request=request, kind="confirmation", address=f"{number}@example.org", language="en",
            created_at=now, due_at=now,
        )  # fmt: skip


def _articles(models: Any, users: list[Any]) -> None:
    from django.utils import timezone

    now = timezone.now()
    for number, status in enumerate(("draft", "published", "published")):
        reviewed = {
            "reviewer": users[2],
            "last_reviewed": now.date(),
            "next_review_due": now.date() + timedelta(days=300),
        }
        article = models.get_model("education", "Article").objects.create(
            slug=f"article-{number}", language="en", title=f"Title {number}", summary="A línea.",
            disclosure="None.", status=status, author_name="A. Writer", html="<p>x</p>",
            published_at=now if status == "published" else None, updated_at=now, author=users[0],
            editor=users[1], **(reviewed if number == 2 else {}),
        )  # fmt: skip
        for part in range(ROWS):
            models.get_model("education", "Section").objects.create(
                article=article,
                position=part,
                heading=f"Heading {part}",
                anchor=f"part-{part}",
                body=f"Text {part} ñ",
            )
            models.get_model("education", "Question").objects.create(
                article=article, position=part, question=f"Question {part}?", answer=f"Answer {part}."
            )
            models.get_model("education", "Reference").objects.create(
                article=article,
                number=part + 1,
                text=f"Source {part}",
                kind="study",
                url="https://example.org/",
            )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    sys.exit(fill())
