"""Conditions on rows written as SQL: who sees what is asked in every query, and the ORM would spend more time on
composing these conditions than PostgreSQL on answering them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import BooleanField, F, Func

Sql = tuple[str, list[Any]]


class Condition(Func):
    """A boolean over columns: ``text`` names them in braces, ``paths`` says by which ORM path each is reached.

    SECURITY: it must never be NULL, since a negated NULL hides rows from those who look for hidden ones.
    """

    def __init__(self, text: str, paths: Mapping[str, str], params: Sequence[Any] = ()) -> None:
        self.text, self.names, self.params = text, tuple(paths), tuple(params)
        super().__init__(*(F(path) for path in paths.values()), output_field=BooleanField())

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Sql:  # type: ignore[override]
        columns = [compiler.compile(expression)[0] for expression in self.get_source_expressions()]
        return self.text.format(**dict(zip(self.names, columns, strict=True))), list(self.params)


class AnyOf(Func):
    """True where any of the conditions holds."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Sql:  # type: ignore[override]
        parts = [compiler.compile(expression) for expression in self.get_source_expressions()]
        return "(" + " OR ".join(f"({sql})" for sql, _ in parts) + ")", [
            p for _, found in parts for p in found
        ]
