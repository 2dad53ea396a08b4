"""Layers of the map: what the catalogue knows is served to whoever is signed in, and nothing else is."""

from __future__ import annotations

import pytest
from django.core.checks import CheckMessage
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from insights.reference_layers import tiles
from insights.reference_layers.catalogue import LayerKind, find_layers, read_catalogue
from insights.reference_layers.checks import reference_layers_fit
from nethra.core.checks import row_security_stands
from nethra.core.errors import NotFound
from tests.support.layers import as_operator
from tests.support.people import Cast, console_client

# A layer is committed by another login, so each test has a database of its own.
pytestmark = pytest.mark.django_db(transaction=True)
#: The tile of -122.42, 37.77 at zoom 14, and its neighbour on the other side of the world.
HERE, ELSEWHERE = "14/2620/6333", "14/10000/6333"


def make(*statements: str) -> None:
    with as_operator() as owner:
        for statement in statements:
            owner.execute(statement)


def hydrants() -> None:
    make(
        "CREATE TABLE layers.hydrants (gid int, name text, owner text, geom geometry(Point, 4326))",
        "COMMENT ON TABLE layers.hydrants IS 'Fire hydrants'",
        "INSERT INTO layers.hydrants SELECT n, 'H' || n, 'SECRETOWNER', "
        "ST_SetSRID(ST_MakePoint(-122.42 + n * 0.0001, 37.77), 4326) FROM generate_series(1, 5) n",
    )


def test_a_layer_is_served_to_whoever_is_signed_in(committed_cast: Cast) -> None:
    hydrants()
    for person in ("prosecutor", "officer", "auditor", "south_officer"):
        answer = console_client(getattr(committed_cast, person)).get(
            f"/console/map/layers/hydrants/{HERE}.mvt"
        )
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
        assert b"H3" in answer.content
        assert b"SECRETOWNER" not in answer.content
        assert "Nethra-Cut" not in answer

    assert Client().get(f"/console/map/layers/hydrants/{HERE}.mvt").status_code == 401


def test_nothing_there_is_204_and_what_is_known_304(committed_cast: Cast) -> None:
    hydrants()
    client = console_client(committed_cast.analyst)
    url = f"/console/map/layers/hydrants/{HERE}.mvt"
    first = client.get(url)

    assert client.get(f"/console/map/layers/hydrants/{ELSEWHERE}.mvt").status_code == 204
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make(
        "INSERT INTO layers.hydrants (name, geom) VALUES ('New', ST_SetSRID(ST_MakePoint(-122.42, 37.77), 4326))"
    )
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "unknown/14/2620/6333",
        "hydrants/7/20/49",
        "hydrants/23/1/1",
        "hydrants/14/16384/1",
        "hydrants%22%20WHERE%20true--/14/2620/6333",
        "incidents_incident/14/2620/6333",
        "pg_authid/14/2620/6333",
    ],
)
def test_what_is_not_in_the_catalogue_or_the_world_is_404(committed_cast: Cast, address: str) -> None:
    hydrants()

    answer = console_client(committed_cast.analyst).get(f"/console/map/layers/{address}.mvt")

    assert answer.status_code == 404
    assert answer.json()["code"] in ("no_such_layer", "no_such_tile")


def test_names_are_quoted_whatever_they_are(committed_cast: Cast) -> None:
    name = 'My "own" {layer}; DROP'
    quoted = '"My ""own"" {layer}; DROP"'
    make(
        f'CREATE TABLE layers.{quoted} ("the ""geom""" geometry(Polygon, 3857))',
        f"INSERT INTO layers.{quoted} VALUES (ST_TileEnvelope(14, 2620, 6333))",
    )

    tile = tiles.layer_tile(name, 14, 2620, 6333)

    assert tile.body
    page = console_client(committed_cast.analyst).get("/console/map/").content.decode()
    assert "My%20%22own%22%20%7Blayer%7D%3B%20DROP/{z}/{x}/{y}.mvt" in page


