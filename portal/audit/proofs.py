"""What proves an audit row, a seal and a head: keyed hashes of what they say. Pure functions over values.

Keys are derived from PORTAL_HASH_KEYS for this purpose alone. The newest proves; every key that is still set
verifies.
"""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from portal.crypto import derived_secrets

# Random digits that begin a row's proof: two rows that say the same in the same moment have two proofs, so
# that a copy of a row is known for one.
NONCE = 16
PROOF = 64
DIGEST = 32
COLUMNS = ("at", "actor_id", "actor", "action", "subject", "fields")


def words(
    at: datetime, actor_id: int | None, actor: str, action: str, subject: str, fields: list[str]
) -> str:
    """All that a row says, the same bytes for the same row on either database."""
    return as_text([moment(at), actor_id, actor, action, subject, fields])


def words_of(entry: Any) -> str:
    return words(*(getattr(entry, name) for name in COLUMNS))


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


def digest(text: str) -> str:
    """64 hex digits that anybody can compute."""
    return hashlib.sha256(text.encode()).hexdigest()


def of_row(said: str) -> str:
    nonce = secrets.token_hex(NONCE // 2)
    return nonce + prove("row", nonce + said)[: PROOF - NONCE]


def is_of_row(proof: str, said: str) -> bool:
    nonce = proof[:NONCE]
    return len(proof) == PROOF and proves("row", nonce + said, proof[NONCE:])


def prove(purpose: str, text: str) -> str:
    return _mac(derived_secrets("audit", purpose)[0], text)


def proves(purpose: str, text: str, proof: str) -> bool:
    """Whether any of the keys made `proof`, which may be cut short, of `text`."""
    return bool(proof) and any(
        hmac.compare_digest(_mac(key, text)[: len(proof)], proof) for key in derived_secrets("audit", purpose)
    )


def _mac(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()
