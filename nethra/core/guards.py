"""Row guards: what withholds a field of some rows only, such as a victim's name or a sealed narrative.

One table per kind of record says it; fast reads, objects of the console and filters all obey that table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models.expressions import BaseExpression

from nethra.core.access import Access
from nethra.core.conditions import AnyOf
from nethra.core.errors import NotAllowed

#: Says in which rows an access may not read the field; None: it may in all of them.
RowGuard = Callable[[Access], BaseExpression | None]
#: Field -> what withholds it; any of them is enough.
RowGuards = Mapping[str, tuple[RowGuard, ...]]

#: What stands in an object of the console in place of a withheld value, where text can.
WITHHELD = "withheld"
_TEXT = (models.CharField, models.TextField)


def withheld_where(access: Access, guards: Iterable[RowGuard]) -> BaseExpression | None:
    """Return the rows in which any of the guards withholds a field; None where none does in any row."""
    if access.is_whole:
        return None
    found = [where for guard in guards if (where := guard(access)) is not None]
    return found[0] if len(found) == 1 else AnyOf(*found) if found else None


def withheld_fields(rows: models.QuerySet[Any], access: Access, guards: RowGuards) -> dict[Any, set[str]]:
    """Return key -> names of the fields withheld, for the rows that have any. At most one query."""
    wheres = {name: where for name, g in guards.items() if (where := withheld_where(access, g)) is not None}
    if not wheres:
        return {}
    columns: list[Any] = list(wheres.values())
    found = rows.order_by().values_list("pk", *columns)
    named = {key: {name for name, is_so in zip(wheres, flags, strict=True) if is_so} for key, *flags in found}
    return {key: names for key, names in named.items() if names}


def withhold(row: models.Model, names: Collection[str]) -> None:
    """Take the values of these fields off an object; from now on it cannot write them."""
    for name in names:
        field: Any = row._meta.get_field(name)
        setattr(row, field.attname, WITHHELD if isinstance(field, _TEXT) else None)
    row.__dict__["_withheld"] = frozenset(names)


def withheld_of(row: models.Model) -> frozenset[str]:
    """Return the names of the fields that were taken off an object."""
    return row.__dict__.get("_withheld", frozenset())  # type: ignore[no-any-return]


def refuse_withheld(row: models.Model, names: Iterable[str]) -> None:
    """Raise NotAllowed for writing what may not be read."""
    hidden = sorted(withheld_of(row) & {name.removesuffix("_id") for name in names})
    if hidden:
        raise NotAllowed(f"What may not be read cannot be changed: {', '.join(hidden)}.")


def refuse_saving(row: models.Model, update_fields: Collection[str] | None) -> None:
    """Raise RuntimeError where saving would overwrite values with what stands in their place."""
    hidden = withheld_of(row)
    if hidden and (update_fields is None or hidden & set(update_fields)):
        raise RuntimeError(f"A {type(row).__name__} with values withheld cannot be saved whole.")
