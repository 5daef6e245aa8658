"""How a sealed request is found again: normal forms, their keyed hashes, and the public address."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.crypto import derived_secrets, keyed_hash, keyed_hashes

Answers = Mapping[str, Any]


def fold(text: str) -> str:
    """Return `text` without case, accents, punctuation and doubled spaces: “O’Núñez  ” is “onunez”."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c if c.isalnum() else " " if c.isspace() or c == "-" else "" for c in plain)
    return " ".join(letters.split())


def digits(phone: str) -> str:
    """Return the ten digits of a US number, without country code and extension; other numbers whole."""
    number = re.sub(r"\D", "", re.split(r"[;x]", phone, maxsplit=1)[0])
    return number[1:] if len(number) == 11 and number.startswith("1") else number


def phone_hashes(phone: str) -> list[str]:
    return keyed_hashes("phone", digits(phone))


def last_name_hashes(name: str) -> list[str]:
    return keyed_hashes("last name", fold(name))


def email_hashes(email: str) -> list[str]:
    return keyed_hashes("email", email.strip().casefold())


def reference_hashes(reference: str) -> list[str]:
    return keyed_hashes("reference", reference)


def hash_columns(answers: Answers, reference: str) -> dict[str, str]:
    """Return the look-up columns of a new request."""
    email = answers.get("email", "")
    return {
        "reference_hash": keyed_hash("reference", reference),
        "phone_hash": keyed_hash("phone", digits(answers["phone"])),
        "last_name_hash": keyed_hash("last name", fold(answers["last_name"])),
        "email_hash": keyed_hash("email", email.strip().casefold()) if email else "",
    }


def answers_digests(answers: Answers) -> list[str]:
    """What tells a repeated submission from another one, under every key, newest first."""
    return keyed_hashes("answers", json.dumps(answers, sort_keys=True, ensure_ascii=False))


def same_patient(one: Answers, other: Answers) -> bool:
    """Whether two submissions speak of the same patient: phone, names, and birth date where both have one."""
    born, other_born = one.get("date_of_birth"), other.get("date_of_birth")
    return (
        digits(one["phone"]) == digits(other["phone"])
        and fold(one["first_name"]) == fold(other["first_name"])
        and fold(one["last_name"]) == fold(other["last_name"])
        and (not born or not other_born or born == other_born)
    )


def tokens_for(submission_key: UUID, answers_digest: str) -> list[str]:
    """The public address of a submission under every key, newest first: 128 bits each, in 32 hex digits."""
    return [secret.hex()[:32] for secret in derived_secrets("address", f"{submission_key} {answers_digest}")]


def token_digest(token: str) -> str:
    # Tokens carry 128 bits of their own, so a plain hash is enough, and outlives the keys.
    return hashlib.sha256(token.encode()).hexdigest()
