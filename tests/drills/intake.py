"""How fast files come in, and how little memory they take: one huge file, and a thousand small ones.

Run by script/drill intake; prints one line for each claim and exits 1 where one does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue

from tests.browser.served import end_process, environment_for, free_port, run_command
from tests.drills.evidence import GROWTH_LIMIT, MEGABYTE, Console, Watch, pieces
from tests.drills.sending import Sender
from tests.support import database

CONNECTIONS = 4
SMALL = 20 * 1024
LEAST_SHARE = 0.6
LEAST_FILES_A_SECOND = 100


def made(path: Path, megabytes: int, seed: int) -> str:
    """Write a file of random content; return its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces(megabytes * MEGABYTE, seed):
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def seconds_to_copy(source: Path) -> float:
    """Return how long copying, syncing and hashing a file takes on this disk, by the usual tools."""
    copy = source.with_suffix(".copy")
    os.sync()
    started = time.monotonic()
    subprocess.run(
        ["sh", "-c", 'cp "$1" "$2" && sync && sha256sum "$2"', "sh", str(source), str(copy)],
        check=True,
        capture_output=True,
    )
    seconds = time.monotonic() - started
    copy.unlink()
    return seconds


def drill_huge(console: Console, folder: Path, megabytes: int, piece: int, seed: int) -> bool:
    """Upload one huge file in pieces; compare the time with a plain copy and watch the server's memory."""
    source = folder / "huge.bin"
    sha256 = made(source, megabytes, seed)
    plain = seconds_to_copy(source)
    size = megabytes * MEGABYTE
    sender = Sender(console)
    os.sync()
    with Watch(console.workers()) as watch:
        started = time.monotonic()
        address = sender.begin(size, "huge.bin").headers["Location"]
        for offset in range(0, size, piece):
            answer = sender.send_file(address, source, offset, min(piece, size - offset))
        seconds = time.monotonic() - started
    exhibit = console.ask("GET", answer.headers["X-Exhibit"])
    is_well = answer.status == 204 and exhibit["sha256"] == sha256
    share = plain / seconds
    print(
        f"{megabytes} MB in pieces of {piece // MEGABYTE} MB: {seconds:.1f} s, a copy with sync and sum {plain:.1f} s "
        f"({share:.0%} of its speed); server grew by {watch.greatest / MEGABYTE:.1f} MB; "
        f"digests {'agree' if is_well else 'DIFFER'}"
    )
    source.unlink()
    return is_well and share >= LEAST_SHARE and watch.greatest < GROWTH_LIMIT


def drill_small(console: Console, files: int) -> bool:
    """Upload many small files over a few connections, each in one request, to cases as different as there are."""
    # As an uploader does it: whichever connection is free takes the next file.
    waiting = SimpleQueue[bytes]()
    for content in pieces_of(files):
        waiting.put(content)
    statuses: list[int] = []
    cases = [
        case["id"] for case in console.ask("GET", f"/api/v1/cases?status=open&size={CONNECTIONS}")["data"]
    ]

    def send(case: str) -> None:
        sender = Sender(replace(console, case=case))
        with suppress(Empty):
            while True:
                content = waiting.get_nowait()
                statuses.append(sender.begin(len(content), "small.bin", content).status)
        sender.close()

    threads = [threading.Thread(target=send, args=[cases[n % len(cases)]]) for n in range(CONNECTIONS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = files / (time.monotonic() - started)
    well = statuses.count(201)
    print(f"{files} files of 20 KB over {CONNECTIONS} connections: {rate:.0f} a second, {well} taken in")
    return well == files and rate >= LEAST_FILES_A_SECOND


def writable(console: Console) -> list[str]:
    """Return the cases that the officer may add to, one for each connection."""
    found = []
    for case in console.ask("GET", "/api/v1/cases?status=open&size=50")["data"]:
        sender = Sender(replace(console, case=case["id"]))
        if sender.begin(1, "probe").status == 201:
            found.append(case["id"])
        sender.close()
    return found[:CONNECTIONS]


def pieces_of(files: int) -> list[bytes]:
    """Return contents of 20 KB, each another."""
    return [os.urandom(SMALL) for _ in range(files)]


def main() -> int:
    """Run both; exit 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=4096, help="size of the huge file")
    parser.add_argument("--files", type=int, default=1000, help="how many small files")
    options = parser.parse_args()
    name = f"nethra_drill_{os.getpid()}"
    database.clone(database.ensure_template(), name)
    # On the disk of the checkout: a temporary folder may lie in memory.
    with tempfile.TemporaryDirectory(prefix="drill-", dir=database.ROOT / ".local") as folder:
        environment = environment_for(Path(folder), name, free_port())
        console = Console(environment | {"WEB_WORKERS": "2", "WEB_THREADS": "4"}, Path(folder))
        try:
            run_command(environment, "seed_demo")
            console.start()
            console.case = console.ask("GET", "/api/v1/cases?status=open&size=1")["data"][0]["id"]
            # Each of the workers' connections to the database has its plans by then.
            drill_small(console, 100)
            results = [drill_small(console, options.files)]
            whole = options.megabytes * MEGABYTE
            results += [
                drill_huge(console, Path(folder), options.megabytes, piece, seed)
                for seed, piece in enumerate((whole, 16 * MEGABYTE))
            ]
        finally:
            if console.web is not None and console.web.poll() is None:
                end_process(console.web)
            database.drop(name)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
