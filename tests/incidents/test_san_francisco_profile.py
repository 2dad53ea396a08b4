"""The San Francisco profile against the whole file: every word is mapped, the known oddities are counted."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.import_profiles import load_profile
from incidents.import_values import (
    UnreadableValue,
    is_ambiguous,
    read_moment,
    read_offence,
    read_point,
    read_status,
)

pytestmark = pytest.mark.data


def test_every_row_is_understood_but_for_67_impossible_places(police_data: Path) -> None:
    file = police_data / "sf" / "sf_incidents_2003_2015.csv.gz"
    profile = load_profile("sf")
    seen: dict[str, Counter[tuple[str, ...]]] = {
        key: Counter() for key in ("offence", "status", "date", "place")
    }
    with gzip.open(file, "rt", encoding=profile.encoding, newline="") as lines:
        rows = csv.DictReader(lines, delimiter=profile.delimiter)
        assert profile.missing_columns(rows.fieldnames or []) == []
        for row in rows:
            seen["offence"][row["Category"], row["Descript"]] += 1
            seen["status"][row["Resolution"],] += 1
            seen["date"][row["Dates"],] += 1
            seen["place"][row["X"], row["Y"]] += 1

    now = datetime.now(UTC)
    moments = {text: read_moment(text, profile, now) for (text,) in seen["date"]}
    wall_clock = {text: datetime.fromisoformat(text) for text in moments}
    skipped = [
        t for t in moments if moments[t].astimezone(profile.zone).replace(tzinfo=None) != wall_clock[t]
    ]
    ambiguous = [text for text in moments if is_ambiguous(wall_clock[text], profile)]
    impossible: Counter[str] = Counter()
    for (x, y), count in seen["place"].items():
        try:
            read_point(x, y, profile)
        except UnreadableValue as refusal:
            impossible[refusal.code] += count

    assert sum(seen["date"].values()) == 878_049
    assert {word for word, _ in seen["offence"]} == set(profile.category_map)
    assert all(read_offence(word, said, profile) for word, said in seen["offence"])
    assert all(read_status(word, profile) for (word,) in seen["status"])
    assert sum(seen["date"][text,] for text in skipped) == 47
    assert sum(seen["date"][text,] for text in ambiguous) == 262
    assert impossible == {"coordinates_impossible": 67}
