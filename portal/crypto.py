"""Sealing of what people tell the pharmacy, and keyed hashes to find it again.

Sealed values are Fernet tokens (AES-128-CBC with HMAC-SHA256) of JSON. The newest key seals; every
key in `settings.PORTAL_KEYS` opens, so that keys rotate without downtime. Look-up hashes are
HMAC-SHA256 under `settings.PORTAL_HASH_KEYS`, separate for each purpose.
"""

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(value: Any) -> str:
    """Return `value`, which must be JSON-ready, encrypted and authenticated."""
    data = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return _ring(tuple(settings.PORTAL_KEYS)).encrypt(data.encode()).decode()


def unseal(token: str) -> Any:
    """Return what was sealed; raise `cryptography.fernet.InvalidToken` for a wrong key or a changed token."""
    return json.loads(_ring(tuple(settings.PORTAL_KEYS)).decrypt(token.encode()))


def resealed(token: str) -> str | None:
    """Return `token` under the newest key, None where it is already; raise InvalidToken as `unseal` does."""
    keys = tuple(settings.PORTAL_KEYS)
    try:
        _ring(keys[:1]).decrypt(token.encode())
    except InvalidToken:
        return _ring(keys).rotate(token.encode()).decode()
    return None


def _mac(key: str, purpose: str, value: str) -> bytes:
    return hmac.digest(key.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256)


def keyed_hash(purpose: str, value: str) -> str:
    """Return 64 hex digits of `value` under the newest key. Equal means equal bytes: normalise before."""
    return _mac(settings.PORTAL_HASH_KEYS[0], purpose, value).hex()


def keyed_hashes(purpose: str, value: str) -> list[str]:
    """Return the hash of `value` under every key, newest first: what to look a value up by."""
    return [_mac(key, purpose, value).hex() for key in settings.PORTAL_HASH_KEYS]


def derived_secrets(purpose: str, value: str) -> list[bytes]:
    """Return 32 unguessable bytes for `value` under every key, newest first; the same again each time."""
    return [_mac(key, f"derive\0{purpose}", value) for key in settings.PORTAL_HASH_KEYS]


class CantUnseal(InvalidToken):
    """The value is there, and no key opens it."""

    # In a template, nothing stands in its place.
    silent_variable_failure = True


class Unreadable:
    """Stands for what no key opens, so that its row can still be listed: a look inside raises CantUnseal."""

    def __getitem__(self, name: str) -> Any:
        raise CantUnseal


class SealedJSONField(models.TextField):
    """Holds JSON-ready values; the column holds only sealed tokens, so it can't be searched or sorted by.

    What no key opens is read as Unreadable, and can't be written back.
    """

    # What the type checker is to take for the attribute's type.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, Unreadable):
            raise CantUnseal
        return None if value is None else seal(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        try:
            return None if value is None else unseal(value)
        except InvalidToken:
            return Unreadable()

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        # Serialised copies (dumpdata) hold what the column holds, never the words themselves.
        return seal(self.value_from_object(obj))


class UnreadableText(str):
    """Stands for a text that no key opens: empty, so that nothing is sent to it or taken for words."""

    __slots__ = ()


class SealedTextField(SealedJSONField):
    """Free text, sealed; the empty string stays empty and tells nothing.

    What no key opens is read as UnreadableText, and can't be written back.
    """

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, UnreadableText):
            raise CantUnseal
        return value if value in (None, "") else seal(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        try:
            return value if value in (None, "") else unseal(value)
        except InvalidToken:
            return UnreadableText()

    def value_to_string(self, obj: models.Model) -> str:
        if isinstance(self.value_from_object(obj), UnreadableText):
            raise CantUnseal
        return super().value_to_string(obj)
