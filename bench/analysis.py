"""The methods of analysis against the libraries and their goals, in one run on the same incidents: ``bench.analysis``.

Each measurement is a process of its own on one thread, so that neither memory nor compiled code is another's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
#: Peak memory of a method, everything in its process counted.
MOST_MEGABYTES = 1024
#: The forecast of pointpats' longest run leaves this share, since its steps are not quite regular.
MARGIN = 0.9

Measure = Callable[[str, str, int], dict[str, Any]]


@dataclass(frozen=True)
class Goal:
    """What is measured at ``events`` incidents (``few`` in a quick run): at least ``ratio``, at most ``seconds``."""

    part: str
    says: str
    events: int
    few: int
    ratio: float | None = None
    seconds: float | None = None


GOALS = (
    Goal("z", "Gi* z, 102,400 cells, beside esda", 1_000_000, 20_000, ratio=50),
    Goal("permutations", "Gi*, 999 permutations, beside esda", 1_000_000, 20_000, ratio=20),
    Goal("density", "Gaussian density on 102,400 cells, beside scikit-learn", 1_000_000, 1_000, ratio=30),
    Goal("clusters", "DBSCAN, beside scikit-learn", 200_000, 5_000, ratio=5),
    Goal("lags", "Knox, 200 m by 10 lags, 999 permutations", 28_000, 2_000, seconds=5),
    Goal("prospective", "scan of 1,000 places, 2 km, 60 days, 999 replications", 5_000, 1_000, seconds=60),
    Goal("retrospective", "the same, windows of the whole year", 5_000, 1_000, seconds=60),
)
#: How many incidents pointpats' runs start with; they double.
FIRST, FEW_FIRST = 1_000, 250
#: Knox and the scan with 99 permutations: with 999 a million incidents would take a quarter of an hour and more.
GROWTH = {
    "hotspots": "counts, Gi* z and 999 permutations on 102,400 cells",
    "density": "Gaussian density on 102,400 cells",
    "clusters": "DBSCAN",
    "lags_few": "Knox, 200 m by 10 lags, 99 permutations",
    "prospective_few": "scan of 1,000 places, prospective, 99 replications",
}
SIZES, FEW_SIZES = (100_000, 300_000, 1_000_000), (1_000, 2_000)


def main() -> int:
    """Print the tables; exit 1 where a goal is missed, results differ, or the two sides were not given the same."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="nethra-analysis-") as folder:
        found = measured(_processes(Path(folder)), options)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(table(found))
    missed = [row["says"] for row in (*found["goals"], *found["growth"]) if not row["met"]]
    for says in missed:
        print(f"Missed: {says}.", file=sys.stderr)
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.analysis",
        description="Measure the methods of analysis against the libraries, their goals and their growth.",
        epilog="Example: python -m bench.analysis --only lags clusters",
    )
    parts = [goal.part for goal in GOALS] + ["knox", "growth"]
    parser.add_argument("--only", nargs="+", choices=parts, help="these measurements alone")
    parser.add_argument("--quick", action="store_true", help="few incidents: shows that it works, no more")
    parser.add_argument("--longest", type=float, help="CPU seconds pointpats may take, 600 (quick: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE as well")
    options = parser.parse_args()
    options.only = set(options.only or parts)
    options.longest = options.longest or (2.0 if options.quick else 600.0)
    return options


def measured(measure: Measure, options: argparse.Namespace) -> dict[str, Any]:
    """Return ``goals`` and ``growth``, a row for each measurement."""
    rows = [
        judged(measure, goal, goal.few if options.quick else goal.events, quick=options.quick)
        for goal in GOALS
        if goal.part in options.only
    ]
    if "knox" in options.only:
        events = most_events(measure, FEW_FIRST if options.quick else FIRST, options.longest)
        says = f"Knox, 999 permutations, beside pointpats at the most it does in {options.longest:g} s"
        rows.append(
            judged(measure, Goal("knox", says, events, events, ratio=100), events, quick=options.quick)
        )
    sizes = FEW_SIZES if options.quick else SIZES
    growth = [grown(measure, part, events) for part in GROWTH for events in sizes]
    return {"quick": options.quick, "goals": rows, "growth": growth if "growth" in options.only else []}


