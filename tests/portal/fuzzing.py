"""Posts and addresses as no browser sends them, drawn from a seed: the same seed, the same posts.

What a page gives back is compared with what the server can have read: bytes that are no UTF-8 read as U+FFFD,
line ends of any kind as one, and NUL, which no page can hold, left out. Nothing else may differ.
"""

import random
import re
import urllib.parse
from dataclasses import dataclass, field
from uuid import UUID

from intake.choices import Door
from tests.intake.contract import CONTRACT
from tests.intake.pages import Page

LINES = ("877-595-0757", "877-602-7779")
BOUNDARY = "----fuzz"
URLENCODED = "application/x-www-form-urlencoded"
# What no form can be made of: its page may say so without the words, which Back still brings.
HOPELESS = ("broken", "many fields", "oversized", "other type")
SEVERAL = ("danger_signs", "storage_problems")
LINE_ENDS = re.compile(r"\r\n?")

NASTY = [
    "", " ", "\t", "\x00", "a\x00b", "\r\n", "a\rb\nc\r\nd", "\n\nfirst lines empty",
    "\u202eevil\u202c", "\u200b", "שלום עליכם", "مرحبا", "a\u0301\u0327", "👩‍👩‍👧‍👦", "\ufeffBOM",
    "\ufffd", "\ufffe\uffff", "\U0010ffff", "\x1b[31m", "\x7f", "<script>alert(1)</script>",
    "</textarea><b>", "]]>", "<!--", "&amp;&lt;&#0;&#xD800;", '"\'`', "{{ 7*7 }}", "{% load x %}",
    "%s%n%x", "%00%0a", "../../etc/passwd", "'; DROP TABLE intake_request; --",
    "=cmd|' /C calc'!A0", "@SUM(1+1)", "-1", "0", "1e309", "NaN", "Infinity", "٢٠٢٦-٠١-٠١",
    "9999-12-31", "0000-00-00", "0001-01-01", "99999-01-01", "2026-11-31", "02/29/1900",
    "13/40/2026", "1e9", "12345678901234567890", "+1" * 60, "ext" * 9, "a@b",
    "a@" + "b" * 300 + ".com", "x" * 2001, "😀" * 700, "on", "yes", "off", "null", "undefined", "[]",
    "{}", "[" * 500, "infusion-center-9", "patient", "breathing", "unsure", "en", "es", "90012",
    "90012-12", "213 555 0100", "(((((",
]  # fmt: skip
RAW = [b"%FF%FE", b"%C3%28", b"%ED%A0%80", b"%F4%90%80%80", b"\xff\xfe\x00", b"%", b"%zz", b"%u0041", b"\xe9"]
TYPES = [
    "application/json",
    "text/plain",
    "",
    "application/xml",
    "multipart/form-data",
    "x" * 300,
    "text/\x7f",
]
CHARSETS = ["utf-16", "utf-7", "idna", "latin-1", "no-such", "rot13", "utf-8"]


@dataclass
class Post:
    """`typed` is what the server can have read of the text fields; `kind` tells how the body is made."""

    kind: str
    body: bytes
    content_type: str
    typed: dict[str, str] = field(default_factory=dict)


def text_fields(door: Door) -> list[str]:
    return [name for name, values in CONTRACT[door].items() if values is None and name != "submission_key"]


