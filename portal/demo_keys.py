"""Makes the demonstration's keys; `python -m portal.demo_keys` runs before the settings can be read."""

import base64
import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


# By which production knows them, wherever somebody copied them to.
MARK = "demo-"


def make_keys(var: Path, mark: str = MARK) -> bool:
    """Write `var`/demo.env unless it is there: keys that were used once must open the same data later."""
    path = var / "demo.env"
    if path.exists():
        return False
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    fernet_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    write_private(
        path,
        "# Keys of the demonstration. Without them its data can't be read; never use them elsewhere.\n"
        f"PORTAL_SECRET_KEY={mark}{secrets.token_urlsafe(50)}\n"
        f"PORTAL_KEYS={fernet_key}\n"
        f"PORTAL_HASH_KEYS={mark}{secrets.token_urlsafe(32)}\n",
    )
    return True


def write_private(path: Path, text: str) -> None:
    """Put `text` there, whole or not at all, for the owner's eyes only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


if __name__ == "__main__" and not os.environ.get("PORTAL_KEYS"):
    make_keys(Path(os.environ.get("PORTAL_VAR") or ROOT / "var"))
