"""Small files of tiles, as their formats say."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write as open_archive

#: A picture of one grey point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6368000000820081774cfa0000000049454e44ae426082"
)
#: A vector tile with nothing in it, packed as tile files pack theirs.
PBF = gzip.compress(b"", mtime=0)


def make_mbtiles(path: Path, *, kind: str = "png", body: bytes = PNG) -> Path:
    """Write a database with the tile 1/0/0, counted from the north."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE metadata (name text, value text)")
        database.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        database.execute("INSERT INTO metadata VALUES ('format', ?)", [kind])
        database.execute("INSERT INTO tiles VALUES (1, 0, 1, ?)", [body])
    return path


def make_pmtiles(path: Path, *, kind: TileType = TileType.PNG, body: bytes = PNG) -> Path:
    """Write an archive with the tile 1/0/0."""
    packed = Compression.GZIP if kind == TileType.MVT else Compression.NONE
    with open_archive(str(path)) as archive:
        archive.write_tile(zxy_to_tileid(1, 0, 0), body)
        archive.finalize({"tile_type": kind, "tile_compression": packed, "center_zoom": 1}, {})
    return path
