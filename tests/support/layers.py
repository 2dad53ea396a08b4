"""Reference layers in tests, put there by the login that puts them there in life."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def as_operator() -> Iterator[psycopg.Connection[Any]]:
    """Connect to the test's database as an operator who loads layers; what is done there commits."""
    dsn = os.environ["MIGRATE_DATABASE_URL"].replace("postgis://", "postgresql://", 1)
    with psycopg.connect(dsn, dbname=str(connection.settings_dict["NAME"]), autocommit=True) as opened:
        yield opened


def write_layer(path: Path, *features: tuple[str, str, Any]) -> Path:
    """Write a GeoJSON file of (name, kind of geometry, coordinates); return its path."""
    found = [
        {"type": "Feature", "properties": {"name": name, "owner": "secret"}, "geometry": shape}
        for name, shape in (
            (name, {"type": kind, "coordinates": places} if kind else None) for name, kind, places in features
        )
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": found}))
    return path
