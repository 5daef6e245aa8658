"""Who may open which of the staff's addresses, and post to it: every address, every role, both methods.

A new address needs a line in ROWS (or in MODELS, for a table of the stock admin): which roles may GET it, and
which may POST to it. Roles are letters:

    F front desk   P pharmacist   L lead   E content editor   R medical reviewer   A auditor   S administrator

"May" means: neither sent to the sign-in page, nor refused (403), nor told that there is nothing (404), nor
that the method is wrong (405). Nobody gets anything without both factors, except for OPEN.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLResolver
from django.utils import timezone

from intake.desk.actions import ACTIONS
from intake.models import OutboxMessage, Queue, TemporaryRole
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db

LETTERS = {
    "F": "frontdesk",
    "P": "pharmacist",
    "L": "lead",
    "E": "editor",
    "R": "reviewer",
    "A": "auditor",
    "S": "admin",
}
ALL, DESK, SEES, READS = "FPLERAS", "FPLS", "FPLAS", "LERAS"

# Address: who may GET it, who may POST to it.
ROWS = {
    # The desk
    "triage/": (SEES, ""),
    "triage/rows/": (SEES, ""),
    "triage/find/": ("", SEES),
    "triage/filters/": (SEES, SEES),
    "triage/profile/": (SEES, SEES),
    "triage/next/": ("", DESK),
    "triage/requests/<int:pk>/": (SEES, ""),
    "triage/requests/<int:pk>/keep/": ("", DESK),
    "triage/requests/<int:pk>/<slug:action>/": ("", DESK),
    # Who looked at a request of the own queues; and the table of all, for a breach report.
    "triage/requests/<int:pk>/accesses/": ("LAS", ""),
    "triage/accesses/": ("AS", ""),
    "triage/accesses.csv": ("", "AS"),
    # Leads back to the board: what the search offers, it offers to whoever searched.
    "triage/emergency/": ("", SEES),
    "triage/emergencies/": ("LAS", ""),
    "triage/phone/": (DESK, DESK),
    "triage/phone/<slug:door>/": (DESK, DESK),
    # Only whoever took the call: here nobody did.
    "triage/phone/taken/<int:pk>/": ("", ""),
    "triage/centers/": (SEES, ""),
    "triage/centers/<slug:slug>/": (SEES, "PLS"),
    "triage/figures/": (SEES, ""),
    "triage/handover/": (SEES, ""),
    "triage/holds/": ("LS", ""),
    "triage/export.csv": ("", "LAS"),
    "triage/team/": ("LS", ""),
    "triage/team/<int:pk>/": ("LS", "LS"),
    "triage/team/reassign/": ("", "LS"),
    "triage/team/roles/": ("", "LS"),
    "triage/team/roles/<int:pk>/end/": ("", "LS"),
    # Both lead to the desk, which asks for the right.
    "intake/request/": (ALL, ALL),
    "intake/request/<int:pk>/change/": (ALL, ALL),
    # The site
    "": (ALL, ALL),
    # Whoever is in already is led on to the index.
    "login/": ("", ALL),
    "logout/": ("", ALL),
    "password_change/": (ALL, ALL),
    "password_change/done/": (ALL, ""),
    # Ends one's own sessions.
    "account/sign-out/": ("", ALL),
    "account/": (ALL, ""),
    "account/recovery-codes/": (ALL, ALL),
    "account/authenticator/": (ALL, ALL),
    # For whoever has the secret of an open link, who need not be signed in; here nobody has one.
    "invitation/<str:token>/": ("", ""),
    "jsi18n/": (ALL, ""),
    "autocomplete/": ("", ""),
    "r/<path:content_type_id>/<path:object_id>/": ("", ""),
    "^(?P<app_label>axes|intake|portal|auth|education)/$": (ALL, ALL),
    "(?P<url>.*)$": ("", ""),
    # Beside the stock pages of tables
    "intake/rulesetsignoff/": (SEES, SEES),
    "intake/rulesetsignoff/sign/": ("", "S"),
    "portal/user/<int:pk>/access/": ("S", "S"),
    "education/article/import/": ("ES", "ES"),
    "education/article/preview/": ("", "ES"),
    "education/article/<int:pk>/preview/": ("", "ES"),
    "education/article/<int:pk>/page/<int:number>/": (READS, ""),
    "education/article/<int:pk>/compare/<int:old>/<int:new>/": (READS, READS),
    "education/article/<int:pk>/export/<int:number>/": (READS, READS),
    # Here: publish. Each step by role stands in tests/education/.
    "education/article/<int:pk>/do/<slug:action>/": ("", "ES"),
}

# Tables of the stock admin: who may look, add, change, delete.
MODELS = {
    "intake/queue": (ALL, "LS", "LS", ""),
    "intake/facility": (ALL, "", "PLS", ""),
    "intake/emergencynotice": (ALL, "LS", "LS", ""),
    "intake/callbacktarget": (SEES, "", "LS", ""),
    "intake/uninterruptibletherapy": (SEES, "PS", "PS", "PS"),
    "intake/outboxmessage": ("LAS", "", "", ""),
    "education/article": (READS, "ES", "ES", ""),
    "portal/auditentry": ("AS", "", "", ""),
    "portal/user": ("S", "S", "S", ""),
    "auth/group": ("S", "S", "S", "S"),
    "axes/accessattempt": ("S", "", "S", "S"),
    "axes/accessfailurelog": ("S", "", "S", "S"),
    "axes/accesslog": ("S", "", "S", "S"),
}

OTHERS = {"portal", "auth", "axes", "education"}

# Whoever isn't signed in gets an answer here.
OPEN = {"login/"}


def addresses(resolver=None, prefix="") -> Iterator[str]:
    """The staff's addresses as their patterns, without "admin/"."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif route.startswith("admin/"):
            yield route.removeprefix("admin/")