def value(rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < 0.7:
        return rng.choice(NASTY)
    if drawn < 0.9:
        ranges = [(32, 127), (160, 0xD800), (0xE000, 0x110000)]
        letters = [chr(rng.randrange(*rng.choice(ranges))) for _ in range(rng.randrange(60))]
        return "".join(letters)
    return rng.choice(NASTY) + rng.choice(NASTY)


def fields(rng: random.Random, door: Door) -> list[tuple[str, str]]:
    """A complete form with some of it spoilt: fields changed, repeated, missing, unknown, and deep."""
    good = {
        "submission_key": str(UUID(int=rng.getrandbits(128))),
        "caller_role": "patient",
        "first_name": f"Ana {rng.randrange(10**6)}",
        "last_name": f"Núñez {rng.randrange(10**6)}",
        "phone": f"213 555 {rng.randrange(10_000):04d}",
        "notes": "Please hurry",
    }
    if door == Door.CURRENT:
        good["date_of_birth"] = "1980-03-15"
    sent = list(good.items())
    names = sorted(CONTRACT[door])
    for _ in range(rng.randrange(7)):
        name = rng.choice(names)
        if name == "submission_key" and rng.random() < 0.8:
            continue
        drawn = rng.random()
        if drawn < 0.6:
            sent = [(key, kept) for key, kept in sent if key != name] + [(name, value(rng))]
        elif drawn < 0.7:
            sent = [(key, kept) for key, kept in sent if key != name]
        elif drawn < 0.8:
            sent.append((name, value(rng)))
        elif drawn < 0.9:
            sent.append(
                (
                    rng.choice(["subject", "x", "", f"{name}[]", "a[b]" * 50, "csrfmiddlewaretoken"]),
                    value(rng),
                )
            )
        elif isinstance(CONTRACT[door][name], set):
            sent.append((name, rng.choice(sorted(CONTRACT[door][name]))))
    rng.shuffle(sent)
    return sent


def post(rng: random.Random, door: Door) -> Post:
    drawn, sent = rng.random(), fields(rng, door)
    if drawn < 0.004:
        return Post("oversized", b"notes=" + b"x" * 1_100_000, URLENCODED)
    if drawn < 0.01:
        return Post("many fields", b"&".join(b"f%d=x" % number for number in range(10_000)), URLENCODED)
    if drawn < 0.06:
        return Post("other type", _urlencoded(sent), rng.choice(TYPES))
    charset = f"; charset={rng.choice(CHARSETS)}" if rng.random() < 0.2 else ""
    if drawn < 0.35:
        body = _multipart(sent)
        if rng.random() < 0.25:
            return Post("broken", _break(rng, body), f"multipart/form-data; boundary={BOUNDARY}")
        return Post(
            "multipart", body, f"multipart/form-data{charset}; boundary={BOUNDARY}", _typed(sent, door)
        )
    body, typed = _urlencoded(sent), _typed(sent, door)
    if rng.random() < 0.2:
        name, raw = rng.choice(text_fields(door)), rng.choice(RAW)
        body += b"&" + name.encode() + b"=" + raw
        # Bytes that are no UTF-8 are read as Latin-1 where they stand bare.
        typed[name] = urllib.parse.unquote(raw.decode("ascii" if raw.isascii() else "latin-1"))
    return Post("urlencoded", body, URLENCODED + charset, typed)


def _typed(sent: list[tuple[str, str]], door: Door) -> dict[str, str]:
    """The last of each text field: a form has one box for it."""
    return {name: text for name, text in sent if name in text_fields(door)}


def _urlencoded(sent: list[tuple[str, str]]) -> bytes:
    return urllib.parse.urlencode(sent).encode()


def _multipart(sent: list[tuple[str, str]]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in sent
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


def _break(rng: random.Random, body: bytes) -> bytes:
    drawn = rng.random()
    if drawn < 0.3:
        return body[: rng.randrange(len(body))]
    if drawn < 0.6:
        place = rng.randrange(len(body))
        return body[:place] + rng.randbytes(5) + body[place + 5 :]
    if drawn < 0.8:
        return body.replace(b"\r\n", rng.choice([b"\n", b"\r", b"\r\r\n", b""]))
    return body.replace(
        b"form-data", rng.choice([b"file", b'form-data; filename="x"', b""]), rng.randrange(1, 5)
    )


def comparable(text: str) -> str:
    return LINE_ENDS.sub("\n", text).replace("\x00", "")


def lost(response: object, sent: Post, door: Door) -> list[str]:
    """The text fields that the page does not give back as they were typed."""
    page = Page(response)
    shown = {name: values[-1] for name, values in page.values.items() if values}
    boxes = {name for name in text_fields(door) if f'name="{name}"' in page.html}
    wrong = sorted(set(text_fields(door)) - boxes)
    for name, typed in sent.typed.items():
        back = shown.get(name, "")
        if f'<textarea name="{name}"' in page.html:
            back = back.removeprefix("\n")
        if comparable(back) != comparable(typed):
            wrong.append(name)
    return wrong


def query(rng: random.Random) -> str:
    """What may stand behind a question mark."""
    pairs = [(rng.choice(["q", "q", "page", "x", "lang"]), value(rng)) for _ in range(rng.randrange(4))]
    text = urllib.parse.urlencode(pairs)
    return text + rng.choice(["", "", "&q=%FF%00", "&&&===", "&q=" + "x" * 5000, "&" + "a=b&" * 2000])


def segment(rng: random.Random) -> str:
    """A part of an address."""
    return urllib.parse.quote(value(rng) or "x", safe=rng.choice(["", "/"])) + rng.choice(
        ["", "%00", "%ff", "%2f.."]
    )
