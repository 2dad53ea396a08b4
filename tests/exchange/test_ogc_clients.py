"""What people use reads the OGC API from a server that listens: GDAL's ogrinfo and ogr2ogr, and OWSLib."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from owslib.ogcapi.features import Features
from owslib.util import Authentication

from incidents.choices import AreaKind
from incidents.models import Incident
from incidents.sealing import seal_incident
from nethra.core.scope import agency_scope
from tests.exchange.ogc import ROOT, key_for
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident
from tests.support.secrets import ORDER

MANY = 25


class Desktop:
    """GDAL with a key, at the address of a server."""

    def __init__(self, url: str, key: str) -> None:
        self.source = f"OAPIF:{url}{ROOT}"
        self.key = key

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Return how a command ended; what GDAL asked for stands in its errors."""
        environment = {**os.environ, "GDAL_HTTP_USERPWD": f"token:{self.key}", "CPL_DEBUG": "ON"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done


@pytest.fixture
def served(committed_cast: Cast, live_server: Any) -> Cast:
    """A server with more incidents than GDAL takes at once, one of them sealed in part."""
    access, admin = access_for(committed_cast.officer), access_for(committed_cast.admin)
    make_area(admin, AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    made = [make_incident(access) for _ in range(MANY)]
    make_case(access, made[0])
    with agency_scope(admin):
        seal_incident(access=admin, incident=made[1], parts=("narrative", "place"), **ORDER)
    return committed_cast


@pytest.fixture
def desktop(served: Cast, live_server: Any) -> Desktop:
    if shutil.which("ogrinfo") is None:
        pytest.skip("gdal-bin is not installed.")
    return Desktop(live_server.url, key_for(served.officer))


def features_of(path: Path, layer: str) -> int:
    done = subprocess.run(["ogrinfo", "-so", str(path), layer], capture_output=True, text=True, check=True)
    (count,) = re.findall(r"^Feature Count: (\d+)$", done.stdout, re.MULTILINE)
    return int(count)


def asked_for(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the addresses of items that GDAL fetched."""
    return re.findall(r"HTTP: Fetch\((\S+/items\S*)\)", done.stderr)


def test_ogrinfo_lists_the_collections(desktop: Desktop) -> None:
    said = desktop.run("ogrinfo", desktop.source).stdout

    assert re.findall(r"^\d+: (\w+)", said, re.MULTILINE) == ["incidents", "cases", "areas"]


def test_ogr2ogr_copies_every_incident_that_the_person_may_see(
    served: Cast, desktop: Desktop, tmp_path: Path
) -> None:
    copy = tmp_path / "incidents.gpkg"

    done = desktop.run("ogr2ogr", str(copy), desktop.source, "incidents")

    access = access_for(served.officer)
    with agency_scope(access):
        assert features_of(copy, "incidents") == Incident.objects.visible_to(access).count() == MANY
    # Ten at first, then everything: not every ten.
    assert len(asked_for(done)) <= 4


def test_what_is_withheld_is_not_in_the_copy(desktop: Desktop, tmp_path: Path) -> None:
    copy = tmp_path / "incidents.geojson"
    desktop.run("ogr2ogr", "-f", "GeoJSON", str(copy), desktop.source, "incidents")

    (sealed,) = [each for each in json.loads(copy.read_text())["features"] if each["geometry"] is None]

    assert not {"description", "address", "beat"} & set(sealed["properties"])
    assert sealed["properties"]["redacted"][0] == "notes"
    assert "location" in sealed["properties"]["redacted"]


def test_a_filter_is_sent_to_the_server(desktop: Desktop) -> None:
    done = desktop.run("ogrinfo", "-q", "-where", "status='closed'", desktop.source, "incidents")
    other = desktop.run("ogrinfo", "-so", "-where", "status='reported'", desktop.source, "incidents")

    assert any("status=closed" in address for address in asked_for(done))
    assert "OGRFeature" not in done.stdout
    assert f"Feature Count: {MANY}" in other.stdout


def test_a_box_and_a_period_are_sent_to_the_server(desktop: Desktop) -> None:
    box = desktop.run(
        "ogrinfo", "-so", "-spat", "-122.5", "37.7", "-122.4", "37.8", desktop.source, "incidents"
    )
    when = "occurred_from >= '2026/03/03 00:00:00'"
    period = desktop.run("ogrinfo", "-q", "-where", when, desktop.source, "incidents")

    assert any("bbox=-122.5" in address for address in asked_for(box))
    assert f"Feature Count: {MANY - 1}" in box.stdout
    assert any("datetime=2026-03-03T00:00:00Z%2F.." in address for address in asked_for(period))
    assert "OGRFeature" not in period.stdout


def test_areas_and_cases_are_layers_too(desktop: Desktop, tmp_path: Path) -> None:
    copy = tmp_path / "all.gpkg"
    desktop.run("ogr2ogr", str(copy), desktop.source)

    assert (features_of(copy, "areas"), features_of(copy, "cases")) == (1, 1)


def test_owslib_lists_and_pages(served: Cast, live_server: Any) -> None:
    secret = Authentication(username="token", password=key_for(served.officer))
    found = Features(f"{live_server.url}{ROOT}", auth=secret)

    page = found.collection_items("incidents", limit=10)
    (following,) = [each["href"] for each in page["links"] if each["rel"] == "next"]
    rest = found.collection_items(
        "incidents", limit=1000, after=re.findall("after=([0-9a-f-]+)", following)[0]
    )

    assert found.feature_collections() == ["incidents", "cases", "areas"]
    assert (page["numberMatched"], page["numberReturned"], rest["numberReturned"]) == (MANY, 10, MANY - 10)
    one = found.collection_item("incidents", page["features"][0]["id"])
    assert one["properties"]["number"] == page["features"][0]["properties"]["number"]
    assert found.api()["openapi"] == "3.0.3"
    assert found.conformance()["conformsTo"]