def rows() -> dict[str, tuple[str, str]]:
    """ROWS, and the six addresses of each of MODELS."""
    table = dict(ROWS)
    for model, (look, add, change, delete) in MODELS.items():
        one = f"{model}/<path:object_id>/"
        table |= {
            f"{model}/": (look, look),
            f"{model}/add/": (add, add),
            f"{one}change/": (look, change),
            f"{one}history/": (look, look),
            f"{one}delete/": (delete, delete),
            # Leads to the page that is asked for the right.
            one: (ALL, ALL),
        }
    return table


@pytest.fixture
def things(staff, settings):
    """One of everything that an address can name, and the numbers under which it stands in addresses."""
    call_command("load_content", verbosity=0)
    now = timezone.now()
    author = staff("editor", "author")
    request = submit(now=now, missed_dose="yes").request
    OutboxMessage.objects.filter(request=request).update(state="failed", done_at=now)
    group = Group.objects.get(name="frontdesk")
    role = TemporaryRole.objects.create(
        user=author, group=group, starts_at=now, until=now + timedelta(hours=1), given_by=author
    )
    AccessAttempt.objects.create(failures_since_start=1, get_data="", post_data="")
    AccessFailureLog.objects.create()
    AccessLog.objects.create()
    return {"request": request.pk, "role": role.pk, "user": author.pk}


def address_of(route: str, things: dict[str, int]) -> str:
    """An address that the route leads to, of a row that is there."""
    app, model = [*route.split("/"), ""][:2]
    number = things["request"]
    if route.startswith("triage/team/"):
        number = things["role" if "roles" in route else "user"]
    elif (app, model) == ("portal", "user"):
        number = things["user"]
    elif "<" in route and app != "triage" and model != "request" and app in {"intake", *OTHERS}:
        number = apps.get_model(app, model)._default_manager.order_by("pk").values_list("pk", flat=True)[0]
    values = {
        "pk": number, "object_id": number, "id": number,
        "slug": "infusion-center-1", "door": "current-patient",
        "token": "x" * 43, "number": 1, "old": 1, "new": 1, "content_type_id": 1,
        "action": "publish" if app == "education" else next(iter(ACTIONS)),
    }  # fmt: skip
    route = re.sub(r"^\^\(\?P<app_label>.*", "intake/", route)
    route = re.sub(r"^\(\?P<url>.*", "nowhere/", route)
    return "/admin/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), route)


def may(client: Client, method: str, address: str) -> bool:
    """Whether the account gets anywhere; nothing that it does there stays."""
    with transaction.atomic():
        response = getattr(client, method)(address)
        transaction.set_rollback(True)
    to_sign_in = response.status_code == 302 and "/login/" in response["Location"]
    # The stock admin leads from a row that isn't there to its index.
    to_nothing = response.status_code == 302 and response["Location"] == "/admin/"
    return not to_sign_in and not to_nothing and response.status_code not in (403, 404, 405)


def seen(client: Client, things: dict) -> dict[str, tuple[bool, bool]]:
    # One for all, as each reads the middleware anew, with the cookies of before: some addresses sign out.
    kept, visitor = client.cookies.output(header=""), Client()
    result = {}
    for route in addresses():
        answers = []
        for method in ("get", "post"):
            visitor.cookies.clear()
            visitor.cookies.load(kept)
            answers.append(may(visitor, method, address_of(route, things)))
        result[route] = (answers[0], answers[1])
    return result


@pytest.mark.parametrize("letter", LETTERS)
def test_each_role_gets_where_its_row_says(letter, things, client, staff, sign_in):
    sign_in(client, staff(LETTERS[letter]))
    expected = {route: (letter in get, letter in post) for route, (get, post) in rows().items()}
    assert differences(seen(client, things), expected) == {}


def differences(found: dict, expected: dict) -> dict:
    """Only what isn't as its row says: found, then expected, each for GET and POST."""
    return {
        route: (found[route], expected.get(route)) for route in found if found[route] != expected.get(route)
    }


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(set(addresses()) ^ rows().keys()) == []


@pytest.mark.parametrize("password_alone", [False, True])
def test_nobody_gets_anywhere_without_both_factors(password_alone, things, client, staff):
    if password_alone:
        client.force_login(staff("admin"), backend="portal.backends.RolesBackend")
    expected = {route: (route in OPEN, route in OPEN) for route in addresses()}
    assert differences(seen(client, things), expected) == {}


@pytest.mark.parametrize("role", ["frontdesk", "pharmacist", "lead"])
def test_requests_of_other_queues_are_not_there(role, things, client, staff, sign_in):
    user = staff(role)
    Queue.objects.get(slug="current-patients").staff_groups.clear()
    sign_in(client, user)
    of_requests = [route for route in addresses() if route.startswith("triage/") and "<int:pk>" in route]
    assert len(of_requests) > 2
    of_requests = [route for route in of_requests if not route.startswith("triage/team/")]
    for route in of_requests:
        for name in ACTIONS if "<slug:action>" in route else [""]:
            address = address_of(route.replace("<slug:action>", name), things)
            for method in ("get", "post"):
                assert not may(client, method, address), (method, address)
