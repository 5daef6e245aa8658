"""Signing in as people do, and the codes that their authenticators show."""

import time

from django_otp.oath import TOTP

LOGIN, INDEX, ACCOUNT, LIST = "/admin/login/", "/admin/", "/admin/account/", "/admin/triage/"
PASSWORD = "a long pass phrase"


def shown(device):
    """The code that the authenticator shows at this (stopped) moment."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time()
    return f"{totp.token():06d}"


def code(user):
    return shown(user.totpdevice_set.get(confirmed=True))


def sign_in(client, user, **given):
    """Post the sign-in form; what is not given is right."""
    data = {"username": user.username, "password": PASSWORD, "next": INDEX}
    if "otp_token" not in given:
        data["otp_token"] = code(user)
    return client.post(LOGIN, data | given)


def is_in(client):
    return client.get(INDEX).status_code == 200
