"""How fast methods of where and when are beside PySAL and scikit-learn: ``python -m bench.methods_where``.

Both sides get the same made-up incidents on one thread, and must agree; the ratios have goals.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from insights.methods import aoristic, density, hotspots
from insights.methods.base import Events, Floats, Grid
from insights.methods.linking import linked
from insights.methods.neighbours import permuted_ranks

SIDE = 32_000.0
#: The least ratio of the library's CPU seconds to ours.
GOALS = {"density": 30.0, "hotspots": 50.0, "permutations": 20.0, "clusters": 5.0}
#: Only every so many-th cell is asked of the slow library; its seconds are multiplied.
SPARSE = 64


def main() -> int:
    """Print one JSON object with seconds and ratios; the exit code is 1 where a goal is missed or results differ."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.methods_where",
        description="Time densities, hot spots, clusters and the aoristic week against the libraries.",
        epilog="Example: OMP_NUM_THREADS=1 python -m bench.methods_where --incidents 200000",
    )
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = measured(options.incidents, options.seed)
    print(json.dumps(figures, indent=2))
    missed = [
        name for name, goal in GOALS.items() if figures[name]["ratio"] < goal or not figures[name]["agree"]
    ]
    for name in missed:
        print(
            f"{name}: differs from the library or is below {GOALS[name]:g} times its speed.", file=sys.stderr
        )
    return 1 if missed else 0


def measured(incidents: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return the figures of every method."""
    events, grid = made_up(incidents, seed), Grid(100.0, 0, 0, np.ones((320, 320), dtype=np.bool_))
    counts = grid.counts(events.x, events.y).astype(np.float64)
    return {
        "density": _density(events, grid),
        **_hotspots(counts, grid),
        "clusters": _clusters(events.taken(np.arange(min(incidents, 200_000)))),
        "aoristic": {"seconds": seconds(lambda: aoristic.aoristic(events, aoristic.AoristicParameters()))[0]},
    }


def made_up(number: int, seed: int) -> Events:
    """Return incidents round forty centres over five years, many of them with uncertain times."""
    random = np.random.default_rng(seed)
    centre = random.uniform(5000, SIDE - 5000, (40, 2))[random.integers(0, 40, number)]
    place = np.clip(centre + random.normal(0, 1500, (number, 2)), 0, SIDE - 1)
    begin = random.uniform(17_000, 18_826, number)
    end = begin + random.choice([0.0, 0.0, 0.1, 0.5, 1.0, 10.0], number) * random.uniform(0, 1, number)
    return Events.of(place[:, 0], place[:, 1], begin, end)


def seconds(run: Callable[[], Any], *, warm: bool = True) -> tuple[float, Any]:
    """Return the CPU seconds of a run, after one that compiles, and what it returned."""
    if warm:
        run()
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def _compared(ours: float, theirs: float, agree: bool) -> dict[str, Any]:
    return {"seconds": ours, "library": theirs, "ratio": theirs / ours, "agree": agree}


def _density(events: Events, grid: Grid) -> dict[str, Any]:
    from sklearn.neighbors import KernelDensity

    parameters = density.DensityParameters(density.GAUSSIAN, 500.0, grid.size)
    ours, found = seconds(lambda: density.density(events, parameters, grid))
    across, upwards = np.meshgrid(*grid.centres())
    asked = np.column_stack((across.ravel(), upwards.ravel()))[::SPARSE]
    slow = KernelDensity(bandwidth=500.0, rtol=1e-3).fit(np.column_stack((events.x, events.y)))
    theirs, logs = seconds(lambda: slow.score_samples(asked), warm=False)
    expected = np.exp(logs) * len(events) * 1e6
    # Far from all incidents little is left of both: there the cut at five bandwidths shows.
    agree = np.allclose(found.density.ravel()[::SPARSE], expected, rtol=5e-3, atol=1e-5 * expected.max())
    return _compared(ours, theirs * SPARSE, bool(agree))


def _hotspots(counts: Floats, grid: Grid) -> dict[str, dict[str, Any]]:
    import esda
    import libpysal

    weights = libpysal.weights.lat2W(*grid.shape, rook=False)
    values, ones = counts.ravel(), np.ones(grid.shape)
    fast, z = seconds(lambda: hotspots.gi_star(counts, grid.inside))
    slow, plain = seconds(
        lambda: esda.G_Local(values, weights, transform="B", star=True, permutations=0), warm=False
    )
    drawn, p = seconds(lambda: permuted_ranks(counts, grid.inside, ones, 999, 1))
    # The first run compiles the library too.
    theirs, oracle = seconds(
        lambda: esda.G_Local(values, weights, transform="B", star=True, permutations=999, n_jobs=1, seed=1)
    )
    hot = z.ravel() > 1
    same = (p <= 0.05) == (oracle.p_sim <= 0.05)
    return {
        "hotspots": _compared(fast, slow, bool(np.abs(plain.Zs - z.ravel()).max() < 1e-12)),
        "permutations": _compared(drawn, theirs, float(same[hot].mean()) > 0.97),
    }


def _clusters(events: Events) -> dict[str, Any]:
    from sklearn.cluster import DBSCAN

    places = np.column_stack((events.x, events.y))
    ours, (label, _) = seconds(lambda: linked(events.x, events.y, events.begin, 100.0, np.inf, 20))
    theirs, oracle = seconds(lambda: DBSCAN(eps=100.0, min_samples=20).fit(places), warm=False)
    return _compared(ours, theirs, bool(np.array_equal(label, oracle.labels_)))


if __name__ == "__main__":
    raise SystemExit(main())
