"""Writes GeoPackages. Importing this takes half a second, so it is left to those who take such a file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyogrio

from nethra.core.geo import STORAGE_SRID

#: The column with the shapes of a layer, as WKB.
GEOMETRY = "geometry"


def write_layer(
    out: Path | BytesIO,
    rows: pa.RecordBatchReader,
    *,
    layer: str,
    geometry_type: Literal["Point", "MultiPolygon"],
) -> None:
    """Write a GeoPackage with one layer (EPSG:4326) and its spatial index; its shapes are the column ``geometry``."""
    pyogrio.write_arrow(
        rows,
        out,
        driver="GPKG",
        layer=layer,
        geometry_name=GEOMETRY,
        geometry_type=geometry_type,
        crs=f"EPSG:{STORAGE_SRID}",
        # The next one is not whole to the GDAL of Debian 12.
        dataset_options={"VERSION": "1.3"},
    )
