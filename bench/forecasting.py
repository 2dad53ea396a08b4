"""Forecasts of two cities by rolling periods: ``python -m bench.forecasting portland|sf --json FILE``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.forecasting_data import PORTLAND_CELL, City, portland, san_francisco
from insights.methods.base import MethodFault
from insights.methods.blend import BlendParameters
from insights.methods.evaluation import Evaluation, evaluated, rolling_starts
from insights.methods.forecasts import MODELS, Model
from insights.methods.hawkes import HawkesParameters
from insights.methods.scores import cells_of_share, nij_cells

ROOT = Path(os.environ.get("NETHRA_DATA", Path(__file__).parents[2] / "shared" / "data"))
SQUARE_MILES = (0.25, 0.75)
SHARES = (0.01, 0.03)
WEEKS = 52
SF_KINDS = ("BURGLARY", "VEHICLE THEFT", "ROBBERY", "LARCENY/THEFT")
#: An incident of San Francisco's dense centre has too many near it for the wide reach that Portland's are given.
SF_HAWKES = HawkesParameters(years=1, reach=250, window=60)
SF_BLEND = BlendParameters(
    components=("counts, all years", "counts, 1 year", "density, 3 years", "density in space and time")
)


@dataclass(frozen=True)
class Question:
    """One kind of one city: its periods, and the areas that are named with how many cells they are."""

    name: str
    city: City
    models: tuple[Model, ...]
    starts: Sequence[float]
    days: int
    areas: Mapping[str, int]


def portland_questions(root: Path) -> Iterator[Question]:
    """Return burglary and vehicle theft by the last 52 weeks, at the areas that the NIJ allows."""
    areas = {f"{miles} sq mi": nij_cells(PORTLAND_CELL**2, miles) for miles in SQUARE_MILES}
    end = int(np.datetime64("2016-03-02", "D").astype(np.int64))
    for name, kind in (("burglary", "bur"), ("vehicle theft", "veh")):
        starts = rolling_starts(end - 7 * WEEKS, end, 7)
        yield Question(f"Portland {name}", portland(root, kind), MODELS, starts, 7, areas)


def sf_questions(root: Path) -> Iterator[Question]:
    """Return four kinds by fortnights of 2014 and 2015, since every other week is missing, at shares of the area."""
    first, last = (int(np.datetime64(day, "D").astype(np.int64)) for day in ("2014-01-01", "2015-05-14"))
    for category in SF_KINDS:
        city = san_francisco(root, category, range(2003, 2016))
        cells = int(city.grid.inside.sum())
        areas = {f"{share:.0%} of the area": cells_of_share(share, cells) for share in SHARES}
        yield Question(
            f"San Francisco {category.lower()}",
            city,
            _sf_models(),
            rolling_starts(first, last, 14),
            14,
            areas,
        )


def _sf_models() -> tuple[Model, ...]:
    own = {"self-exciting": SF_HAWKES, "blend": SF_BLEND}
    return tuple(replace(model, parameters=own.get(model.name, model.parameters)) for model in MODELS)


def answered(question: Question) -> dict[str, Any]:
    """Return what came out, as JSON has it; models that cannot forecast the first or last period are left out."""
    models, left_out = _able(question)
    started = time.process_time()
    city = question.city
    found = evaluated(
        city.events,
        city.grid,
        models,
        question.starts,
        question.days,
        [*question.areas.values()],
        area=city.area,
    )
    return {
        "question": question.name,
        "periods": len(question.starts),
        "days": question.days,
        "cells": int(city.grid.inside.sum()),
        "total": int(found.totals.sum()),
        "totals": found.totals.tolist(),
        "cpu_seconds": time.process_time() - started,
        "left_out": left_out,
        "areas": [_area(found, place, name) for place, name in enumerate(question.areas)],
    }


def _able(question: Question) -> tuple[list[Model], dict[str, str]]:
    able, left_out = [], {}
    for model in question.models:
        try:
            for start in (question.starts[0], question.starts[-1]):
                model.forecast(question.city.events, question.city.grid, start, question.days)
        except MethodFault as fault:
            left_out[model.name] = str(fault)
        else:
            able.append(model)
    return able, left_out


def _area(found: Evaluation, place: int, name: str) -> dict[str, Any]:
    best = found.best_baseline(place)
    return {
        "area": name,
        "cells": int(found.cells[place]),
        "best_baseline": found.models[best].name,
        "chosen": found.models[found.chosen(place)].name,
        "models": [
            {
                "model": model.name,
                "hits": float(found.hits[number, place].sum()),
                "pai": float(found.pai[number, place]),
                "pei": float(found.pei[number, place]),
                "gain_of_pai": asdict(found.gain(number, place)),
                "deviance": float(found.deviance[number].mean()),
                "predicted": float(found.predicted[number].sum()),
                "hits_by_period": found.hits[number, place].tolist(),
            }
            for number, model in enumerate(found.models)
        ],
    }


def told(answer: Mapping[str, Any]) -> Iterator[str]:
    """Return the lines of a table: every model with n of N, PAI, PEI, and its gain over the best baseline."""
    for area in answer["areas"]:
        yield f"{answer['question']}, {area['area']} ({area['cells']} cells), {answer['periods']} periods"
        for one in area["models"]:
            gain = one["gain_of_pai"]
            rates = (
                f"n {one['hits']:8.1f} of {answer['total']:6d}  PAI {one['pai']:6.2f}  PEI {one['pei']:.3f}"
            )
            span = f"{gain['difference']:+.2f} [{gain['low']:+.2f}, {gain['high']:+.2f}]"
            yield f"  {one['model']:26s} {rates}  {span}{'  chosen' if one['model'] == area['chosen'] else ''}"
    for name, why in answer["left_out"].items():
        yield f"  {name} is left out: {why}"


def main() -> int:
    """Write the answers so far after each question, and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("city", choices=("portland", "sf"))
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT)
    asked = parser.parse_args()
    answers = []
    for question in (portland_questions if asked.city == "portland" else sf_questions)(asked.data):
        answers.append(answered(question))
        asked.json.write_text(json.dumps(answers, indent=1), encoding="utf-8")
        print("\n".join(told(answers[-1])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
