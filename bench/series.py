"""How long proposing series takes, and whether the planted ones come first: ``python -m bench.series``."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from typing import Any

import numpy as np

from insights.methods.candidates import cost
from insights.methods.linkage import Linkage, fit
from insights.methods.series import Grouping, proposed
from insights.methods.solved import examples


def main() -> int:
    """Print one JSON object: estimate, seconds, pairs, memory, and the rank each planted series is proposed at."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.series",
        description="Propose series in a made-up agency of one year.",
        epilog="Example: python -m bench.series --crimes 100000 --metres 1000",
    )
    parser.add_argument("--crimes", type=int, default=100_000, help="crimes around the planted ones, 100,000")
    parser.add_argument(
        "--metres", type=float, default=1_000, help="compare crimes at most this far away, 1,000"
    )
    parser.add_argument("--cut", type=float, default=2, help="least mean log Bayes factor of a series, 2")
    parser.add_argument("--seed", type=int, default=0, help="seed of the made-up agency, 0")
    options = parser.parse_args()
    print(json.dumps(measured(options.crimes, options.metres, options.cut, options.seed), indent=2))
    return 0


def measured(crimes: int, metres: float, cut: float, seed: int) -> dict[str, Any]:
    """Return the figures; ``ranks`` counts from 1, None where no proposal holds half of a planted series."""
    from tests.support.planted import planted, solved

    model = fit(examples(solved(seed)), Linkage())
    made = planted(seed, background=crimes)
    estimate = cost(made.crimes.events, metres)
    began, spent = time.perf_counter(), time.process_time()
    found = proposed(made.crimes, model, Grouping(metres=metres, cut=cut))
    return {
        "crimes": len(made.crimes),
        "pairs": found.pairs,
        "estimated_seconds": round(estimate, 1),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - spent, 1),
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "proposals": len(found.series),
        "divided": sum(one.divided for one in found.series),
        "ranks": [_rank([one.keys for one in found.series], keys) for keys in made.series],
    }


def _rank(proposals: list[Any], keys: Any) -> int | None:
    held = [number for number, one in enumerate(proposals, 1) if np.isin(keys, one).mean() >= 0.5]
    return held[0] if held else None


if __name__ == "__main__":
    sys.exit(main())
