"""What a flood of posts does to those who only want to look: latency of /status/ and of the desk's board.

    .venv/bin/python benchmarks/flood.py --seconds 20

Starts a portal of its own on a throwaway folder (SQLite, or DATABASE_URL), signs in to the desk, and asks for
both pages one after the other: alone, then beside a flood of complete forms, of invalid ones, and of bodies
that never end. The limits for one network are lifted: the flood comes as from everywhere. Flood and visitor
share the machine with the server, so compare the rows of one run. Sends to 127.0.0.1 alone.
"""

import argparse
import http.client
import http.cookies
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORM = "/help/current-patient/"
BOARD = "/admin/triage/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
DEAD_BODIES = 250
GOOD = {
    "caller_role": "patient",
    "first_name": "Load",
    "last_name": "Test",
    "date_of_birth": "1980-01-01",
    "notes": "Everything we had was in the refrigerator. " * 4,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """`manage.py serve` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        database = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'flood.sqlite3'}"
        self.env = {**os.environ, "PORTAL_VAR": str(folder), "DATABASE_URL": database, "PORT": str(self.port)}
        subprocess.run([sys.executable, "-m", "portal.demo_keys"], cwd=ROOT, env=self.env, check=True)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--prepare"],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what took long is no news here
            text=True,
        )
        for line in self.process.stdout:
            if "Ctrl-C" in line:
                return
        raise SystemExit("The portal did not start.")

    def sign_in(self) -> str:
        """Return the cookies of the lead, signed in."""
        password = json.loads((self.folder / "demo-staff.json").read_text())["lead"]["password"]
        code = subprocess.run(
            [sys.executable, "manage.py", "staff_code", "lead"],
            cwd=ROOT, env=self.env, capture_output=True, text=True, check=True,
        ).stdout.split()[-1]  # fmt: skip
        jar = urllib.request.HTTPCookieProcessor()
        browser = urllib.request.build_opener(jar)
        token = TOKEN.search(browser.open(f"{self.url}/admin/login/").read().decode())[1]
        form = {"csrfmiddlewaretoken": token, "username": "lead", "password": password, "otp_token": code}
        browser.open(f"{self.url}/admin/login/", urllib.parse.urlencode(form).encode())
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar.cookiejar)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def ask(port: int, path: str, cookies: str = "") -> tuple[float, int]:
    """A visit on a connection of its own, as a new visitor's."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": cookies} if cookies else {})
        response = connection.getresponse()
        response.read()
        return time.perf_counter() - began, response.status
    finally:
        connection.close()


def measure(portal: Portal, cookies: str, seconds: float) -> list[str]:
    times: dict[str, list[float]] = {"/status/": [], BOARD: []}
    failed = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for path, kept in times.items():
            took, status = ask(portal.port, path, cookies if path == BOARD else "")
            kept.append(took)
            failed += status != 200
            time.sleep(0.005)
    row = []
    for kept in times.values():
        kept.sort()
        row += [f"{statistics.median(kept) * 1000:.1f}", f"{kept[int(len(kept) * 0.99)] * 1000:.0f}"]
    return [*row, str(failed)]


def flood(port: int, kind: str, clients: int) -> None:
    """Post until killed; print what was answered, by status, at the end of each second."""
    if kind == "dead":
        head = f"POST {FORM} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000\r\n\r\nfirst_name="
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(DEAD_BODIES)]
        for one in held:
            one.sendall(head.encode())
        while True:
            time.sleep(1)
            for one in held:
                one.sendall(b"x")
    answers: dict[int, int] = {}
    lock = threading.Lock()

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", FORM)
        response = connection.getresponse()
        cookie = response.headers["Set-Cookie"].split(";")[0]
        token = TOKEN.search(response.read().decode())[1]
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        sent = 0
        while True:
            sent += 1
            phone = "12" if kind == "invalid" else f"213{number % 800 + 200:03d}{sent % 10_000:04d}"
            data = GOOD | {"csrfmiddlewaretoken": token, "submission_key": uuid.uuid4(), "phone": phone}
            connection.request("POST", FORM, urllib.parse.urlencode(data), headers)
            response = connection.getresponse()
            response.read()
            with lock:
                answers[response.status] = answers.get(response.status, 0) + 1

    for number in range(clients):
        threading.Thread(target=work, args=[number], daemon=True).start()
    while True:
        time.sleep(0.5)
        print(json.dumps(answers), flush=True)


def beside(portal: Portal, cookies: str, kind: str, options: argparse.Namespace) -> tuple[list[str], str]:
    command = [sys.executable, __file__, "--flood", kind, "--port", str(portal.port)]
    flooder = subprocess.Popen(
        [*command, "--clients", str(options.clients)], stdout=subprocess.PIPE, text=True
    )
    try:
        time.sleep(2)
        row = measure(portal, cookies, options.seconds)
    finally:
        flooder.kill()
    lines = flooder.communicate()[0].splitlines()
    return row, lines[-1] if lines else f"{DEAD_BODIES} open"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--flood", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flood:
        flood(options.port, options.flood, options.clients)
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(Path(folder))
        try:
            cookies = portal.sign_in()
            measure(portal, cookies, 1)
            print(f"{'ms':<10}{'status p50':>11}{'p99':>7}{'board p50':>11}{'p99':>7}{'failed':>8}  posts")
            rows = [("alone", measure(portal, cookies, options.seconds), "")]
            for kind in ("good", "invalid", "dead"):
                rows.append((kind, *beside(portal, cookies, kind, options)))
            for name, row, posts in rows:
                print(f"{name:<10}{row[0]:>11}{row[1]:>7}{row[2]:>11}{row[3]:>7}{row[4]:>8}  {posts}")
        finally:
            portal.end()


if __name__ == "__main__":
    main()
