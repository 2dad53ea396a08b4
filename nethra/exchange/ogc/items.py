"""Reading the items of a collection: what a query asks for, and the page of features that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from nethra.core import rows
from nethra.core.access import Access
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.fields import Field, Kind
from nethra.core.geo import parse_bbox, parse_numbers
from nethra.core.pagination import DEFAULT_SIZE, MAX_SIZE, whole
from nethra.core.parameters import MAX_TEXT, moment, refusal, refuse_unknown, single
from nethra.core.readings import Reason
from nethra.exchange.ogc.collections import Collection

#: The parameters of every collection's items.
COMMON = frozenset({"bbox", "datetime", "limit", "after", "f"})
OPEN = ("", "..")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Period:
    """From when until when, both included; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def from_text(cls, text: str) -> Period:
        """Return the period of an instant, or of two instants with a slash between; raise InvalidInput."""
        parts = text.split("/")
        if len(parts) == 1:
            at = _instant(text)
            return cls(at, at)
        if len(parts) != 2 or all(part in OPEN for part in parts):
            raise InvalidInput(
                "datetime is a time, or two with a slash between, of which one may be open: 2026-01-31T00:00:00Z/.."
            )
        start, end = (None if part in OPEN else _instant(part) for part in parts)
        if start is not None and end is not None and end < start:
            raise InvalidInput("datetime must end after it begins.", code="end_before_start")
        return cls(start, end)

    def applied(self, queryset: QuerySet[Any], path: str) -> QuerySet[Any]:
        """Return the rows whose time lies in the period."""
        bounds = {f"{path}__gte": self.start, f"{path}__lte": self.end}
        return queryset.filter(**{name: at for name, at in bounds.items() if at is not None})


def _instant(text: str) -> datetime:
    # GDAL sends a day without a time as 2026-01-31T.
    return moment(f"{text}00:00:00Z" if text.endswith("T") else text)


@dataclass(frozen=True)
class ItemsRequest:
    """Which items are asked for, and how many of them after which."""

    query: QueryDict
    period: Period
    limit: int
    after: UUID | None

    @classmethod
    def from_query(cls, collection: Collection, query: QueryDict) -> ItemsRequest:
        """Return what a query asks of a collection; raise InvalidInput naming what is unknown or malformed.

        A limit beyond the most there is on a page is that most.
        """
        refuse_unknown(query, COMMON | collection.parameters)
        _refuse_empty(collection, query)
        return cls(
            query=_filters_of(collection, query),
            period=single(query, "datetime", Period.from_text) or Period(),
            limit=min(whole(query, "limit", default=DEFAULT_SIZE, most=999_999_999), MAX_SIZE),
            after=single(query, "after", UUID),
        )


def _refuse_empty(collection: Collection, query: QueryDict) -> None:
    """Raise InvalidInput for a parameter without a value.

    Elsewhere that is no filter. Desktop GIS take for granted that what they sent was heeded, and filter no more.
    """
    texts = {field.name for field in collection.compared if field.kind is Kind.TEXT}
    for name in sorted(set(query) - texts):
        if "" in query.getlist(name):
            raise refusal(name, f"{name} has no value.")


def _filters_of(collection: Collection, query: QueryDict) -> QueryDict:
    """Return the parameters that the collection's own filters read, with the box as they read it."""
    asked = QueryDict(mutable=True)
    for name in {"bbox"} | {each.name for each in collection.filters}:
        if name in query:
            asked.setlist(name, query.getlist(name))
    box = single(query, "bbox", _flat)
    if box is not None:
        asked["bbox"] = box
    return asked


def _flat(text: str) -> str:
    """Return a box without its heights, which nothing here has; raise InvalidInput."""
    if text.count(",") == 5:
        west, south, _, east, north, _ = parse_numbers(text, 6, "bbox")
        text = f"{west},{south},{east},{north}"
    parse_bbox(text)
    return text


def _equal_to(
    collection: Collection, access: Access, query: QueryDict, found: QuerySet[Any]
) -> QuerySet[Any]:
    """Return the rows whose fields have the values asked for.

    SECURITY: a row is not found by a value that it withholds; tests/exchange/test_ogc_secrets.py.
    """
    asked = [field for field in collection.compared if field.name in query]
    names = [field.name for field in asked]
    collection.declaration.require_readable(access, names)
    hidden = collection.declaration.withheld_where(access, names)
    if hidden is not None:
        found = found.exclude(hidden)
    return found.filter(**{field.path: _value_of(field, query) for field in asked})


def _value_of(field: Field, query: QueryDict) -> Any:
    if query.getlist(field.name) == [""]:
        return ""
    return single(query, field.name, _READERS[field.kind])


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"No value has more than {MAX_TEXT} characters.")
    return text


def _flag(text: str) -> bool:
    if text not in _FLAGS:
        raise InvalidInput("The value is true or false.")
    return _FLAGS[text]


_READERS: dict[Kind, Callable[[str], Any]] = {Kind.TEXT: _text, Kind.KEY: UUID, Kind.FLAG: _flag}


@dataclass(frozen=True)
class Items:
    """A page of GeoJSON features.

    ``matched`` is how many there are in all, None but on the first page; ``after`` the key after which there are more.
    """

    features: rows.Records
    matched: int | None
    after: UUID | None


def read_items(collection: Collection, access: Access, query: QueryDict) -> Items:
    """Return the page of features (EPSG:4326) that a query asks for, by key; raise InvalidInput, NotAllowed."""
    asked = ItemsRequest.from_query(collection, query)
    found = _equal_to(collection, access, query, collection.wanted(access, asked.query))
    if collection.time:
        found = asked.period.applied(found, collection.time)
    later = found if asked.after is None else found.filter(pk__gt=asked.after)
    page = rows.features(later.order_by("pk")[: asked.limit + 1], collection.declaration, access)
    has_more = len(page) > asked.limit
    page = page[: asked.limit]
    matched = None
    if asked.after is None:
        matched = found.order_by().count() if has_more else len(page)
    return Items(page, matched, page[-1]["id"] if has_more else None)


def read_item(collection: Collection, access: Access, key: UUID, reason: Reason | None) -> rows.Record:
    """Return one feature; raise NotFound, and what the collection raises for a record that asks for more."""
    collection.note(access, key, reason)
    found = rows.features(collection.visible(access).filter(pk=key), collection.declaration, access)
    if not found:
        raise NotFound()
    return found[0]
