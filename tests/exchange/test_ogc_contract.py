"""The OGC API against its own definition: requests that schemathesis makes up, sent with a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from incidents.choices import AreaKind
from tests.api.calls import anonymous
from tests.exchange.ogc import ROOT, basic, key_for
from tests.support.cases import make_case
from tests.support.contract import fuzz_document
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident


@pytest.fixture
def key(committed_cast: Cast) -> str:
    access = access_for(committed_cast.officer)
    make_case(access, make_incident(access))
    make_area(access_for(committed_cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    return key_for(committed_cast.officer)


def test_it_keeps_its_contract(key: str, live_server: Any, tmp_path: Path) -> None:
    document = tmp_path / "definition.json"
    document.write_bytes(anonymous().get(f"{ROOT}/api").content)

    found = fuzz_document(
        document, f"{live_server.url}{ROOT}", tmp_path / "cases", basic(key), examples=3, seed=1
    )

    assert found.failures == []
    assert found.cases > 30
