"""Is a key what a random generator makes, or what somebody typed? Pure; the settings ask at boot."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

# Words that stand in examples. None is short enough to turn up in a random key.
EXAMPLES = re.compile(
    r"change.?me|password|secret|example|insecure|default|replace|qwerty|123456|abcdef", re.I
)
FEWEST = 8  # different characters; even 32 random hex digits have fewer less than once in a million
DEMO_PREFIX = "demo-"


def weakness(key: str) -> str:
    """Say in a few words why `key` is too easily guessed; empty where nothing speaks against it."""
    if len(set(key)) < FEWEST:
        return "has too few different characters"
    if any(key[:-period] == key[period:] for period in range(1, len(key) // 2 + 1)):
        return "repeats itself"
    if EXAMPLES.search(key):
        return "looks like an example"
    return ""


def shared(keys: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the settings that hold a key which is there twice, in one of them or in two."""
    times = Counter(key for each in keys.values() for key in each)
    return [name for name, each in keys.items() if any(times[key] > 1 for key in each)]
