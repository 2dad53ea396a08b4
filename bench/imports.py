"""A file of incidents, imported by Nethra's command and by the peer: ``python -m bench.imports --peer FOLDER``.

Both store the same rows of one CSV in one agency of the same database of synthetic incidents, in turns. Nethra checks,
compares with what it has, numbers, places in beats, writes offences and the audit of all; the peer validates and
stores.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import psycopg

from bench.filling import ROOT, WORDS, copied, drop, filled, with_database
from bench.peer import environment_for, loaded, prepared
from nethra.bootstrap import admin_dsn

START = datetime(2026, 1, 1, tzinfo=UTC)
#: NIBRS codes that both understand as text.
OFFENCES = ("220", "23D", "13A", "240", "290", "120")
COLUMNS = (
    "external_id",
    "occurred_from",
    "offence",
    "description",
    "notes",
    "address",
    "longitude",
    "latitude",
)
DATABASE, PEER_DATABASE = "nethra_bench_imports", "nethra_bench_imports_peer"


def main() -> int:
    """Print a JSON object with the seconds of each round and the ratio; exit code 1 where rows are missing."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.imports",
        description="Import one CSV by Nethra's command and by the peer, in turns.",
        epilog="Example: python -m bench.imports --rows 100000 --peer ../shared/bench/peer_fastapi",
    )
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file (100000)")
    parser.add_argument(
        "--stored", type=int, default=1_000_000, help="incidents that are there before (1000000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="files imported by each (3)")
    parser.add_argument("--seed", type=int, default=None, help="picks the rows; new by default")
    parser.add_argument("--peer", type=Path, required=True, help="the peer's folder")
    options = parser.parse_args()
    seed = int(time.time()) if options.seed is None else options.seed
    found = compared(options.rows, options.stored, options.rounds, seed, options.peer.resolve())
    print(json.dumps(found, indent=2))
    return 0 if found["all_stored"] else 1


def compared(rows: int, stored: int, rounds: int, seed: int, folder: Path) -> dict[str, Any]:
    """Return seconds of each round, their medians and the ratio of the medians."""
    source = filled(stored)
    copied(source, DATABASE)
    python = prepared(folder, ROOT / ".local" / "bench")
    environment = environment_for(loaded(folder, source, PEER_DATABASE), folder)
    with closing(psycopg.connect(admin_dsn(DATABASE))) as connection:
        code, agency = connection.execute(
            "SELECT code, id::text FROM accounts_agency WHERE code = 'bench-0'"
        ).fetchone() or ("", "")
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for n in range(rounds):
            file = Path(scratch) / f"{n}.csv"
            write_file(file, rows, Random(seed + n))  # noqa: S311
            ours.append(import_by_nethra(file, code))
            theirs.append(import_by_peer(python, environment, file, agency))
    drop(DATABASE)
    drop(PEER_DATABASE)
    return {
        "rows": rows,
        "seed": seed,
        "nethra_seconds": [round(seconds, 2) for _, seconds in ours],
        "peer_seconds": [round(seconds, 2) for _, seconds in theirs],
        "x_peer": round(median(s for _, s in theirs) / median(s for _, s in ours), 2),
        "all_stored": {count for count, _ in [*ours, *theirs]} == {rows},
    }


def write_file(file: Path, rows: int, dice: Random) -> None:
    """Write a CSV with the columns of the generic profile; the same dice write the same rows."""
    words = WORDS.split()
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for n in range(rows):
            moment = START + timedelta(seconds=dice.randrange(200 * 86400))
            writer.writerow(
                [
                    f"{dice.getrandbits(48):012x}-{n}",
                    moment.isoformat(),
                    dice.choice(OFFENCES),
                    " ".join(dice.choices(words, k=29)),
                    "Follow-up with the beat officer." if dice.random() < 0.3 else "",
                    f"{dice.randrange(1, 999)} Oak Street",
                    f"{-122.44 + dice.uniform(-0.1, 0.1):.6f}",
                    f"{37.76 + dice.uniform(-0.1, 0.1):.6f}",
                ]
            )


def import_by_nethra(file: Path, code: str) -> tuple[int, float]:
    """Return the rows stored by the command, and its seconds from its start to its end."""
    database = with_database(os.environ["DATABASE_URL"], DATABASE)
    command = [sys.executable, "manage.py", "import_incidents", str(file), "--profile", "generic"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--agency", code, "--json"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(json.loads(done.stdout)["stored"]), time.perf_counter() - began


def import_by_peer(python: Path, environment: dict[str, str], file: Path, agency: str) -> tuple[int, float]:
    """Return the rows stored by the peer's program, and its seconds from its start to its end."""
    program = ROOT / "bench" / "peer_bulk.py"
    began = time.perf_counter()
    done = subprocess.run(
        [str(python), str(program), str(file), agency],
        env={**environment, "PYTHONPATH": environment["PWD"]},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.split()[0]), time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
