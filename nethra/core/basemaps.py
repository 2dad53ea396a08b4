"""The base map behind every map: none, an address on the network, or a file of tiles that is served from here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from pmtiles.reader import MmapSource, Reader

from nethra.core.access import access_of
from nethra.core.errors import NotFound

MAX_ZOOM = 22
#: What a tile file calls its tiles -> their type.
TYPES = {
    "pbf": "application/vnd.mapbox-vector-tile",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
#: As PMTiles number them.
_PMTILES_TYPES = ("", "pbf", "png", "jpg", "webp")
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class TileFile:
    """An open file of tiles: what its tiles are, how deep it goes, and a tile by zoom, column and row (XYZ)."""

    format: str
    max_zoom: int
    tile: Callable[[int, int, int], bytes | None]


@dataclass(frozen=True)
class Basemap:
    """What a map's script needs: an address with {z}, {x} and {y}, vector tiles or pictures, the deepest zoom."""

    url: str
    is_vector: bool = False
    max_zoom: int = 19


def basemap() -> Basemap:
    """Return the base map of this installation; its address is '' where there is none."""
    if not settings.BASEMAP_FILE:
        return Basemap(settings.BASEMAP_URL)
    found = open_tiles(settings.BASEMAP_FILE)
    address = reverse("admin:map_base", kwargs={"z": 0, "x": 0, "y": 0}).replace("0/0/0", "{z}/{x}/{y}")
    return Basemap(address, found.format == "pbf", found.max_zoom)


def base_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Answer one tile of the base map's file, 204 where it has none; raise NotFound without a file."""
    access_of(request)
    if not settings.BASEMAP_FILE or z > MAX_ZOOM or x >= 2**z or y >= 2**z:
        raise NotFound("There is no such tile.", code="no_such_tile")
    tiles = open_tiles(settings.BASEMAP_FILE)
    body = tiles.tile(z, x, y) or b""
    headers = {"Cache-Control": "private, max-age=86400", "Vary": "Cookie"}
    if body.startswith(GZIP):
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(body, status=200 if body else 204, content_type=TYPES[tiles.format], headers=headers)


def open_tiles(path: str) -> TileFile:
    """Return a file of tiles, .pmtiles or .mbtiles, as it is today; raise ValueError where it is none."""
    return _opened(path, os.stat(path).st_mtime_ns)


@register()
def check_basemap(**_: object) -> list[CheckMessage]:
    """Refuse a file of tiles that no map could be drawn of."""
    if not settings.BASEMAP_FILE:
        return []
    try:
        open_tiles(settings.BASEMAP_FILE)
    except (ValueError, OSError) as problem:
        return [Error(f"BASEMAP_FILE cannot be served. {problem}", id="nethra.E020")]
    return []


@lru_cache(maxsize=2)
def _opened(path: str, _changed: int) -> TileFile:
    read = _pmtiles if path.endswith(".pmtiles") else _mbtiles
    found = read(Path(path))
    if found.format not in TYPES:
        raise ValueError(
            f"Its tiles are {found.format or 'of no known kind'}, not one of {', '.join(TYPES)}."
        )
    return found


def _pmtiles(path: Path) -> TileFile:
    with path.open("rb") as file:
        # The map of the memory outlives the file's handle.
        reader = Reader(MmapSource(file))
    header = reader.header()
    kind = int(header["tile_type"].value)
    name = _PMTILES_TYPES[kind] if kind < len(_PMTILES_TYPES) else ""
    return TileFile(name, int(header["max_zoom"]), reader.get)


def _mbtiles(path: Path) -> TileFile:
    try:
        with _database(path) as database:
            told = dict(database.execute("SELECT name, value FROM metadata").fetchall())
            deepest = database.execute("SELECT max(zoom_level) FROM tiles").fetchone()[0]
    except sqlite3.Error as problem:
        raise ValueError("It is no MBTiles database.") from problem

    def tile(z: int, x: int, y: int) -> bytes | None:
        # MBTiles count rows from the south.
        place = (z, x, 2**z - 1 - y)
        wanted = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
        with _database(path) as database:
            found = database.execute(wanted, place).fetchone()
        return bytes(found[0]) if found else None

    return TileFile(str(told.get("format", "")).replace("jpeg", "jpg"), int(deepest or 0), tile)


def _database(path: Path) -> closing[sqlite3.Connection]:
    # One for each question: sqlite3's connections may not be shared between threads.
    return closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True))
