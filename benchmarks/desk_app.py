"""The portal as the side-by-side benchmark starts it for its board, which names a database for each size."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
port = os.environ.get("BENCH_PG_PORT", "54329")
os.environ["DATABASE_URL"] = f"postgres://bench@127.0.0.1:{port}/{os.environ['BENCH_DB']}"

from portal.wsgi import application  # noqa: E402, F401  (for the server; its settings read the address above)
