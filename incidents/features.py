"""What a file of shapes holds, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import GEOSGeometry

#: The largest file that is read, and the most that is read of one.
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Feature:
    """One shape as the file has it, with its attributes as text; `place` is its position from 1.

    The shape is empty where the file has none.
    """

    place: int
    attributes: dict[str, str]
    shape: GEOSGeometry


@dataclass(frozen=True)
class AreaFile:
    """A file's features; `srid` is None where the file does not say it."""

    fields: tuple[str, ...]
    features: tuple[Feature, ...]
    srid: int | None


def as_text(value: Any) -> str:
    """Return an attribute as text; whole numbers without a fraction, since 12.0 is beat 12."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
