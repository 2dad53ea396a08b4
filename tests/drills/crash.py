"""What must hold when web server, worker and PostgreSQL are killed among uploads, lines are cut and the disk is full.

Run by script/drill crash; prints one line for each claim and exits 1 where one does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from nethra.bootstrap import admin_dsn
from tests.browser.served import (
    end_process,
    environment_for,
    free_port,
    run_command,
    start_process,
    wait_for,
)
from tests.drills.evidence import MEGABYTE, Console, _is_there
from tests.drills.sending import Gone, Sender, Stubborn
from tests.support import database

SENDERS = 4
SWEEP = """
from media_evidence.store import disk
from django.conf import settings
disk.ABANDONED_SECONDS = -1
settings.UPLOAD_HOURS = -1
from accounts.models import Agency
from django.db import connection
from media_evidence.fixity import verify_store
from nethra.core.access import operator_access
with connection.cursor() as cursor:
    cursor.execute("SELECT app.agency_keys()")
    keys = [key for (key,) in cursor.fetchall()]
for key in keys:
    verify_store(access=operator_access(key), with_sweep=True)
"""


@dataclass
class Machine:
    """Everything that can be killed: the console's web server, a worker, the cluster of this checkout."""

    console: Console
    worker: subprocess.Popen[bytes]
    dice: random.Random
    kills: dict[str, int] = field(default_factory=dict)
    ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Kill something at random moments until told to end; each time it is started again."""
        while not self.ends.wait(self.dice.uniform(0.5, 4)):
            victim = self.dice.choice(("web", "web", "worker", "database"))
            {"web": self.kill_web, "worker": self.kill_worker, "database": self.kill_database}[victim]()
            self.kills[victim] = self.kills.get(victim, 0) + 1

    def kill_web(self) -> None:
        """Kill the web server with its workers, and start it again; the token that was given out goes on."""
        self.console.kill()
        self.start_web()

    def start_web(self) -> None:
        command = [sys.executable, "-m", "nethra.serve"]
        log = self.console.folder / "web.log"
        while True:
            self.console.web = start_process(command, self.console.environment, log)
            with suppress(RuntimeError):
                wait_for(f"http://localhost:{self.console.port}/health", self.console.web)
                return

    def kill_worker(self) -> None:
        """Kill the worker, and start another."""
        self.worker.kill()
        self.worker.wait()
        self.worker = start_worker(self.console)

    def kill_database(self) -> None:
        """Kill PostgreSQL, every process of it, and start it again."""
        with psycopg.connect(admin_dsn()) as server:
            row = server.execute("SHOW data_directory").fetchone()
            assert row is not None
        postmaster = int((Path(row[0]) / "postmaster.pid").read_text().split("\n")[0])
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True, check=False
        )
        for pid in [postmaster, *(int(pid) for pid in found.stdout.split())]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        start_database()


def start_database() -> None:
    """Start the cluster and wait until it answers; what was killed may take a moment to be gone."""
    for _ in range(60):
        subprocess.run(
            ["script/db", "start"],
            cwd=database.ROOT,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        with suppress(psycopg.OperationalError), psycopg.connect(admin_dsn()):
            return
        time.sleep(1)
    raise RuntimeError("PostgreSQL did not start again.")


def start_worker(console: Console) -> subprocess.Popen[bytes]:
    """Start a worker of the console's database."""
    command = [sys.executable, "manage.py", "procrastinate", "worker"]
    return start_process(command, console.environment, console.folder / "worker.log")


