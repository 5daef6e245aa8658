"""Post many requests at once to a running portal and count what became of them.

    make run                                    # in another terminal, on the database to be measured
    .venv/bin/python benchmarks/submit.py --requests 10000 --clients 16

Each client is a new visitor each time: it fetches a form, takes its token and key, and posts. A tenth of the
posts are sent twice, as by a double click. At the end every acknowledged reference is looked up with
`manage.py`'s own code: acknowledged and missing is lost, stored twice is doubled. Times are printed for
comparison within one run only. Sends to 127.0.0.1 alone.
"""

import argparse
import http.client
import os
import re
import statistics
import sys
import threading
import time
import urllib.parse
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

FORM = "/help/current-patient/"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
KEY = re.compile(rb'name="submission_key" value="([^"]+)"')


class Visitor:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, number: int, *, twice: bool) -> set[str]:
        """Send request `number`; return the addresses that acknowledged it."""
        status, headers, body = self._ask("GET", FORM)
        if status != 200:
            raise RuntimeError(f"GET {status}")
        cookie = headers["Set-Cookie"].split(";")[0]
        data = urllib.parse.urlencode(
            {
                "csrfmiddlewaretoken": TOKEN.search(body)[1].decode(),
                "submission_key": KEY.search(body)[1].decode(),
                "caller_role": "patient",
                "first_name": "Load",
                "last_name": f"Test {number}",
                "date_of_birth": "1980-01-01",
                "phone": f"213555{number % 10_000:04d}",
                "evacuated": "yes",
                "doses_on_hand": "no",
                "therapy": "immune globulin",
                "notes": "Everything we had was in the refrigerator. " * 4,
            }
        )
        found = set()
        for _ in range(2 if twice else 1):
            status, headers, _body = self._ask("POST", FORM, data, cookie)
            if status != 303:
                raise RuntimeError(f"POST {status}")
            found.add(headers["Location"])
        return found

    def _ask(self, method: str, path: str, body: str | None = None, cookie: str = ""):
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    numbers = iter(range(options.requests))
    lock, addresses, errors, times = threading.Lock(), [], Counter(), []

    def work() -> None:
        visitor = Visitor(options.port)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            began = time.perf_counter()
            try:
                sent = visitor.send(number, twice=number % 10 == 0)
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                errors[str(error)] += 1
                visitor = Visitor(options.port)
                continue
            with lock:
                times.append(time.perf_counter() - began)
                addresses.append(sent)

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(options.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began

    import django

    django.setup()
    from intake.models import Request

    lost = doubled = 0
    for sent in addresses:
        stored = sum(Request.objects.by_token(path.rstrip("/").rsplit("/", 1)[1]).count() for path in sent)
        lost += stored < 1
        doubled += stored > 1
    print(
        f"{len(addresses)} acknowledged in {seconds:.1f} s ({len(addresses) / seconds:.0f}/s), "
        f"form and post together p50 {statistics.median(times) * 1000:.0f} ms, "
        f"p99 {sorted(times)[int(len(times) * 0.99)] * 1000:.0f} ms; "
        f"lost {lost}, doubled {doubled}, errors {sum(errors.values())} {dict(errors) or ''}"
    )
    sys.exit(bool(lost or doubled or errors))


if __name__ == "__main__":
    main()
