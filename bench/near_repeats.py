"""Near repeats and the scan at the sizes they are for, Knox beside pointpats: ``python -m bench.near_repeats``."""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from insights.methods.base import Events
from insights.methods.nearrepeat import KnoxParameters, near_repeats
from insights.methods.nearrepeat import cost as knox_cost
from insights.methods.scan import ScanParameters, scan
from insights.methods.scan import cost as scan_cost

SPOTS, YEARS = 40, 5


def incidents(n: int, seed: int = 3) -> Events:
    """Return incidents round 40 hot spots over five years."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(0, 8000, (SPOTS, 2))
    x, y = (middles[rng.integers(0, SPOTS, n)] + rng.normal(0, 900, (n, 2))).T
    return Events.of(x, y, rng.integers(0, 365 * YEARS, n))


def timed(function: Callable[[], Any]) -> float:
    """Return the seconds of CPU of one call; an earlier one has compiled what it needs."""
    started = time.process_time()
    function()
    return time.process_time() - started


def knox(n: int) -> None:
    """Print 200 m by ten lags of 14 days with 999 permutations, beside the estimate and the memory held."""
    events = incidents(n)
    parameters = KnoxParameters(distance_bands=1, time_band=14, time_bands=10, metric="euclidean")
    near_repeats(incidents(500), parameters)
    took, told = timed(lambda: near_repeats(events, parameters)), knox_cost(events, parameters)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"Knox, {n:,}: {took:.2f} s, estimated {told.seconds:.2f} s of {told.pairs:,} pairs; {held:.0f} MB held"
    )


def beside_pointpats(n: int) -> None:
    """Print one threshold with 999 permutations here and in pointpats, at the same incidents, one after the other."""
    import pointpats

    events = incidents(n)
    parameters = KnoxParameters(distance_bands=1, time_bands=1, metric="euclidean")
    places = np.column_stack([events.x, events.y])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        near_repeats(incidents(500), parameters)
        ours = timed(lambda: near_repeats(events, parameters))
        theirs = timed(lambda: pointpats.Knox(places, events.begin[:, None], 200, 7, permutations=999))
    print(f"Knox beside pointpats, {n:,}: {ours:.3f} s and {theirs:.1f} s, {theirs / ours:.0f} times")


def scan_incidents(n: int) -> Events:
    """Return incidents of a year in 1,000 cells of 500 m, fewer where there are fewer incidents."""
    rng = np.random.default_rng(1)
    cells = np.unique(rng.integers(0, 60, (1180, 2)), axis=0)[:1000]
    place = rng.integers(0, len(cells), n)
    # Each cell has one at least: a place without incidents is no place of the scan.
    place[: len(cells)] = np.arange(len(cells))[:n]
    x, y = cells[place].T * 500.0 + 250
    return Events.of(x, y, rng.integers(0, 365, n))


def scanned(n: int, windows: str) -> None:
    """Print the scan of about 1,000 cells up to 2 km and 60 days with 999 replications, beside the estimate."""
    events = scan_incidents(n)
    cells = len(np.unique(np.column_stack((events.x, events.y)), axis=0))
    parameters = ScanParameters(windows=windows)
    scan(incidents(500), ScanParameters(windows=windows, replications=99, study=3660))
    took, told = timed(lambda: scan(events, parameters)), scan_cost(events, parameters)
    print(f"Scan, {windows}, {n:,} in {cells:,} cells: {took:.1f} s, estimated {told.seconds:.1f} s")


def main() -> int:
    """Print every measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pointpats", type=int, default=3000, help="incidents that are put to both")
    asked = parser.parse_args()
    knox(28_000)
    beside_pointpats(asked.pointpats)
    scanned(5000, "prospective")
    scanned(5000, "retrospective")
    return 0


if __name__ == "__main__":
    sys.exit(main())
