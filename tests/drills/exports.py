"""San Francisco's incidents as files: their count, time and memory. Run by script/drill exports."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pyogrio
import pytest
from django.db import connection

from bench.import_sf import DISTRICTS, FILE, make_agency
from tests.support.database import ROOT, with_database

STORED = 875_659
MOST_SECONDS = 60
#: Of the whole process, with Django and the libraries.
MOST_MB = 500


def run(*arguments: str) -> dict[str, Any]:
    """Run a command and return what it printed with its seconds and its peak memory."""
    began = time.monotonic()
    url = with_database(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"]))
    command = [sys.executable, "manage.py", *arguments, "--agency", "sf", "--json"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    wall = round(time.monotonic() - began, 1)
    return {**json.loads(printed), "wall": wall, "peak_mb": used.ru_maxrss // 1024}


def rows_of(path: Path) -> tuple[int, int]:
    """Return how many records a file has, and how many of them a place; read by the tools of its field."""
    if path.suffix == ".parquet":
        read = pyarrow.parquet.read_table(path, columns=["geometry"])
        return read.num_rows, read.num_rows - read["geometry"].null_count
    if path.suffix == ".gpkg":
        _, read = pyogrio.read_arrow(path, columns=[])
        return read.num_rows, read.num_rows - read.column(read.num_columns - 1).null_count
    with path.open(encoding="utf-8", newline="") as file:
        placed = [row["longitude"] != "" for row in csv.DictReader(file)]
        return len(placed), sum(placed)


@pytest.mark.django_db(transaction=True)
def test_a_city_goes_out_within_a_minute(police_data: Path, tmp_path: Path) -> None:
    make_agency("sf", police_data / "sf" / DISTRICTS)
    connection.close()
    first = run("import_incidents", str(police_data / "sf" / FILE), "--profile", "sf")
    print(f"\nimported: {first['wall']} s, {first['peak_mb']} MB at most")

    for format, name in (("geoparquet", "sf.parquet"), ("csv", "sf.csv"), ("gpkg", "sf.gpkg")):
        path = tmp_path / name
        done = run("export_incidents", "--format", format, "--output", str(path), "--reason", "Drill")
        print(
            f"{format}: {done['wall']} s, {done['peak_mb']} MB at most, {path.stat().st_size / 1e6:.0f} MB of file"
        )
        assert (done["rows"], rows_of(path)[0]) == (STORED, STORED)
        assert rows_of(path)[1] == STORED
        assert done["peak_mb"] <= MOST_MB
        if format != "gpkg":
            assert done["wall"] <= MOST_SECONDS