def drill_kills(console: Console, uploads: int, seed: int) -> bool:
    """Upload files while everything is killed in turns; each must be taken in once, as it was sent."""
    before = _counted(console)
    taken: dict[str, str] = {}
    lost: list[str] = []
    faults: list[int] = []
    machine = Machine(console, start_worker(console), random.Random(seed))

    def send(numbers: range) -> None:
        dice = random.Random(seed * 10_000 + numbers.start)
        sender = Sender(console)
        for number in numbers:
            content = dice.randbytes(dice.choice((20_000, 200_000, dice.randint(1, 4 * MEGABYTE))))
            one = Stubborn(sender, content, f"{seed}-{number}.bin", dice)
            try:
                taken[one.run()] = one.sha256
            except Gone:
                lost.append(one.name)
            faults.append(one.faults)

    threads = [threading.Thread(target=send, args=(range(n, uploads, SENDERS),)) for n in range(SENDERS)]
    killer = threading.Thread(target=machine.run)
    for thread in [*threads, killer]:
        thread.start()
    for thread in threads:
        thread.join()
    machine.ends.set()
    killer.join()
    end_process(machine.worker)
    different = [key for key, sha256 in taken.items() if not _is_there(console, key, sha256)]
    rows = _counted(console) - before
    print(
        f"{uploads} uploads, {machine.kills} kills, {sum(1 for n in faults if n)} of them interrupted: "
        f"{len(lost)} not resumed, {len(different)} acknowledged missing or different, {rows} exhibits"
    )
    return not lost and not different and rows == uploads and _store_is_well(console)


def _store_is_well(console: Console) -> bool:
    """Sweep as a day later; return whether every row has its file, and no file is left over."""
    run_command(console.environment, "shell", "-c", SWEEP).check_returncode()
    checked = run_command(console.environment, "verify_evidence", "--agency", "demo", "--json")
    report = json.loads(checked.stdout)
    left = list((Path(console.environment["EVIDENCE_DIR"]) / "incoming").iterdir())
    print(
        f"after the sweep: {report['checked']} rows, {len(report['missing'])} without a file, "
        f"{len(report['altered'])} altered; {report['orphans']} files without a row, {len(left)} left of uploads"
    )
    return not (report["missing"] or report["altered"] or report["orphans"] or left)


def _counted(console: Console) -> int:
    return int(console.ask("GET", f"/api/v1/evidence?case={console.case}&size=1")["total"])


def drill_full_disk(console: Console, folder: Path) -> bool:
    """Upload more than the disk holds; what arrived stays, and goes on once there is room."""
    content = random.Random(7).randbytes(12 * MEGABYTE)
    rows = _counted(console)
    with small_disk(folder, 8):
        console.kill()
        console.environment = {**console.environment, "EVIDENCE_DIR": str(folder)}
        console.start()
        sender = Sender(console)
        address = str(sender.begin(len(content), "full.bin").headers["Location"])
        said = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
        full = sender.ask("PATCH", address, content, **said)
        sender.close()
        kept = int(sender.ask("HEAD", address).headers["Upload-Offset"])
        is_well = full.status == 507 and 0 < kept < len(content) and _counted(console) == rows
        subprocess.run(["mount", "-o", "remount,size=40m", str(folder)], check=True)
        said["Upload_Offset"] = str(kept)
        last = sender.ask("PATCH", address, content[kept:], **said)
        is_whole = last.status == 204 and _counted(console) == rows + 1
        more = _counted(console) - rows
        print(f"full disk: {full.status}, {kept:,} bytes kept; with more room {last.status}, {more} exhibit")
        console.kill()
    return is_well and is_whole


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Put a file system of this size, in memory, in a folder's place."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def main() -> int:
    """Run all; exit 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=500, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="begins the dice")
    options = parser.parse_args()
    name = f"nethra_drill_{os.getpid()}"
    database.clone(database.ensure_template(), name)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=database.ROOT / ".local") as folder:
        environment = environment_for(Path(folder), name, free_port())
        console = Console(environment | {"WEB_WORKERS": "2", "WEB_THREADS": "8"}, Path(folder))
        try:
            run_command(environment, "seed_demo").check_returncode()
            console.start()
            console.case = console.ask("GET", "/api/v1/cases?status=open&size=1")["data"][0]["id"]
            results = [drill_kills(console, options.uploads, options.seed)]
            if os.geteuid() == 0:
                results.append(drill_full_disk(console, Path(folder) / "small"))
            else:
                print("full disk: left out, since only root mounts one")
        finally:
            if console.web is not None and console.web.poll() is None:
                end_process(console.web)
            start_database()
            database.drop(name)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