def judged(measure: Measure, goal: Goal, events: int, *, quick: bool = False) -> dict[str, Any]:
    """Return the figures of both sides, their ratio, and whether the goal is met, that of memory and agreement too.

    A quick run is of too few incidents to judge speed by.
    """
    ours = measure(goal.part, "ours", events)
    row: dict[str, Any] = {"says": goal.says, "events": events, "goal": _goal(goal), "ours": ours}
    row["met"] = ours["megabytes"] <= MOST_MEGABYTES
    if goal.seconds is not None and not quick:
        row["met"] &= ours["seconds"] <= goal.seconds
    if goal.ratio is not None:
        theirs = measure(goal.part, "theirs", events)
        row |= {"theirs": theirs, "ratio": theirs["seconds"] / ours["seconds"]}
        alike = theirs["agree"] and theirs["digest"] == ours["digest"]
        row["met"] &= alike and (quick or row["ratio"] >= goal.ratio)
    return row


def _goal(goal: Goal) -> str:
    return f">= {goal.ratio:g}x" if goal.ratio is not None else f"<= {goal.seconds:g} s"


def most_events(measure: Measure, first: int, longest: float) -> int:
    """Return about the most incidents that pointpats finishes in ``longest`` CPU seconds, in whole hundreds or tens.

    Incidents double until the next doubling would take too long; the last two runs tell how its seconds grow.
    """
    events, took = first, _pointpats(measure, first)
    power = 2.0
    while took * 2**power <= longest * MARGIN:
        doubled = _pointpats(measure, events * 2)
        power = max(1.0, math.log2(doubled / took))
        events, took = events * 2, doubled
    reached = events * (longest * MARGIN / took) ** (1 / power)
    unit = max(10, first // 10)
    found = max(first, int(reached) // unit * unit)
    while found > events and _pointpats(measure, found) > longest:
        found = max(events, int(found * MARGIN) // unit * unit)
    return found


def _pointpats(measure: Measure, events: int) -> float:
    # Its result is compared with ours, which comes first.
    measure("knox", "ours", events)
    return float(measure("knox", "theirs", events)["seconds"])


def grown(measure: Measure, part: str, events: int) -> dict[str, Any]:
    """Return our figures at a number of incidents, and whether memory's goal is met."""
    ours = measure(part, "ours", events)
    return {
        "says": GROWTH[part],
        "events": events,
        "ours": ours,
        "met": ours["megabytes"] <= MOST_MEGABYTES,
    }


def _processes(folder: Path) -> Measure:
    # Runs are kept: the longest of pointpats is asked for twice.
    done: dict[tuple[str, str, int], dict[str, Any]] = {}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

    def measure(part: str, side: str, events: int) -> dict[str, Any]:
        if (part, side, events) not in done:
            print(f"{part}, {side}, {events:,} incidents", file=sys.stderr, flush=True)
            command = [sys.executable, "-m", "bench.analysis_parts", part, side, str(events), str(folder)]
            ran = subprocess.run(
                command, cwd=ROOT, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True
            )
            done[part, side, events] = json.loads(ran.stdout)
        return done[part, side, events]

    return measure


def table(found: dict[str, Any]) -> str:
    """Return the figures as tables of Markdown; megabytes are the peak of the process, and of it what imports take."""
    head = "what | incidents | CPU s | library's CPU s | ratio | goal | MB (imports) | library's MB | agree | met"
    goals = [_goal_cells(row) for row in found["goals"]]
    growth = [(row["says"], f"{row['events']:,}", *_ours(row), _yes(row["met"])) for row in found["growth"]]
    tables = [_markdown(head, goals), _markdown("what | incidents | CPU s | MB (imports) | met", growth)]
    quick = ["Few incidents, by which speed is not judged.\n"] if found["quick"] else []
    return "\n".join(quick + [text for text in tables if text])


def _goal_cells(row: dict[str, Any]) -> tuple[str, ...]:
    seconds, memory = _ours(row)
    theirs = row.get("theirs")
    told = (
        (
            f"{theirs['seconds']:.3g}",
            f"{row['ratio']:.3g}",
            row["goal"],
            memory,
            f"{theirs['megabytes']:.0f}",
            _yes(theirs["agree"] and theirs["digest"] == row["ours"]["digest"]),
        )
        if theirs
        else ("", "", row["goal"], memory, "", "")
    )
    return row["says"], f"{row['events']:,}", seconds, *told, _yes(row["met"])


def _ours(row: dict[str, Any]) -> tuple[str, str]:
    ours = row["ours"]
    return f"{ours['seconds']:.3g}", f"{ours['megabytes']:.0f} ({ours['imports_megabytes']:.0f})"


def _yes(told: bool) -> str:
    return "yes" if told else "no"


def _markdown(head: str, rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    rule = "|".join("---" for _ in head.split(" | "))
    lines = [f"| {head} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
