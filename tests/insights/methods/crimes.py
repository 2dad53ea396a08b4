"""The solved crimes of the linkage data, as the methods take them."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache

import numpy as np

from insights.methods.base import Events
from insights.methods.evidence import Crimes, Evidence, Pairs
from insights.methods.solved import Examples, Solved
from tests.insights.methods.data import EPOCH, file_of

FIELDS = ("MO1", "MO2", "MO3")
NAMES = ("spatial", "temporal", "tod", "dow", *FIELDS)


def _rows(name: str) -> list[dict[str, str]]:
    with file_of(f"crimelinkage/{name}").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _moment(day: str, clock: str) -> float:
    clock = clock.zfill(4)
    return date.fromisoformat(day).toordinal() - EPOCH + int(clock[:2]) / 24 + int(clock[2:]) / 1440


@cache
def crimes() -> tuple[Crimes, dict[str, int]]:
    """Return the 490 crimes and the position of each by its name."""
    rows = _rows("crimes.csv")
    times = np.array([[_moment(row[f"DATE_{s}"], row[f"TIME_{s}"]) for s in ("FROM", "TO")] for row in rows])
    # The reference reads the 14 windows that end before they begin as the same windows turned round.
    times.sort(axis=1)
    places = np.array([[float(row["X"]), float(row["Y"])] for row in rows])
    events = Events.of(places[:, 0], places[:, 1], times[:, 0], times[:, 1])
    habits = np.column_stack([_numbers([row[field] for row in rows]) for field in FIELDS])
    return Crimes(events, habits, FIELDS), {row["crimeID"]: at for at, row in enumerate(rows)}


def _numbers(values: list[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    known = sorted(set(values) - {"NA"})
    return np.array([-1 if value == "NA" else known.index(value) for value in values], np.int64)


@cache
def solved() -> Solved:
    """Return the crimes with who did them."""
    found, at = crimes()
    rows = [row for row in _rows("offenders.csv") if row["crimeID"] in at]
    number = {name: place for place, name in enumerate(sorted({row["offenderID"] for row in rows}))}
    offender = np.array([number[row["offenderID"]] for row in rows], np.int64)
    return Solved(found, offender, np.array([at[row["crimeID"]] for row in rows], np.int64))


@cache
def published() -> tuple[Examples, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return the 11,187 published pairs with the evidence of the reference, and which of them it trains on."""
    _, at = crimes()
    rows = _rows("pairs_seed1.csv")
    pairs: Pairs = np.array([[at[row["i1"]], at[row["i2"]]] for row in rows], np.int64)
    values = np.array([[float(row[name]) for name in NAMES] for row in rows])
    linked = np.array([row["type"] == "linked" for row in rows])
    weight = np.array([float(row["weight"]) for row in rows])
    train = np.array([row["train"] == "TRUE" for row in rows])
    return Examples(pairs, Evidence(NAMES, values), linked, weight, pairs), train
