"""What must hold for uploads when they are huge, and when the web server is killed in the middle of them.

Run by script/drill evidence; prints one line for each claim and exits 1 where one does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.served import (
    LOGINS,
    end_process,
    environment_for,
    free_port,
    run_command,
    start_process,
    wait_for,
)
from tests.support import database

MEGABYTE = 1 << 20
GROWTH_LIMIT = 64 * MEGABYTE
BOUNDARY = "nethra-drill"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{{name}}"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
)
TAIL = f"\r\n--{BOUNDARY}--\r\n"


@dataclass
class Console:
    """A served demonstration whose web server can be killed and started again."""

    environment: dict[str, str]
    folder: Path
    web: subprocess.Popen[bytes] | None = None
    token: str = ""
    case: str = ""

    @property
    def port(self) -> int:
        return int(self.environment["WEB_PORT"])

    def start(self) -> None:
        """Start the web server and sign in."""
        command = [sys.executable, "-m", "nethra.serve"]
        self.web = start_process(command, self.environment, self.folder / "web.log")
        wait_for(f"http://localhost:{self.port}/health", self.web)
        email, password = LOGINS["officer"]
        self.token = self.ask("POST", "/auth/login", {"email": email, "password": password})["token"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the parsed answer."""
        request = urllib.request.Request(
            f"http://localhost:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            if self.token
            else {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def download(self, evidence: str) -> Iterator[bytes]:
        """Yield an exhibit's file."""
        request = urllib.request.Request(
            f"http://localhost:{self.port}/api/v1/evidence/{evidence}/file",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
            while chunk := answer.read(MEGABYTE):
                yield chunk

    def workers(self) -> list[int]:
        """Return the process ids of the web server and its workers."""
        assert self.web is not None
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.web.pid)], capture_output=True, text=True, check=False
        )
        return [self.web.pid, *(int(pid) for pid in found.stdout.split())]

    def kill(self) -> None:
        """Kill the web server and its workers at once."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)
        assert self.web is not None
        self.web.wait()


def pieces(size: int, seed: int) -> Iterator[bytes]:
    """Yield random content of a size; the same seed gives the same content."""
    dice = random.Random(seed)
    while size > 0:
        piece = dice.randbytes(min(size, MEGABYTE))
        size -= len(piece)
        yield piece


def upload(console: Console, size: int, seed: int) -> tuple[int, dict[str, Any], str]:
    """Send a file as a form, piece by piece; return status, answer and the SHA-256 of what was sent."""
    head, tail = HEAD.format(name=f"drill-{seed}.bin").encode(), TAIL.encode()
    digest = hashlib.sha256()
    link = http.client.HTTPConnection("localhost", console.port, timeout=600)
    link.putrequest("POST", f"/api/v1/cases/{console.case}/evidence")
    link.putheader("Authorization", f"Bearer {console.token}")
    link.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    link.putheader("Content-Length", str(len(head) + size + len(tail)))
    link.endheaders()
    link.send(head)
    for piece in pieces(size, seed):
        digest.update(piece)
        link.send(piece)
    link.send(tail)
    answer = link.getresponse()
    return answer.status, json.loads(answer.read()), digest.hexdigest()


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@dataclass
class Watch:
    """The greatest growth of any of the web server's processes while it runs."""

    pids: list[int]
    before: dict[int, int] = field(default_factory=dict)
    greatest: int = 0
    ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.ends.wait(0.05):
            for pid in self.pids:
                self.greatest = max(self.greatest, resident(pid) - self.before[pid])

    def __enter__(self) -> Watch:
        self.before = {pid: resident(pid) for pid in self.pids}
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self.thread.join()


def drill_memory(console: Console, megabytes: int) -> bool:
    """Upload one huge file and watch the server's memory."""
    upload(console, MEGABYTE, 1)
    with Watch(console.workers()) as watch:
        started = time.monotonic()
        status, answer, sha256 = upload(console, megabytes * MEGABYTE, 2)
        seconds = time.monotonic() - started
    with Watch(console.workers()) as reading:
        digest = hashlib.sha256()
        for piece in console.download(answer.get("id", "")):
            digest.update(piece)
    is_well = status == 201 and answer["sha256"] == sha256 == digest.hexdigest()
    is_small = max(watch.greatest, reading.greatest) < GROWTH_LIMIT
    print(
        f"{megabytes} MB up: status {status}, {seconds:.0f} s, server grew by {watch.greatest / MEGABYTE:.1f} MB; "
        f"down: grew by {reading.greatest / MEGABYTE:.1f} MB; digests {'agree' if is_well else 'DIFFER'}"
    )
    return is_well and is_small


def drill_kill(console: Console, uploads: int, seed: int) -> bool:
    """Kill the web server while files arrive; nothing acknowledged may be lost, no row be without its file."""
    dice = random.Random(seed)
    acknowledged: dict[str, str] = {}

    def send(number: int) -> None:
        try:
            status, answer, sha256 = upload(console, dice.randint(1, 12 * MEGABYTE), seed * 1000 + number)
        except (OSError, http.client.HTTPException, ValueError):
            return
        if status == 201:
            acknowledged[answer["id"]] = sha256

    threads = [threading.Thread(target=send, args=(number,)) for number in range(uploads)]
    for thread in threads:
        thread.start()
    # In the midst of them: some are through, most are on their way.
    enough = dice.randint(1, max(uploads // 2, 1))
    while len(acknowledged) < enough:
        time.sleep(0.005)
    console.kill()
    for thread in threads:
        thread.join()
    console.start()
    lost = [key for key, sha256 in acknowledged.items() if not _is_there(console, key, sha256)]
    checked = run_command(console.environment, "verify_evidence", "--agency", "demo", "--json")
    report = json.loads(checked.stdout)
    is_well = not lost and checked.returncode == 0 and len(acknowledged) < uploads
    print(
        f"killed among {uploads} uploads: {len(acknowledged)} acknowledged before, {len(lost)} of them lost or "
        f"altered; "
        f"{report['checked']} rows, {len(report['missing'])} without a file, {len(report['altered'])} altered, "
        f"{report['orphans']} files without a row"
    )
    return is_well


def _is_there(console: Console, evidence: str, sha256: str) -> bool:
    digest = hashlib.sha256()
    for piece in console.download(evidence):
        digest.update(piece)
    return digest.hexdigest() == sha256


def main() -> int:
    """Run both drills; exit 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2048, help="size of the one huge file")
    parser.add_argument("--uploads", type=int, default=50, help="uploads at once when the server is killed")
    parser.add_argument("--rounds", type=int, default=5, help="how often it is killed")
    options = parser.parse_args()
    name = f"nethra_drill_{os.getpid()}"
    database.clone(database.ensure_template(), name)
    with tempfile.TemporaryDirectory(prefix="nethra-drill-") as folder:
        environment = environment_for(Path(folder), name, free_port())
        environment |= {"WEB_THREADS": "25", "WEB_WORKERS": "2"}
        console = Console(environment, Path(folder))
        try:
            run_command(environment, "seed_demo")
            console.start()
            console.case = console.ask("GET", "/api/v1/cases?status=open&size=1")["data"][0]["id"]
            results = [drill_memory(console, options.megabytes)]
            results += [drill_kill(console, options.uploads, 1 + n) for n in range(options.rounds)]
        finally:
            if console.web is not None and console.web.poll() is None:
                end_process(console.web)
            database.drop(name)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
