"""Does a key or a password stand in the tree, or anywhere in its history?

Looked for is what keys look like, and how this project names its own; a random text as such is no finding, as
pins are full of hashes. What was committed once stays known, so history counts even where it was removed.
"""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator

NAMES = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a cloud key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b",
    "a forge's or chat's token": r"\bgh[pousr]_[0-9A-Za-z]{36,}|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}",
    "a mail service's key": r"\bSG\.[\w-]{16,}\.[\w-]{16,}|\bkey-[0-9a-f]{32}\b",
    # Not where a variable of a shell or of Python is put in.
    "a key of the portal": r"PORTAL_(?:SECRET_KEY|KEYS|HASH_KEYS|METRICS_TOKEN)\W{1,4}[A-Za-z0-9_=-]{30,}",
    "a password in an address": r"\b(?:postgres(?:ql)?|smtps?(?:\+\w+)?|https?)://[^\s:/@'\"{}<]+:([^\s:/@'\"{}<]+)@",
}
PATTERNS = {what: re.compile(pattern) for what, pattern in NAMES.items()}
FERNET = re.compile(r"(?<![\w-])[\w-]{43}=(?![\w=-])")
# Stand where a password would: in examples and in the tests.
PLACEHOLDERS = {"password", "secret", "p", "pw", "pass"}


def findings(line: str) -> Iterator[str]:
    """Say what `line` holds; never repeat it."""
    for what, pattern in PATTERNS.items():
        found = pattern.search(line)
        if found and not (found.groups() and found[1].lower() in PLACEHOLDERS):
            yield what
    for key in FERNET.findall(line):
        if len(set(base64.urlsafe_b64decode(key))) > 8:  # not a made-up one like AAAA…
            yield "a Fernet key"


def committed() -> Iterator[tuple[str, str]]:
    """Return every line that was ever added, with where: commit and file."""
    log = ("git", "log", "-p", "-m", "-U0", "--text", "--no-color", "--no-ext-diff", "--format=@%h")
    with subprocess.Popen(log, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        commit = file = ""
        for line in process.stdout or ():
            if line.startswith("@") and not line.startswith("@@"):
                commit = line[1:].strip()
            elif line.startswith("+++ "):
                file = line[4:].strip().removeprefix("b/")
            elif line.startswith("+"):
                yield f"{commit} {file}", line[1:]
    if process.returncode:
        sys.exit("The history can't be read.")


def in_the_tree() -> Iterator[tuple[str, str]]:
    """What is not committed yet counts too."""
    grep = ("git", "grep", "--untracked", "--no-color", "-I", "-n", "")
    done = subprocess.run(grep, stdout=subprocess.PIPE, text=True, errors="replace", check=True)
    for line in done.stdout.split("\n")[:-1]:
        file, number, text = line.split(":", 2)
        yield f"{file}:{number}", text


def main() -> int:
    lines = 0
    found = {}
    for read in (in_the_tree, committed):
        for place, line in read():
            lines += 1
            for what in findings(line):
                found[place, what] = None
    for place, what in found:
        print(f"{place}: {what}")
    if not found:
        print(f"{lines} lines of the tree and its history: no key, no password.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
