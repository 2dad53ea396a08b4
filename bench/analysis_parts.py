"""One method of analysis on one side, measured in a process of its own: ``python -m bench.analysis_parts``.

``bench.analysis`` starts these. The second side finds the first one's result in the folder and compares.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis_libraries import clusters, density, knox, lattice, permutations, z_scores
from bench.methods_where import made_up
from bench.near_repeats import incidents, scan_incidents
from insights.methods.base import Events, Flags, Floats, Grid
from insights.methods.density import GAUSSIAN, DensityParameters
from insights.methods.density import density as our_density
from insights.methods.hotspots import gi_star
from insights.methods.linking import linked
from insights.methods.nearrepeat import KnoxParameters, near_repeats
from insights.methods.neighbours import permuted_ranks
from insights.methods.scan import ScanParameters, scan

#: 320 by 320 cells of 100 m.
GRID = Grid(100.0, 0, 0, np.ones((320, 320), dtype=np.bool_))
#: Whole days of pointpats' "at most 6 days" are the days of our "less than 7".
LAST_DAY = 6
#: Short runs are repeated until this many CPU seconds are spent; the median counts.
ENOUGH = 1.0
WARM = 1000

Run = Callable[[Any], Any]


@dataclass(frozen=True)
class Part:
    """A method of ours, the library's, and whether their results are the same.

    ``make`` returns incidents of a number; ``prepare`` and ``shape`` what our run and the library's take, untimed.
    """

    make: Callable[[int], Events]
    ours: Run
    theirs: Run | None = None
    agree: Callable[[Floats, Floats], bool] = np.array_equal
    prepare: Run = lambda events: events
    shape: Run | None = None

    def side(self, name: str) -> tuple[Run, Run | None]:
        """Return the preparation and the run of a side, ``ours`` or ``theirs``."""
        if name == "ours":
            return self.prepare, self.ours
        return self.shape or self.prepare, self.theirs


def main() -> int:
    """Print one JSON object: CPU seconds, megabytes held at most and by imports, digest of the input, agreement."""
    parser = argparse.ArgumentParser(prog="python -m bench.analysis_parts", description=__doc__)
    parser.add_argument("part", choices=tuple(PARTS))
    parser.add_argument("side", choices=("ours", "theirs"))
    parser.add_argument("events", type=int)
    parser.add_argument("folder", type=Path, help="where the result of our side is kept")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    imported = megabytes()
    part = PARTS[options.part]
    prepare, run = part.side(options.side)
    if run is None:
        parser.error(f"No library is compared with {options.part}.")
    run(prepare(part.make(min(WARM, options.events))))
    events = part.make(options.events)
    seconds, result = repeated(partial(run, prepare(events)))
    kept = options.folder / f"{options.part}-{options.events}.npy"
    told: dict[str, Any] = {"seconds": seconds, "digest": digest(events)}
    if options.side == "ours":
        np.save(kept, result)
    else:
        told["agree"] = bool(part.agree(np.load(kept), result))
    print(json.dumps({**told, "megabytes": megabytes(), "imports_megabytes": imported}))
    return 0


def megabytes() -> float:
    """Return the most memory this process has held."""
    # Not ru_maxrss: a process that was forked from a large one keeps that one's, also when it became another program.
    told = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return int(told.split()[0]) / 1024


def repeated(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the median CPU seconds of as many runs as make one second together, and what the last returned."""
    took: list[float] = []
    while sum(took) < ENOUGH:
        started = time.process_time()
        result = run()
        took.append(time.process_time() - started)
    return statistics.median(took), result


def digest(events: Events) -> str:
    """Return the digest of places and times, by which both sides show that they were given the same."""
    columns = (events.x, events.y, events.begin, events.end)
    return hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest()


def _counts(events: Events) -> Floats:
    return GRID.counts(events.x, events.y).astype(np.float64)


def _z(counts: Floats) -> Floats:
    return gi_star(counts, GRID.inside).ravel()


def _ranks(counts: Floats) -> Floats:
    # Only where it is hotter than usual are the two one-sided values of the same side.
    hot = gi_star(counts, GRID.inside).ravel() > 1
    p = permuted_ranks(counts, GRID.inside, np.ones(GRID.shape), 999, 1)
    return np.where(hot, p, np.nan)


def _surface(events: Events) -> Floats:
    return our_density(events, DensityParameters(GAUSSIAN, 500.0, GRID.size), GRID).density.ravel()


def _labels(events: Events) -> Floats:
    return linked(events.x, events.y, events.begin, 100.0, np.inf, 20)[0].astype(np.float64)


def _knox(events: Events, parameters: KnoxParameters) -> Floats:
    return near_repeats(events, parameters).observed.astype(np.float64)


def _knox_total(events: Events) -> Floats:
    one = KnoxParameters(metric="euclidean", distance_bands=1, time_bands=1, time_band=LAST_DAY + 1)
    return np.array([_knox(events, one).sum()], np.float64)


def _scanned(windows: str, replications: int, events: Events) -> Floats:
    return scan(events, ScanParameters(windows=windows, replications=replications)).score


def _z_agree(ours: Floats, theirs: Floats) -> bool:
    return bool(np.abs(ours - theirs).max() < 1e-12)


def _ranks_agree(ours: Floats, theirs: Floats) -> bool:
    hot: Flags = np.isfinite(ours)
    return bool(((ours <= 0.05) == (theirs <= 0.05))[hot].mean() > 0.97)


def _surface_agrees(ours: Floats, theirs: Floats) -> bool:
    # Far from all incidents little is left of both: there the cut at five bandwidths shows.
    return np.allclose(ours, theirs, rtol=5e-3, atol=1e-5 * theirs.max())


_LAGS = KnoxParameters(metric="euclidean", distance_bands=1, time_band=14, time_bands=10)
_FEW_LAGS = replace(_LAGS, permutations=99)

_CITY = partial(made_up, seed=1)

PARTS = {
    "z": Part(_CITY, _z, z_scores, _z_agree, _counts, lambda events: lattice(_counts(events))),
    "permutations": Part(
        _CITY, _ranks, permutations, _ranks_agree, _counts, lambda events: lattice(_counts(events))
    ),
    "hotspots": Part(_CITY, lambda events: [_z(_counts(events)), _ranks(_counts(events))]),
    "density": Part(_CITY, _surface, partial(density, grid=GRID, bandwidth=500.0), _surface_agrees),
    "clusters": Part(_CITY, _labels, partial(clusters, radius=100.0, least=20)),
    "knox": Part(incidents, _knox_total, partial(knox, metres=200, days=LAST_DAY)),
    "lags": Part(incidents, partial(_knox, parameters=_LAGS)),
    "lags_few": Part(incidents, partial(_knox, parameters=_FEW_LAGS)),
    "prospective": Part(scan_incidents, partial(_scanned, "prospective", 999)),
    "retrospective": Part(scan_incidents, partial(_scanned, "retrospective", 999)),
    "prospective_few": Part(scan_incidents, partial(_scanned, "prospective", 99)),
}

if __name__ == "__main__":
    sys.exit(main())
