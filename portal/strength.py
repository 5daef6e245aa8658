"""Keys that production refuses: typed by somebody, copied from an example, or used for two purposes."""

import base64
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# Words that stand in examples. None is short enough to turn up in a random key.
EXAMPLES = re.compile(
    r"change.?me|password|secret|example|insecure|default|replace|qwerty|123456|abcdef", re.I
)
FEWEST = 8  # different characters; even 32 random hex digits have fewer less than once in a million


def refuse_weak(keys: Mapping[str, Sequence[str]], *, demo_file: Path, demo_mark: str) -> None:
    """Raise ImproperlyConfigured naming each setting at fault, and none of the keys."""
    demo = demo_file.read_text() if demo_file.exists() else ""
    times = Counter(key for each in keys.values() for key in each)
    found = []
    for name, each in keys.items():
        found += [f"A key in {name} {fault}." for fault in dict.fromkeys(map(weakness, each)) if fault]
        if any(times[key] > 1 for key in each):
            found.append(f"A key in {name} is there twice; each purpose needs one of its own.")
        if any(key.startswith(demo_mark) or key in demo for key in each):
            found.append(f"{name} holds a key of the demonstration.")
    if found:
        raise ImproperlyConfigured(" ".join([*found, "Make a new one: openssl rand -base64 48"]))


def weakness(key: str) -> str:
    """Say in a few words why `key` is too easily guessed; empty where nothing speaks against it."""
    for text in (key, _decoded(key)):
        if len(set(text)) < FEWEST:
            return "has too few different characters"
        if any(text[:-period] == text[period:] for period in range(1, len(text) // 2 + 1)):
            return "repeats itself"
        if EXAMPLES.search(text):
            return "looks like an example"
    return ""


def _decoded(key: str) -> str:
    """What a key in Base64, like Fernet's, stands for; any other key itself."""
    try:
        return base64.urlsafe_b64decode(key).decode("latin-1")
    except ValueError:
        return key