def test_a_tile_of_too_many_says_so(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hydrants()
    monkeypatch.setattr(tiles, "MOST_FEATURES", 4)

    cut = tiles.layer_tile("hydrants", 14, 2620, 6333)
    assert (cut.is_cut, cut.body.count(b"H")) == (True, 4)
    assert console_client(committed_cast.analyst).get(f"/console/map/layers/hydrants/{HERE}.mvt")[
        "Nethra-Cut"
    ]


@pytest.mark.parametrize(
    ("column", "shape", "kind"),
    [
        ("geometry(MultiLineString, 26910)", "ST_Multi(ST_Boundary(t.box))", LayerKind.LINE),
        ("geometry(MultiPolygonZ, 3857)", "ST_Force3D(ST_Multi(t.box))", LayerKind.AREA),
        ("geometry(Geometry, 4326)", "t.box", LayerKind.MIXED),
    ],
)
def test_every_kind_and_reference_becomes_a_tile(
    committed_cast: Cast, column: str, shape: str, kind: LayerKind
) -> None:
    srid = next(number for number in ("26910", "3857", "4326") if number in column)
    make(
        f"CREATE TABLE layers.shapes (geom {column})",
        f"INSERT INTO layers.shapes SELECT {shape} FROM "
        f"(SELECT ST_Transform(ST_TileEnvelope(16, 10481, 25334), {srid}) AS box) t",
    )

    [layer] = find_layers()

    assert (layer.kind, layer.title, layer.has_label) == (kind, "Shapes", False)
    assert tiles.layer_tile("shapes", 14, 2620, 6333).body
    assert not tiles.layer_tile("shapes", 14, 10000, 16000).body


LEFT_OUT = {
    "no_shape": ("CREATE TABLE layers.x (name text)", "it has no geometry column"),
    "two_shapes": (
        "CREATE TABLE layers.x (a geometry(Point, 4326), b geometry(Point, 4326))",
        "it has more than one geometry column",
    ),
    "no_srid": ("CREATE TABLE layers.x (a geometry(Point))", "the SRID of its geometry is not known"),
    "strange": (
        "CREATE TABLE layers.x (a geometry(CurvePolygon, 4326))",
        "no map draws its kind of geometry",
    ),
    "incidents": (
        "CREATE VIEW layers.x AS SELECT location::geometry(Point, 4326) AS a FROM incidents_incident",
        "it reads tables outside the schema",
    ),
    "closed": ("CREATE TABLE layers.x (a geometry(Point, 4326))", "the application may not read it"),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_what_is_no_layer_is_left_out_and_told(committed_cast: Cast, case: str) -> None:
    statement, reason = LEFT_OUT[case]
    make(statement)
    if case == "closed":
        make("REVOKE SELECT ON layers.x FROM nethra_app")

    [left_out] = read_catalogue()[1]

    assert left_out.reason.startswith(reason)
    [warning] = reference_layers_fit(databases=["default"])
    assert (warning.id, warning.msg) == (
        "nethra.W021",
        f"layers.x is left out of the map: {left_out.reason}.",
    )
    with pytest.raises(NotFound):
        tiles.layer_tile("x", 14, 2620, 6333)


def test_a_view_of_a_layer_is_a_layer(committed_cast: Cast) -> None:
    hydrants()
    make("CREATE VIEW layers.first AS SELECT name, geom FROM layers.hydrants WHERE gid = 1")

    assert tiles.layer_tile("first", 14, 2620, 6333).body.count(b"H") == 1


def test_the_application_only_reads_there(committed_cast: Cast) -> None:
    hydrants()
    for statement in (
        "INSERT INTO layers.hydrants (gid) VALUES (1)",
        "UPDATE layers.hydrants SET gid = 1",
        "DELETE FROM layers.hydrants",
        "CREATE TABLE layers.own (gid int)",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    assert reference_layers_fit(databases=["default"]) == []
    assert row_security_stands(databases=["default"]) == []


def test_a_right_to_write_there_is_an_error(committed_cast: Cast) -> None:
    hydrants()
    make("GRANT INSERT ON layers.hydrants TO nethra_app")

    problems: list[CheckMessage] = reference_layers_fit(databases=["default"])

    assert [(problem.id, problem.msg) for problem in problems] == [
        ("nethra.E021", "The application may write to layers.hydrants.")
    ]


def test_the_page_lists_the_layers_by_their_titles(committed_cast: Cast) -> None:
    client = console_client(committed_cast.analyst)
    assert "data-reference" not in client.get("/console/map/").content.decode().replace("data-reference-", "")

    hydrants()
    page = client.get("/console/map/").content.decode()

    assert 'data-layer="hydrants" data-layer-kind="point"' in page
    assert 'data-layer-url="/console/map/layers/hydrants/{z}/{x}/{y}.mvt"' in page
    assert "Fire hydrants" in page
