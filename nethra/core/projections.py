"""The columns of a declaration as SQL, compiled once: composing them anew took longer than PostgreSQL to answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import TextField
from django.db.models.expressions import Expression

from nethra.core.conditions import Sql
from nethra.core.fields import Declaration, Field, Kind

Columns = Sequence[Any]


class Projection(Expression):
    """Several columns in one place of a SELECT, for reads that take the rows as they come."""

    def __init__(self, text: str, params: Sequence[Any]) -> None:
        super().__init__(output_field=TextField())
        self.text, self.params = text, tuple(params)

    def as_sql(self, compiler: Any, connection: Any) -> Sql:  # type: ignore[override]
        return self.text, list(self.params)


def columns_of(fields: Sequence[Field]) -> list[Any]:
    """Return what to select for these fields: the second numbers of points come last."""
    columns = [f.columns() for f in fields]
    return [c[0] for c in columns] + [
        c[1] for f, c in zip(fields, columns, strict=True) if f.kind is Kind.POINT
    ]


@cache
def projection_of(declaration: Declaration, names: frozenset[str]) -> Columns:
    """Return what to select for these fields of a declaration: one projection, or columns where they need a join."""
    columns = columns_of([f for f in declaration.fields if f.name in names])
    query = declaration.model._base_manager.order_by().values_list(*columns).query
    compiler = query.get_compiler("default")
    compiler.pre_sql_setup()
    if sum(count > 0 for count in query.alias_refcount.values()) != 1:
        # A join belongs to the statement it stands in.
        return columns
    parts = [sql for _, sql, _ in compiler.select]
    return [Projection(", ".join(text for text, _ in parts), [p for _, params in parts for p in params])]
