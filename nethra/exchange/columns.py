"""Records as rows of a table: one column for each plain value, the same in every format that has columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nethra.core.access import Access
from nethra.core.fields import Declaration, Field, Kind
from nethra.core.rows import Record

#: Between the values of a cell that holds several.
BETWEEN = "; "
#: What holds several values, or one that no table has.
_TEXTS = (Kind.KEY, Kind.JSON)


@dataclass(frozen=True)
class Column:
    """A column: its name, the kind of its values (None: a number with a fraction), and how to read one off a record."""

    name: str
    kind: Kind | None
    read: Callable[[Record], Any]


def columns_of(declaration: Declaration, access: Access, *, with_point: bool) -> list[Column]:
    """Return the columns that an access may have of a declaration's records.

    A field that is withheld from the access in all records has no column, one that is withheld in some is empty
    there; the column ``redacted`` names both. ``with_point`` adds the place as longitude and latitude (EPSG:4326).
    """
    columns = [
        column
        for field in declaration.readable_by(access)
        for column in _columns(field, with_point=with_point)
    ]
    return (
        [*columns, Column("redacted", Kind.TEXT, _listed("redacted"))] if declaration.is_guarded else columns
    )


def _columns(field: Field, *, with_point: bool) -> list[Column]:
    if field.kind is Kind.POINT:
        named = ("longitude", "latitude") if with_point else ()
        return [Column(name, None, _ordinate(field.name, at)) for at, name in enumerate(named)]
    if field.kind is Kind.ROWS:
        return [
            Column(f"{field.name}_{part.name}", Kind.TEXT, _parts(field.name, part.name))
            for part in field.parts
        ]
    if field.kind is Kind.WORDS:
        return [Column(field.name, Kind.TEXT, _listed(field.name))]
    if field.kind in _TEXTS:
        return [Column(field.name, Kind.TEXT, _text(field.name))]
    return [Column(field.name, field.kind, _plain(field.name))]


def _plain(name: str) -> Callable[[Record], Any]:
    return lambda record: record.get(name)


def _text(name: str) -> Callable[[Record], Any]:
    def read(record: Record) -> str | None:
        value = record.get(name)
        return None if value is None else str(value)

    return read


def _listed(name: str) -> Callable[[Record], Any]:
    return lambda record: BETWEEN.join(record.get(name) or ())


def _parts(name: str, part: str) -> Callable[[Record], Any]:
    def read(record: Record) -> str:
        return BETWEEN.join(_word(row[part]) for row in record.get(name) or ())

    return read


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _ordinate(name: str, at: int) -> Callable[[Record], Any]:
    def read(record: Record) -> float | None:
        point = record.get(name)
        return None if point is None else float(point["coordinates"][at])

    return read
