"""A file becomes a layer of the map, in place of the one of that name, or one sentence says why not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from insights.reference_layers.catalogue import LayerKind, find_layers
from insights.reference_layers.loading import name_of
from insights.reference_layers.tiles import layer_tile
from nethra.core.errors import InvalidInput
from tests.support.database import ROOT
from tests.support.layers import as_operator, write_layer

pytestmark = pytest.mark.django_db(transaction=True)
HERE = [-122.42, 37.77]
LINE = [HERE, [-122.41, 37.77]]


def load(file: Path, *options: str, name: str = "Fire hydrants") -> dict[str, Any]:
    out = StringIO()
    call_command("load_map_layer", str(file), "--name", name, "--json", *options, stdout=out)
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def test_a_file_becomes_a_layer_with_nothing_but_names(tmp_path: Path) -> None:
    file = write_layer(tmp_path / "h.geojson", ("A", "Point", HERE), ("B", "Point", HERE), ("C", "", None))

    said = load(file)

    assert (said["layer"], said["kind"], said["features"], said["left_out"]) == (
        "fire_hydrants",
        "point",
        2,
        1,
    )
    assert len(said["file_sha256"]) == 64
    [layer] = find_layers()
    assert (layer.title, layer.kind, layer.srid, layer.has_label) == (
        "Fire hydrants",
        LayerKind.POINT,
        4326,
        True,
    )
    columns = rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'layers.fire_hydrants'::regclass AND attnum > 0"
    )
    assert {name for (name,) in columns} == {"id", "name", "shape"}
    assert layer_tile("fire_hydrants", 14, 2620, 6333).body


def test_loading_again_replaces_and_a_dry_run_does_not(tmp_path: Path) -> None:
    load(write_layer(tmp_path / "a.geojson", ("A", "Point", HERE)))
    other = write_layer(tmp_path / "b.geojson", ("B", "LineString", LINE), ("C", "MultiLineString", [LINE]))

    looked = load(other, "--dry-run")
    assert (looked["features"], looked["dry_run"]) == (2, True)
    assert rows("SELECT name FROM layers.fire_hydrants") == [("A",)]

    for _ in range(2):
        load(other)
    assert rows("SELECT name FROM layers.fire_hydrants ORDER BY 1") == [("B",), ("C",)]
    assert [layer.kind for layer in find_layers()] == [LayerKind.LINE]


def test_kinds_that_differ_become_a_layer_of_all_of_them(tmp_path: Path) -> None:
    square = [[HERE, [-122.41, 37.77], [-122.41, 37.78], HERE]]
    load(write_layer(tmp_path / "a.geojson", ("A", "Point", HERE), ("B", "Polygon", square)))

    assert [layer.kind for layer in find_layers()] == [LayerKind.MIXED]


@pytest.mark.parametrize(
    ("name", "content", "options", "sentence"),
    [
        ("a.txt", "", (), "must be one of"),
        ("a.geojson", "{", (), "is no GeoJSON"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', (), "There are no shapes in the file"),
        ("a.csv", "name,lon,lat\nA,1,95\n", (), "outside the Earth"),
        ("a.csv", "name,lon,lat\nA,1,5\n", ("--name-field", "nimi"), "There is no field 'nimi'"),
        ("a.csv", "name,lon,lat\nA\0,1,5\n", (), "PostgreSQL says|no text has"),
        ("missing.geojson", None, (), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    tmp_path: Path, name: str, content: str | None, options: tuple[str, ...], sentence: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content)

    with pytest.raises(CommandError, match=sentence):
        load(file, *options)

    assert find_layers() == []


def test_what_others_look_into_is_not_replaced(tmp_path: Path) -> None:
    file = write_layer(tmp_path / "a.geojson", ("A", "Point", HERE))
    load(file)
    with as_operator() as owner:
        owner.execute("CREATE VIEW layers.some AS SELECT name, shape FROM layers.fire_hydrants")

    with pytest.raises(CommandError, match="PostgreSQL says: cannot drop table"):
        load(file)


def test_without_the_owners_login_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIGRATE_DATABASE_URL")
    monkeypatch.delenv("MIGRATE_DATABASE_URL_FILE", raising=False)

    with pytest.raises(CommandError, match="MIGRATE_DATABASE_URL is missing"):
        load(write_layer(tmp_path / "a.geojson", ("A", "Point", HERE)))


def test_a_shell_is_told_by_exit_codes(tmp_path: Path) -> None:
    def run(*arguments: str) -> int:
        command = [sys.executable, "manage.py", "load_map_layer", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=dict(os.environ), capture_output=True, check=False
        ).returncode

    assert run(str(tmp_path / "missing.geojson"), "--name", "A") == 1
    assert run(str(tmp_path / "missing.geojson")) == 2


@pytest.mark.parametrize(
    ("title", "name"),
    [("Fire hydrants", "fire_hydrants"), ("Caf\u00e9s & Bars", "cafes_bars"), ("Stra\u00dfen", "strassen")],
)
def test_a_title_becomes_a_name(title: str, name: str) -> None:
    assert name_of(title) == name


@pytest.mark.parametrize("title", ["", "  ", "\u6d88\u706b\u6813", "12 roads", "a" * 60, "pg_x; DROP" * 20])
def test_a_title_without_a_name_is_refused(title: str) -> None:
    with pytest.raises(InvalidInput, match="must begin with a letter"):
        name_of(title)
