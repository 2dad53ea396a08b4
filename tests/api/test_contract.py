"""A few made-up requests for every operation; script/drill api sends tens of thousands as every role."""

from __future__ import annotations

from pathlib import Path

from tests.browser.served import LOGINS, serve
from tests.support.contract import fuzz


def test_the_api_keeps_its_contract(tmp_path: Path, worker_name: str) -> None:
    with serve(tmp_path, f"nethra_test_contract_{worker_name}") as served:
        found = fuzz(served, LOGINS["supervisor"], tmp_path / "cases", examples=1, seed=1, phases="fuzzing")

    assert found.failures == []
    assert found.cases > 100
