"""Query sets that refuse to be read before somebody said for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self, TypeVar

from django.db import models

from nethra.core.access import Access
from nethra.core.errors import UnscopedRead
from nethra.core.guards import RowGuard, withheld_fields, withhold

_M = TypeVar("_M", bound=models.Model)
_escape: ContextVar[str] = ContextVar("unscoped_reason", default="")


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Allow reads without an access, for a stated reason. Row security still bounds the agency."""
    if not reason:
        raise ValueError("State why this read needs no access.")
    token = _escape.set(reason)
    try:
        yield
    finally:
        _escape.reset(token)


class ScopedQuerySet(models.QuerySet[_M]):
    """A query set that raises UnscopedRead unless visible_to() came first.

    Rows are visible if, and only if,
    * they belong to the access's agency (PostgreSQL's row security says the same), and
    * the subclass's ``bounded_to`` lets this person see them.

    Of the rows as objects, the fields that ``row_guards`` withhold from the access are taken off.
    """

    #: Field -> what withholds it in some rows.
    row_guards: ClassVar[Mapping[str, tuple[RowGuard, ...]]] = {}

    _is_scoped = False
    _access: Access | None = None

    def visible_to(self, access: Access) -> Self:
        """Return the rows this access may see."""
        scoped = self._chain().filter(agency_id=access.agency_id).bounded_to(access)  # type: ignore[attr-defined]
        scoped._is_scoped, scoped._access = True, access
        return scoped  # type: ignore[no-any-return]

    def bounded_to(self, access: Access) -> Self:
        """Narrow to what the person may see; the agency is bounded already. Override per model."""
        return self

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._is_scoped, clone._access = self._is_scoped, self._access
        return clone

    def _require_scope(self) -> None:
        if not self._is_scoped and not _escape.get():
            raise UnscopedRead(f"{self.model.__name__} was read without visible_to(access).")

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        if is_new:
            self._require_scope()
        super()._fetch_all()
        if is_new:
            self._withhold()

    def may_withhold(self, row: _M) -> bool:
        """Return whether a row guard could hold for this row; override where the row itself tells."""
        return True

    def _withhold(self) -> None:
        if self._access is None or self._access.is_whole or not self.row_guards:
            return
        found: Any = self._result_cache
        asked = {row.pk: row for row in found if isinstance(row, self.model) and self.may_withhold(row)}
        if not asked:
            return
        rows = self.model._base_manager.filter(agency_id=self._access.agency_id, pk__in=list(asked))
        for key, names in withheld_fields(rows, self._access, self.row_guards).items():
            withhold(asked[key], names)

    def iterator(self, chunk_size: int | None = None) -> Iterator[_M]:
        self._require_scope()
        # What is withheld is taken off a whole result.
        is_plain = self._access is None or self._access.is_whole or not self.row_guards
        return super().iterator(chunk_size=chunk_size) if is_plain else iter(self)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        # A subquery reads rows as well.
        self._require_scope()
        return super().resolve_expression(*args, **kwargs)
