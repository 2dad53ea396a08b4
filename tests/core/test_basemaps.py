"""Base maps of one file: what is served to whom, and what is no such file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pmtiles.tile import TileType

from nethra import environment
from nethra.core.basemaps import check_basemap
from tests.support.people import Cast, console_client
from tests.support.tiles import PBF, PNG, make_mbtiles, make_pmtiles

TILE = "/console/map/base/1/0/0"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "make"), [("a.mbtiles", make_mbtiles), ("a.pmtiles", make_pmtiles)])
def test_a_file_of_pictures_is_served_to_whoever_is_signed_in(
    cast: Cast, settings: Any, tmp_path: Path, name: str, make: Callable[[Path], Path]
) -> None:
    settings.BASEMAP_FILE = str(make(tmp_path / name))
    client = console_client(cast.prosecutor)

    answer = client.get(TILE)

    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert client.get("/console/map/base/1/1/0").status_code == 204
    assert client.get("/console/map/base/1/2/0").status_code == 404
    assert client.get("/console/map/base/60/0/0").status_code == 404
    assert Client().get(TILE).status_code == 401
    page = console_client(cast.analyst).get("/console/map/").content.decode()
    assert 'data-basemap-url="/console/map/base/{z}/{x}/{y}" data-basemap-zoom="1"' in page
    assert "data-basemap-vector" not in page
    form = console_client(cast.officer).get("/console/incidents/incident/add/").content.decode()
    assert 'data-basemap-url="/console/map/base/{z}/{x}/{y}"' in form


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a.mbtiles", "a.pmtiles"])
def test_a_file_of_vectors_says_so_and_stays_packed(
    cast: Cast, settings: Any, tmp_path: Path, name: str
) -> None:
    if name == "a.mbtiles":
        made = make_mbtiles(tmp_path / name, kind="pbf", body=PBF)
    else:
        made = make_pmtiles(tmp_path / name, kind=TileType.MVT, body=PBF)
    settings.BASEMAP_FILE = str(made)

    answer = console_client(cast.analyst).get(TILE)

    assert (answer.headers["Content-Encoding"], answer.content) == ("gzip", PBF)
    assert "data-basemap-vector" in console_client(cast.analyst).get("/console/map/").content.decode()


@pytest.mark.django_db
def test_without_a_file_there_are_no_tiles(cast: Cast) -> None:
    assert console_client(cast.analyst).get(TILE).status_code == 404


def test_tiles_of_no_known_kind_are_refused_at_the_start(settings: Any, tmp_path: Path) -> None:
    settings.BASEMAP_FILE = str(make_mbtiles(tmp_path / "a.mbtiles", kind="gif"))

    assert [problem.id for problem in check_basemap()] == ["nethra.E020"]


def test_a_setting_that_names_no_file_of_tiles_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = tmp_path / "a.mbtiles"
    text.write_text("not a database")
    good = str(make_pmtiles(tmp_path / "a.pmtiles"))
    for value, url, words in (
        (str(tmp_path / "missing.pmtiles"), "", "must be a file that ends in"),
        ("/etc/hostname", "", "must be a file that ends in"),
        (str(text), "", "not what its ending says"),
        (good, "https://tiles.example/{z}/{x}/{y}.png", "not both"),
    ):
        monkeypatch.setenv("BASEMAP_FILE", value)
        with pytest.raises(ImproperlyConfigured, match=words):
            environment.tile_file("BASEMAP_FILE", instead_of=url)

    monkeypatch.setenv("BASEMAP_FILE", good)
    assert environment.tile_file("BASEMAP_FILE", instead_of="") == good


WMTS = "https://maps.example/wmts/roads/default/GoogleMapsCompatible"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("", ""),
        ("https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/{z}/{x}/{y}.png"),
        ("https://tiles.example/{z}/{x}/{-y}.png", "https://tiles.example/{z}/{x}/{-y}.png"),
        (WMTS + "/{TileMatrix}/{TileRow}/{TileCol}.png", WMTS + "/{z}/{y}/{x}.png"),
        (WMTS + "/EPSG:3857:{tilematrix}/{tilerow}/{tilecol}", WMTS + "/EPSG:3857:{z}/{y}/{x}"),
    ],
)
def test_an_address_of_tiles_may_be_that_of_a_wmts(
    monkeypatch: pytest.MonkeyPatch, value: str, address: str
) -> None:
    monkeypatch.setenv("BASEMAP_URL", value)

    assert environment.tile_address("BASEMAP_URL") == address


@pytest.mark.parametrize(
    "value",
    [
        "https://tiles.example/map.png",
        "https://tiles.example/{z}/{x}.png",
        WMTS + "/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png",
    ],
)
def test_an_address_that_names_no_tile_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BASEMAP_URL", value)

    with pytest.raises(ImproperlyConfigured, match="BASEMAP_URL must hold"):
        environment.tile_address("BASEMAP_URL")
