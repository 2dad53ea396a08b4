"""The real police data the methods are checked with; a test that uses it skips, with a reason, where it is absent."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from insights.methods.base import Events

ROOT = Path(os.environ.get("NETHRA_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
EPOCH = date(1970, 1, 1).toordinal()


def file_of(name: str) -> Path:
    """Return a file of the data; skips the test where it is absent."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} of the police data is absent; NETHRA_DATA names its folder.")
    return path


def chicago_burglaries() -> Events:
    """Return the 11,700 usable residential burglaries of Chicago, 2016, in EPSG:26971, of whole days."""
    with file_of("chicago_burglary/chicago_be_2016.csv").open(encoding="utf-8") as lines:
        found = [row for row in csv.DictReader(lines) if row["date"] != "NA"]
    days = [date.fromisoformat(row["date"][:10]).toordinal() - EPOCH for row in found]
    return Events.of(np.array([float(r["X"]) for r in found]), np.array([float(r["Y"]) for r in found]), days)
