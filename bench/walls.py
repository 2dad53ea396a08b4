"""What row security costs the hot reads, and by which index they find their rows: ``python -m bench.walls``.

The same statements, with the same values, as the web server's role and as one whom row security does not bind.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench.asked import START, Asked
from bench.compare import tokens_of
from bench.filling import copied, drop, filled, with_database
from nethra.bootstrap import admin_dsn

ROUNDS = 7
_PICK = """
SELECT agency_id, lon, lat, number, occurred_from FROM incidents_incident
WHERE agency_id = (SELECT agency_id FROM incidents_incident GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
ORDER BY md5(%s || number) LIMIT %s
"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds of execution with row security and without, medians; the indexes and buffers of the first."""

    walled: float
    free: float
    indexes: tuple[str, ...]
    buffers: int


def main() -> int:
    """Print what each read costs; exit 1 where a statement reads the whole table or costs more than 1.5 times."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.walls",
        description="Time the hot reads' statements with row security and without it.",
        epilog="Example: python -m bench.walls --rows 1000000 --json walls.json",
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="incidents (1000000)")
    parser.add_argument("--requests", type=int, default=12, help="requests of each kind (12)")
    parser.add_argument("--seed", default="walls", help="picks the requests")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    name = f"nethra_walls_{os.getpid()}"
    os.environ["REQUESTS_PER_MINUTE"] = "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
    try:
        copied(filled(options.rows), name)
        os.environ["DATABASE_URL"] = with_database(os.environ["DATABASE_URL"], name)
        found = measured(name, options.seed, options.requests)
    finally:
        drop(name)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for kind, figures in found.items():
            print(f"{kind:22} {figures}")
    return 0 if all(f["ratio"] <= 1.5 and not f["reads_all"] for f in found.values()) else 1


def measured(name: str, seed: str, count: int) -> dict[str, dict[str, Any]]:
    """Return for each kind of read its median milliseconds, their ratio, its indexes and its buffers."""
    from bench.statements import noted_statements

    found: dict[str, dict[str, Any]] = {}
    with closing(psycopg.connect(admin_dsn(name), autocommit=True)) as superuser:
        picked = superuser.execute(_PICK, [seed, count]).fetchall()
        token = tokens_of({picked[0][0]})[picked[0][0]][0]
        dsn = os.environ["DATABASE_URL"].replace("postgis://", "postgresql://")
        with closing(psycopg.connect(dsn)) as web:
            for one in (web, superuser):
                one.execute("SET jit = off")
                one.execute("SET max_parallel_workers_per_gather = 0")
                one.execute("SELECT set_config('app.agency_id', %s, false)", [str(picked[0][0])])
            for kind, asked in questions(picked, seed).items():
                costs = [
                    _cost(web, superuser, statement)
                    for one in asked
                    for statement in noted_statements(one, token)[-1:]
                ]
                found[kind] = _figures(costs)
    return found


def questions(picked: Sequence[Any], seed: str) -> Mapping[str, list[Asked]]:
    """Return requests of each kind round the picked incidents."""
    chance = Random(seed)  # noqa: S311
    found: dict[str, list[Asked]] = {"2 km box, 90 days": [], "near 1 km": [], "words": [], "number": []}
    for agency, lon, lat, number, _ in picked:
        start = START + timedelta(days=chance.randrange(1700))
        end = start + timedelta(days=90)
        period = {
            "occurred_after": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "occurred_before": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        }
        wide, tall = 1000 / 88_000, 1000 / 111_000
        box = f"{lon - wide:.6f},{lat - tall:.6f},{lon + wide:.6f},{lat + tall:.6f}"
        asked = {
            "2 km box, 90 days": {"bbox": box, **period, "cursor": "", "size": 100},
            "near 1 km": {"near": f"{lon:.6f},{lat:.6f},1000", "count": "none", "size": 100},
            # Every narrative ends with its number: one of a million has this word.
            "words": {"q": str(int(number[1:])), "cursor": "", "size": 100},
            "number": {"q": number[:7], "cursor": "", "size": 100},
        }
        for kind, query in asked.items():
            found[kind].append(Asked(agency, f"/api/v1/incidents?{urlencode(query)}", ""))
    return found


def _cost(web: Any, superuser: Any, statement: str) -> Cost:
    plan = "\n".join(line for (line,) in web.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {statement}"))
    indexes = set(re.findall(r"(?:using|Bitmap Index Scan on) (\w+)", plan))
    if "Seq Scan on incidents_incident " in plan:
        indexes.add("SEQUENTIAL SCAN")
    buffers = re.search(r"Buffers: shared hit=(\d+)", plan)
    return Cost(
        _milliseconds(web, statement),
        _milliseconds(superuser, statement),
        tuple(sorted(indexes)),
        int(buffers[1]) if buffers else 0,
    )


def _milliseconds(connection: Any, statement: str) -> float:
    spans = []
    for _ in range(ROUNDS):
        lines = connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}").fetchall()
        spans.append(
            float(next(t for (line,) in lines for t in re.findall(r"Execution Time: ([\d.]+)", line)))
        )
    return statistics.median(spans)


def _figures(costs: Sequence[Cost]) -> dict[str, Any]:
    indexes = sorted(
        {index for cost in costs for index in cost.indexes if index.startswith(("incident", "SEQ"))}
    )
    return {
        "walled_ms": round(statistics.median(c.walled for c in costs), 3),
        "free_ms": round(statistics.median(c.free for c in costs), 3),
        "ratio": round(statistics.median(c.walled / max(c.free, 0.001) for c in costs), 2),
        "most_buffers": max(c.buffers for c in costs),
        "indexes": indexes,
        "reads_all": "SEQUENTIAL SCAN" in indexes,
    }


if __name__ == "__main__":
    sys.exit(main())
