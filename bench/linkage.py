"""How well the models of links tell series apart: ``python -m bench.linkage``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import Any

from insights.methods.linkage import SPLITS, Linkage, compare, interval
from insights.methods.solved import UNLINKED, examples

REFERENCE = Linkage(model="logistic", ridge=0)
CONTENDERS = {
    "logistic": REFERENCE,
    "curved": Linkage(model="curved"),
    "bayes": Linkage(model="bayes"),
}


def main() -> int:
    """Print each model's mean AUC over grouped splits, and its gain over the plain logistic with both intervals."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.linkage",
        description="Compare the models of links over splits of the solved series by offender.",
        epilog="Example: NETHRA_DATA=../data python -m bench.linkage --seed 7 --json",
    )
    parser.add_argument("--splits", type=int, default=SPLITS, help="how many splits, 20")
    parser.add_argument("--seed", type=int, default=0, help="seed of the splits and of the unlinked pairs, 0")
    parser.add_argument("--unlinked", type=int, default=UNLINKED, help="unlinked pairs to draw, 20,000")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measured(options.splits, options.seed, options.unlinked)
    print(json.dumps(found, indent=2) if options.json else _table(found))
    return 0


def measured(splits: int, seed: int, unlinked: int) -> dict[str, Any]:
    """Return the figures of every model; SystemExit where the linkage data is absent."""
    from tests.insights.methods.crimes import solved
    from tests.insights.methods.data import ROOT

    if not (ROOT / "crimelinkage").is_dir():
        raise SystemExit("The linkage data is absent; NETHRA_DATA names the folder that holds crimelinkage.")
    began = time.perf_counter()
    found = examples(solved(), unlinked=unlinked, seed=seed)
    scores = compare(found, tuple(CONTENDERS.values()), times=splits, seed=seed)
    models = {
        name: {
            "auc": asdict(interval(scores[at])),
            "gain": asdict(interval(scores[at] - scores[0], corrected=False)),
            "gain_allowing_for_shared_crimes": asdict(interval(scores[at] - scores[0])),
        }
        for at, name in enumerate(CONTENDERS)
    }
    return {
        "series": found.series,
        "linked": int(found.linked.sum()),
        "unlinked": int((~found.linked).sum()),
        "splits": splits,
        "seed": seed,
        "seconds": round(time.perf_counter() - began, 2),
        "models": models,
    }


def _table(found: dict[str, Any]) -> str:
    head = f"{found['series']} series, {found['linked']} linked and {found['unlinked']} unlinked pairs"
    lines = [f"{head}, {found['splits']} splits, seed {found['seed']}, {found['seconds']} s"]
    for name, told in found["models"].items():
        gains = [_range(told[key]) for key in ("gain", "gain_allowing_for_shared_crimes")]
        lines.append(
            f"{name:9} AUC {told['auc']['mean']:.4f}, gain {gains[0]}, allowing for shared crimes {gains[1]}"
        )
    return "\n".join(lines)


def _range(told: dict[str, float]) -> str:
    return f"{told['mean']:+.4f} [{told['low']:+.4f}, {told['high']:+.4f}]"


if __name__ == "__main__":
    sys.exit(main())
