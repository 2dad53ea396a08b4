"""The measurements of links and series run from beginning to end; no time is asserted."""

from __future__ import annotations

import json
import sys

import pytest

from bench import linkage, series
from tests.insights.methods.data import file_of


@pytest.mark.data
def test_models_are_compared_over_splits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of("crimelinkage/crimes.csv")
    monkeypatch.setattr(sys, "argv", ["linkage", "--splits", "4", "--unlinked", "3000", "--json"])

    assert linkage.main() == 0

    told = json.loads(capsys.readouterr().out)
    assert set(told["models"]) == {"logistic", "curved", "bayes"}
    assert told["models"]["logistic"]["gain"] == {"mean": 0, "low": 0, "high": 0}
    for model in told["models"].values():
        plain, wide = model["gain"], model["gain_allowing_for_shared_crimes"]
        assert 0.7 < model["auc"]["mean"] < 1
        assert wide["low"] <= plain["low"] <= plain["mean"] <= plain["high"] <= wide["high"]


@pytest.mark.data
def test_a_table_is_printed_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of("crimelinkage/crimes.csv")
    monkeypatch.setattr(sys, "argv", ["linkage", "--splits", "3", "--unlinked", "2000"])

    assert linkage.main() == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("48 series, 255 linked and 2000 unlinked pairs, 3 splits")
    assert [line.split()[0] for line in lines[1:]] == ["logistic", "curved", "bayes"]


def test_planted_series_are_ranked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["series", "--crimes", "800", "--metres", "3000"])

    assert series.main() == 0

    told = json.loads(capsys.readouterr().out)
    assert all(rank <= 10 for rank in told["ranks"])
    assert told["pairs"] > 0


def test_absent_data_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("tests.insights.methods.data.ROOT", tmp_path)
    with pytest.raises(SystemExit, match="NETHRA_DATA"):
        linkage.measured(3, 0, 100)
