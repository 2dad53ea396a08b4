"""Goals of the methods of analysis are judged rightly, and their measurement runs from beginning to end."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import analysis

GOAL = analysis.Goal("knox", "Knox", 1000, 10, ratio=100)


def measuring(*, ratio: float = 200, megabytes: float = 100, agree: bool = True, given: str = "a") -> Any:
    """Return a measurement in which the library's seconds are a millionth of the square of its incidents."""

    def measure(part: str, side: str, events: int) -> dict[str, Any]:
        seconds = events**2 / 1e6
        if side == "ours":
            return {"seconds": seconds / ratio, "megabytes": megabytes, "digest": "a"}
        return {"seconds": seconds, "megabytes": 1, "digest": given, "agree": agree}

    return measure


@pytest.mark.parametrize(
    ("told", "met"),
    [
        ({}, True),
        ({"ratio": 99}, False),
        ({"megabytes": 1025}, False),
        ({"agree": False}, False),
        ({"given": "b"}, False),
    ],
)
def test_a_goal_asks_for_speed_memory_agreement_and_the_same_incidents(
    told: dict[str, Any], met: bool
) -> None:
    assert analysis.judged(measuring(**told), GOAL, 1000)["met"] is met


def test_a_quick_run_judges_agreement_but_not_speed() -> None:
    assert analysis.judged(measuring(ratio=1), GOAL, 10, quick=True)["met"]
    assert not analysis.judged(measuring(agree=False), GOAL, 10, quick=True)["met"]


def test_the_most_incidents_within_the_time_are_found() -> None:
    found = analysis.most_events(measuring(), 1000, 600)

    # A millionth of the square is 600 s at 24,494; the margin leaves 540 s.
    assert found == 23_200


def test_clusters_are_measured_from_beginning_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "figures.json"
    monkeypatch.setattr(
        sys, "argv", ["analysis", "--quick", "--only", "clusters", "lags", "--json", str(kept)]
    )

    assert analysis.main() == 0

    clusters, lags = json.loads(kept.read_text())["goals"]
    assert clusters["theirs"]["agree"]
    assert clusters["theirs"]["digest"] == clusters["ours"]["digest"]
    assert 0 < lags["ours"]["imports_megabytes"] <= lags["ours"]["megabytes"]
    assert "DBSCAN, beside scikit-learn | 5,000" in capsys.readouterr().out
