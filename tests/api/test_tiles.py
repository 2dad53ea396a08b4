from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.gdal import DataSource
from django.contrib.gis.geos import Point

from incidents.filters import IncidentFilters
from incidents.tiles import incident_tile, square_of
from nethra.core.errors import NotAllowed
from nethra.core.scope import agency_scope
from tests.api.calls import get, refusal
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int, int]:
    """Return z, x, y of the tile that holds a place."""
    n = 2**zoom
    across = (longitude + 180) / 360 * n
    down = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n
    return zoom, int(across), int(down)


def decoded(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """Return layer -> attributes of its features, as GDAL's own reader sees the tile."""
    with tempfile.NamedTemporaryFile(suffix=".mvt") as file:
        Path(file.name).write_bytes(content)
        return {layer.name: [_attributes(feature) for feature in layer] for layer in _layers(file.name)}


def _layers(name: str) -> Iterator[Any]:
    source = DataSource(name)
    for index in range(source.layer_count):
        yield source[index]


def _attributes(feature: Any) -> dict[str, Any]:
    return {name: feature.get(name) for name in feature.fields if name != "mvt_id"}


def path(z: int, x: int, y: int) -> str:
    return f"tiles/incidents/{z}/{x}/{y}.mvt"


HERE = tile_of(-122.42, 37.77, 14)


def test_a_close_tile_holds_incidents(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), "23F", "220")

    answer = get(cast.analyst, path(*HERE))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["Cache-Control"].startswith("private")
    assert decoded(answer.content) == {
        "incidents": [
            {
                "id": str(incident.pk),
                "number": incident.number,
                "offence": "23F",
                "status": "reported",
                "t": int(incident.occurred_from.timestamp()),
            }
        ]
    }


@pytest.mark.parametrize("where", [path(*tile_of(-122.42, 37.77, 10)), path(*HERE) + "?bins=1"])
def test_a_far_tile_holds_bins(cast: Cast, where: str) -> None:
    for _ in range(3):
        make_incident(access_for(cast.officer))

    assert decoded(get(cast.analyst, where).content) == {"bins": [{"count": 3}]}


def test_a_crowded_tile_holds_bins_at_any_zoom(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.tiles.MAX_POINTS", 2)
    for _ in range(3):
        make_incident(access_for(cast.officer))

    assert decoded(get(cast.analyst, path(*HERE)).content) == {"bins": [{"count": 3}]}


def test_a_bin_on_the_edge_counts_alike_in_both_tiles(cast: Cast) -> None:
    z, x, y = tile_of(-122.42, 37.77, 10)
    edge = x / 2**z * 360 - 180
    for offset in (-0.0005, 0.0005):
        make_incident(access_for(cast.officer), location=Point(edge + offset, 37.77, srid=4326))

    left = decoded(get(cast.analyst, path(z, x - 1, y)).content)["bins"]
    right = decoded(get(cast.analyst, path(z, x, y)).content)["bins"]

    assert sum(f["count"] for f in left) == sum(f["count"] for f in right) == 2


def test_an_empty_tile_is_204(cast: Cast) -> None:
    make_incident(access_for(cast.south_admin))

    answer = get(cast.analyst, path(*HERE))

    assert (answer.status_code, answer.content) == (204, b"")


def test_filters_bound_the_tile(cast: Cast) -> None:
    make_incident(access_for(cast.officer), "220")

    assert get(cast.analyst, path(*HERE) + "?offence=23F").status_code == 204
    assert get(cast.analyst, path(*HERE) + "?offence=220").status_code == 200
    assert refusal(get(cast.analyst, path(*HERE) + "?colour=red")) == (400, "unknown_parameter")


@pytest.mark.parametrize(("z", "x", "y"), [(23, 0, 0), (2, 4, 0), (2, 0, 4), (0, 1, 0), (10**6, 1, 1)])
def test_a_tile_outside_the_world_is_not_found(cast: Cast, z: int, x: int, y: int) -> None:
    assert refusal(get(cast.analyst, path(z, x, y))) == (404, "no_such_tile")


def test_tiles_need_their_capability(cast: Cast) -> None:
    from dataclasses import replace

    access = replace(access_for(cast.analyst), capabilities=frozenset())

    with pytest.raises(NotAllowed):
        incident_tile(access, *HERE, IncidentFilters())


def test_a_tile_serves_without_the_leakproof_mark(cast: Cast, settings: Any) -> None:
    settings.GEO_INDEX = "lonlat"
    make_incident(access_for(cast.officer))
    access = access_for(cast.analyst)

    with agency_scope(access):
        assert incident_tile(access, *HERE, IncidentFilters())
        assert incident_tile(access, *HERE, IncidentFilters(), bins=True)


def test_an_envelope_is_the_tiles_square() -> None:
    west, south, east, north = square_of(0, 0, 0)

    assert (west, south) == pytest.approx((-20037508.34, -20037508.34), abs=0.01)
    assert (east, north) == pytest.approx((20037508.34, 20037508.34), abs=0.01)


def test_a_tile_is_sent_once_while_it_stays_the_same(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_incident(access)
    first = get(cast.analyst, path(*HERE))
    etag = first.headers["ETag"]

    again = get(cast.analyst, path(*HERE), **{"If-None-Match": f'"other", W/{etag}'})
    make_incident(access)
    changed = get(cast.analyst, path(*HERE), **{"If-None-Match": etag})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    assert "private" in changed.headers["Cache-Control"]


def test_what_a_tile_was_opens_nothing_for_another_agency(cast: Cast) -> None:
    make_incident(access_for(cast.officer))
    etag = get(cast.analyst, path(*HERE)).headers["ETag"]

    for said in (etag, "*"):
        assert get(cast.south_officer, path(*HERE), **{"If-None-Match": said}).status_code == 204


def test_the_description_leads_to_the_tiles_with_their_filters(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_URL = "https://nethra.example"
    incident = make_incident(access_for(cast.officer), "23F")

    answer = get(cast.analyst, "tiles/incidents.json?offence=23F&bins=0")

    told = answer.json()
    (url,) = told["tiles"]
    assert url == "https://nethra.example/api/v1/tiles/incidents/{z}/{x}/{y}.mvt?offence=23F&bins=0"
    assert answer.headers["Content-Type"] == "application/json"
    z, x, y = HERE
    tile = get(cast.analyst, url.partition("/api/v1/")[2].format(z=z, x=x, y=y))
    (layer,) = decoded(tile.content).items()
    described = {found["id"]: set(found["fields"]) for found in told["vector_layers"]}
    assert set(layer[1][0]) == described[layer[0]]
    assert layer[1][0]["number"] == incident.number


def test_a_description_refuses_what_its_tiles_would(cast: Cast) -> None:
    assert refusal(get(cast.analyst, "tiles/incidents.json?offense=23F"))[0] == 400
    assert refusal(get(cast.analyst, "tiles/incidents.json?bins=2"))[0] == 400
