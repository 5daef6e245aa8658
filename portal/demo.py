"""The demonstration's staff: one account of each role, with a second factor that needs no telephone."""

import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.demo_keys import write_private
from portal.models import User

# Account → its group; None stands for a superuser, who needs none.
ACCOUNTS: dict[str, str | None] = {
    "admin": None,
    "lead": "lead",
    "pharmacist": "pharmacist",
    "frontdesk": "frontdesk",
    "editor": "editor",
    "reviewer": "reviewer",
    "auditor": "auditor",
}


class NotADemonstration(Exception):
    """The database holds accounts that the demonstration did not make."""


def staff_file() -> Path:
    return Path(settings.VAR) / "demo-staff.json"


def email(username: str) -> str:
    # Nobody can own an address under .invalid, so no real account is ever taken for a demo account.
    return f"{username}@demo.invalid"


def credentials() -> dict[str, dict[str, str]]:
    """Return account → password and its hash, from the file; make there what is missing.

    Every database gets the same hash, so that comparing it costs nothing: checking seven passwords
    would take seconds at each start.
    """
    path = staff_file()
    kept: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}
    unhashed = [name for name in ACCOUNTS if "hash" not in kept.get(name, {})]
    if unhashed:
        passwords = [kept.get(name, {}).get("password") or secrets.token_urlsafe(12) for name in unhashed]
        with ThreadPoolExecutor() as pool:  # hashing leaves the interpreter free for the next one
            hashes = list(pool.map(make_password, passwords))
        for name, password, encoded in zip(unhashed, passwords, hashes, strict=True):
            kept[name] = {"password": password, "hash": encoded}
        write_private(path, json.dumps(kept, indent=2) + "\n")
    return kept


def left_behind() -> list[str]:
    """The demonstration's accounts that anybody who has its file can sign in to."""
    found = User.objects.filter(is_active=True, email__endswith=email("")).order_by("username")
    return list(found.values_list("username", flat=True))


@transaction.atomic
def ensure_staff() -> list[str]:
    """Make the accounts that the database lacks, with the file's passwords; return the names made anew."""
    known = {user.username: user for user in User.objects.filter(username__in=ACCOUNTS)}
    strangers = [name for name, user in known.items() if user.email != email(name)]
    if strangers or (not known and User.objects.exists()):
        raise NotADemonstration(
            "This database has staff accounts that the demonstration did not make"
            + (f" ({', '.join(sorted(strangers))})" if strangers else "")
            + ". Name an empty database, or set the production keys."
        )
    kept = credentials()
    groups = {group.name: group for group in Group.objects.all()}
    with_device = set(
        TOTPDevice.objects.filter(user__in=known.values(), confirmed=True).values_list("user_id", flat=True)
    )
    made = []
    for name, group in ACCOUNTS.items():
        wanted: dict[str, Any] = {
            "password": kept[name]["hash"],
            "is_staff": True,
            "is_superuser": group is None,
            "is_active": True,
        }
        user = known.get(name)
        if user is None:
            user = User.objects.create(username=name, email=email(name), **wanted)
            made.append(name)
        elif any(getattr(user, field) != value for field, value in wanted.items()):
            for field, value in wanted.items():
                setattr(user, field, value)
            user.save(update_fields=list(wanted))
        if group is not None:
            user.groups.add(groups[group])
        if user.pk not in with_device:
            TOTPDevice.objects.create(user=user, name="demo", confirmed=True)
    return made


def next_code(device: TOTPDevice, now: float) -> tuple[str, float]:
    """Return a code that sign-in has not seen yet, and the seconds until it is accepted (0: at once).

    A code counts once, so the step after the last used one is taken when the current step is spent;
    the device's tolerance says how far ahead of the clock that may be.
    """
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = now
    current = totp.t()
    step = max(current, device.last_t + 1)
    ahead = step - (current + device.tolerance)
    wait = 0.0 if ahead <= 0 else ahead * device.step - (now - device.t0) % device.step
    totp.drift += step - current
    return f"{totp.token():0{device.digits}d}", wait


def wait_for_code(device: TOTPDevice, *, patience: float, log: Callable[[str], object]) -> str:
    """Return a code that sign-in accepts now.

    Wait for it at most `patience` seconds; where that is not enough, raise TimeoutError(seconds).
    """
    deadline = time.monotonic() + patience
    while True:
        now = time.time()
        allowed, reason = device.verify_is_allowed()
        code, wait = next_code(device, now)
        if not allowed:
            wait = max(wait, reason["locked_until"].timestamp() - now)
        if wait <= 0:
            return code
        if time.monotonic() + wait > deadline:
            raise TimeoutError(wait)
        log(f"Waiting {wait:.0f} seconds for a code that was not used yet …")
        time.sleep(wait + 0.05)
        device.refresh_from_db()
