"""One declaration of a record's fields feeds fast reads, GeoJSON, serializer, schema and ordering."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.gis.db import models as gis
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, FloatField, Func
from django.db.models.expressions import BaseExpression

from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.conditions import AnyOf
from nethra.core.guards import RowGuard, withheld_where


class Kind(StrEnum):
    """What a field's value is in an answer."""

    KEY = "key"
    TEXT = "text"
    TIME = "time"
    DATE = "date"
    WHOLE = "whole"
    FLAG = "flag"
    JSON = "json"
    WORDS = "words"
    POINT = "point"
    SHAPE = "shape"
    ROWS = "rows"


#: The model fields that can stand behind a kind.
COLUMNS: dict[Kind, tuple[type[models.Field[Any, Any]], ...]] = {
    Kind.KEY: (models.UUIDField, models.ForeignKey),
    Kind.TEXT: (models.CharField, models.TextField, models.ForeignKey),
    Kind.TIME: (models.DateTimeField,),
    Kind.DATE: (models.DateField,),
    Kind.WHOLE: (models.IntegerField,),
    Kind.FLAG: (models.BooleanField,),
    Kind.JSON: (models.JSONField,),
    Kind.WORDS: (ArrayField,),
    Kind.POINT: (gis.PointField,),
    Kind.SHAPE: (gis.GeometryField,),
}


@dataclass(frozen=True)
class Field:
    """One field of a record.

    ``source`` is the ORM path of its column (by default its name); ``sql`` an expression instead of a column,
    which a field of kind ROWS needs, with ``parts`` describing each row. ``capability`` guards the field:
    without it the value is neither shown nor filtered, sorted or searched by. ``withheld`` does the same in
    some rows only.
    """

    name: str
    kind: Kind
    source: str = ""
    sql: BaseExpression | None = None
    capability: Capability | None = None
    withheld: tuple[RowGuard, ...] = ()
    is_ordered: bool = False
    parts: tuple[Field, ...] = ()
    description: str = ""

    @property
    def path(self) -> str:
        """The ORM path of the column."""
        return self.source or self.name

    def readable_by(self, access: Access) -> bool:
        """Return whether this access may see the value."""
        return self.capability is None or access.may(self.capability)

    def withheld_for(self, access: Access) -> BaseExpression | None:
        """Return the rows in which this access may not see the value; None where it may in all."""
        return withheld_where(access, self.withheld) if self.withheld else None

    def columns(self) -> list[str | BaseExpression]:
        """Return what to select: two numbers for a point, text for a shape, else one column."""
        if self.sql is not None:
            return [self.sql]
        if self.kind is Kind.POINT:
            return [ordinate("ST_X", self.path), ordinate("ST_Y", self.path)]
        if self.kind is Kind.SHAPE:
            return [AsGeoJSON(self.path, precision=7)]
        return [self.path]


#: Table -> what is declared of its rows, for whoever meets the columns without the model.
_DECLARED: dict[str, list[Declaration]] = {}


def declarations_of(table: str) -> list[Declaration]:
    """Return the declarations of a table's rows."""
    return _DECLARED.get(table, [])


@dataclass(frozen=True, eq=False)
class Declaration:
    """The fields of one kind of record, in the order of the answers. Every declaration is one of its own."""

    name: str
    model: type[models.Model]
    fields: tuple[Field, ...] = field(default=())

    def __post_init__(self) -> None:
        _DECLARED.setdefault(self.model._meta.db_table, []).append(self)

    def readable_by(self, access: Access) -> tuple[Field, ...]:
        """Return the fields this access may see."""
        return tuple(f for f in self.fields if f.readable_by(access))

    def redacted_for(self, access: Access) -> list[str] | None:
        """Return the names of the fields withheld; None where no field is guarded at all."""
        if not self.is_guarded:
            return None
        return [f.name for f in self.fields if not f.readable_by(access)]

    @property
    def is_guarded(self) -> bool:
        """Whether any field may be withheld."""
        return any(f.capability or f.withheld for f in self.fields)

    def orderings(self) -> dict[str, str]:
        """Return name -> ORM path of what may be sorted by."""
        return {f.name: f.path for f in self.fields if f.is_ordered}

    def require_readable(self, access: Access, names: Iterable[str]) -> None:
        """Raise NotAllowed where one of the fields is guarded and the access lacks the capability.

        SECURITY: a hidden value that can be filtered, sorted or searched by is not hidden.
        """
        wanted = set(names)
        for declared in self.fields:
            if declared.name in wanted and declared.capability is not None:
                access.require(declared.capability)

    def withheld_where(self, access: Access, names: Iterable[str]) -> BaseExpression | None:
        """Return the rows of which one of the fields is withheld from the access; None where none is.

        SECURITY: such rows must not be found by the fields they hide.
        """
        wanted = set(names)
        named = [f for f in self.fields if f.name in wanted]
        found = [where for f in named if (where := f.withheld_for(access)) is not None]
        return AnyOf(*found) if found else None

    def geometry(self) -> Field | None:
        """Return the field that becomes the geometry of a GeoJSON feature."""
        return next((f for f in self.fields if f.kind in (Kind.POINT, Kind.SHAPE)), None)

    def extended(self, *fields: Field) -> Declaration:
        """Return the same record with more fields, for its detail page."""
        return Declaration(f"{self.name}Detail", self.model, (*self.fields, *fields))


def ordinate(function: str, path: str) -> Func:
    """Return ST_X or ST_Y of a point column."""
    return Func(F(path), function=function, output_field=FloatField())


def bare(path: str) -> Func:
    """Return a geometry column as PostGIS keeps it, without Django's cast to bytes."""
    return Func(F(path), template="%(expressions)s", output_field=models.BinaryField())


class JsonRow(Func):
    """json_build_object with literal keys, in the order given (jsonb would sort them)."""

    def __init__(self, **columns: Any) -> None:
        self.keys = tuple(columns)
        super().__init__(*columns.values(), output_field=models.JSONField())

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts: list[str] = []
        values: list[Any] = []
        for key, expression in zip(self.keys, self.get_source_expressions(), strict=True):
            sql, params = compiler.compile(expression)
            parts.append(f"'{key}', {sql}")
            values.extend(params)
        return f"json_build_object({', '.join(parts)})", values


def breaches(declaration: Declaration) -> list[str]:
    """Return one sentence for each field without SQL or without a column of its kind."""
    names = [f.name for f in declaration.fields]
    found = [f"'{name}' is declared twice." for name in sorted({n for n in names if names.count(n) > 1})]
    for declared in declaration.fields:
        problem = _breach(declaration.model, declared)
        if problem:
            found.append(f"'{declared.name}' {problem}")
    return found


def _breach(model: type[models.Model], declared: Field) -> str:
    if declared.sql is not None:
        return "" if declared.kind is not Kind.ROWS or declared.parts else "does not say what its rows hold."
    if declared.kind is Kind.ROWS:
        return "needs SQL that selects its rows."
    try:
        column = column_of(model, declared.path)
    except FieldDoesNotExist:
        return f"names '{declared.path}', which {model.__name__} does not have."
    if not isinstance(column, COLUMNS[declared.kind]):
        return f"is {declared.kind}, which {type(column).__name__} is not."
    return ""


def column_of(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    """Return the model field at an ORM path; raise FieldDoesNotExist."""
    *relations, last = path.split("__")
    for name in relations:
        related = model._meta.get_field(name).related_model
        if not isinstance(related, type):
            raise FieldDoesNotExist(path)
        model = related
    found = model._meta.get_field(last)
    if not isinstance(found, models.Field):
        raise FieldDoesNotExist(path)
    return found
