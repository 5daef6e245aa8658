"""What somebody signs in with: a code that shows the second factor, and setting up an authenticator."""

from base64 import b32encode
from datetime import datetime

import segno
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from portal.accounts import recovery
from portal.models import User

SETUP = "setting up an authenticator"
SETUP_LASTS = 60 * 60


def prove(user: User, code: str) -> tuple[TOTPDevice | None, bool]:
    """Return the authenticator that the code stands for, and whether it was a recovery code.

    Each code counts once; None where it is wrong, or where there is no authenticator.
    """
    code = "".join(code.split()).replace("-", "")
    with transaction.atomic():
        # Locked, so that a code counts once when it is sent twice at the same moment.
        devices = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True)
        device = devices.order_by("-pk").first()
        if device is None:
            return None, False
        # By its length: what is none of an authenticator's slows it down.
        if len(code) == recovery.DIGITS:
            return (device if recovery.use(user=user, code=code) else None), True
        return (device if device.verify_token(code) else None), False


def confirm(request: HttpRequest, *, password: str | None = None, code: str | None = None) -> bool:
    """Whether whoever is signed in knows their password, and a code; what fails counts towards a lock."""
    user = request.user
    if not user.is_authenticated:
        return False
    if password is not None and authenticate(request, username=user.username, password=password) != user:
        return False
    if code is not None and prove(user, code)[0] is None:
        count_failure(request, user)
        return False
    return True


def count_failure(request: HttpRequest | None, user: User) -> None:
    """Count a wrong code like a wrong password, so that codes can't be guessed at leisure either."""
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)


class Setup:
    """An authenticator about to be set up. Nothing is stored before it has shown a right code."""

    def __init__(self, user: User, key: str | None = None) -> None:
        self.device = TOTPDevice(user=user, name="authenticator", key=key or default_key(), confirmed=True)

    @classmethod
    def read(cls, token: str, user: User) -> "Setup | None":
        """What `token` brings back with the form; None where it isn't for this account, or is old."""
        try:
            pk, key = signing.loads(token, salt=SETUP, max_age=SETUP_LASTS)
        except signing.BadSignature:
            return None
        return cls(user, key) if pk == user.pk else None

    @property
    def token(self) -> str:
        return signing.dumps([self.device.user_id, self.device.key], salt=SETUP)

    @property
    def secret(self) -> str:
        return setup_key(self.device)

    @property
    def address(self) -> str:
        return str(self.device.config_url)

    @property
    def picture(self) -> str:
        """The address as a QR code, itself an address of an image."""
        return str(segno.make(self.address, error="m").svg_data_uri(scale=5, border=3, light="#fff"))

    def check(self, code: str, now: datetime) -> bool:
        """Whether the authenticator shows this code; one that does won't count again."""
        code = "".join(code.split())
        if not (code.isascii() and code.isdigit()):
            return False
        clock = TOTP(self.device.bin_key, self.device.step, self.device.t0, self.device.digits)
        clock.time = now.timestamp()
        if not clock.verify(int(code), self.device.tolerance):
            return False
        self.device.last_t, self.device.drift = clock.t(), clock.drift
        return True

    @transaction.atomic
    def store(self) -> TOTPDevice:
        """Put the authenticator in the place of the earlier one."""
        TOTPDevice.objects.filter(user=self.device.user_id).delete()
        self.device.save()
        return self.device


def setup_key(device: TOTPDevice) -> str:
    """The device's secret as authenticator apps take it from a keyboard: base32, in groups of four."""
    key = b32encode(device.bin_key).decode()
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
