"""Pages with a capped total, and keyset cursors for deep lists."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from nethra.core.errors import NotFound
from nethra.core.parameters import refusal
from nethra.core.rows import Record

#: Counting a million rows takes a tenth of a second: totals are exact up to here.
TOTAL_CAP = 10_000
DEFAULT_SIZE = 100
MAX_SIZE = 1000
PARAMETERS = frozenset({"page", "size", "count", "cursor"})
COUNTS = ("capped", "exact", "none")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Where a walk has come to: the time and the key of its latest row.
Position = tuple[datetime, UUID]
Read = Callable[[QuerySet[Any]], list[Record]]


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list is asked for. ``cursor`` is '' to begin a walk, None for numbered pages.

    ``count`` is capped or exact for a total, none for a page that only says whether more follow.
    """

    page: int = 1
    size: int = DEFAULT_SIZE
    count: str = "capped"
    cursor: str | None = None

    @classmethod
    def from_query(cls, query: QueryDict) -> PageRequest:
        """Return what the parameters page, size, count and cursor ask for; raise InvalidInput naming one."""
        count = query.get("count", "capped")
        if count not in COUNTS:
            raise refusal("count", f"count is one of {', '.join(COUNTS)}.")
        if "cursor" in query and ("page" in query or "count" in query):
            raise refusal("cursor", "A cursor goes without page and count.")
        page = whole(query, "page", default=1, most=1_000_000)
        size = whole(query, "size", default=DEFAULT_SIZE, most=MAX_SIZE)
        if (page - 1) * size >= TOTAL_CAP:
            raise refusal("page", f"Pages reach the first {TOTAL_CAP} rows; go deeper with cursor.")
        return cls(page, size, count, query.get("cursor"))

    @property
    def start(self) -> int:
        """How many rows come before a numbered page."""
        return (self.page - 1) * self.size


def whole(query: QueryDict, name: str, *, default: int, most: int, least: int = 1) -> int:
    """Return a whole number from the query; raise InvalidInput naming the parameter."""
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
        raise refusal(name, f"{name} must be a whole number from {least} to {most}.")
    return int(text)


def numbered_page(
    queryset: QuerySet[Any], wanted: PageRequest, read: Read, *, counted: QuerySet[Any] | None = None
) -> tuple[list[Record], Record]:
    """Return the page's rows and its envelope; raise NotFound for a page past the end, where there is a total.

    ``counted`` is what the total is of, where the rows come from a part of it.
    """
    if wanted.count == "none":
        return _uncounted_page(queryset, wanted, read)
    total, is_capped = total_of(queryset if counted is None else counted, is_exact=wanted.count == "exact")
    pages = -(-total // wanted.size)
    if wanted.page > max(pages, 1) and not is_capped:
        raise NotFound(f"There are only {pages} pages.", code="no_such_page")
    rows = read(queryset[wanted.start : wanted.start + wanted.size]) if total else []
    envelope = {
        "total": total,
        "total_is_capped": is_capped,
        "page": wanted.page,
        "size": wanted.size,
        "pages": pages,
    }
    return rows, envelope


def _uncounted_page(queryset: QuerySet[Any], wanted: PageRequest, read: Read) -> tuple[list[Record], Record]:
    return uncounted(read(queryset[wanted.start : wanted.start + wanted.size + 1]), wanted)


def uncounted(rows: list[Record], wanted: PageRequest) -> tuple[list[Record], Record]:
    """Return a page's rows and its envelope, given one row more where there are more."""
    envelope = {"page": wanted.page, "size": wanted.size, "has_more": len(rows) > wanted.size}
    return rows[: wanted.size], envelope


def total_of(queryset: QuerySet[Any], *, is_exact: bool) -> tuple[int, bool]:
    """Return the number of rows and whether counting stopped at the cap."""
    unordered = queryset.order_by()
    if is_exact:
        return unordered.count(), False
    counted = unordered[: TOTAL_CAP + 1].count()
    return min(counted, TOTAL_CAP), counted > TOTAL_CAP


def cursor_page(
    queryset: QuerySet[Any], wanted: PageRequest, read: Read, *, column: str, is_descending: bool
) -> tuple[list[Record], Record]:
    """Return the rows after the cursor by (column, id), a time and a key, and the next cursor or None."""

    def read_after(position: Position | None, count: int) -> list[Record]:
        return read(walk(queryset, column, position, is_descending=is_descending)[:count])

    return walk_page(wanted, read_after, column=column)


def walk(
    queryset: QuerySet[Any], column: str, position: Position | None, *, is_descending: bool
) -> QuerySet[Any]:
    """Return the rows in the order of (column, id), those after a position where there is one."""
    sign = "-" if is_descending else ""
    ordered = queryset.order_by(f"{sign}{column}", f"{sign}id")
    if position is None:
        return ordered
    return ordered.filter(_beyond(column, *position, is_descending=is_descending))


def walk_page(
    wanted: PageRequest, read_after: Callable[[Position | None, int], list[Record]], *, column: str
) -> tuple[list[Record], Record]:
    """Return the page after the cursor and its envelope; ``read_after`` is given a position and how many at most."""
    position = decode_cursor(wanted.cursor) if wanted.cursor else None
    rows = read_after(position, wanted.size + 1)
    page = rows[: wanted.size]
    has_more = len(rows) > wanted.size
    return page, {"next": _next_cursor(page[-1], column) if has_more else None, "size": wanted.size}


def _next_cursor(record: Record, column: str) -> str:
    values = record.get("properties", record)
    return encode_cursor(values[column], values["id"])


def _beyond(column: str, moment: datetime, key: UUID, *, is_descending: bool) -> Q:
    side = "lt" if is_descending else "gt"
    # The first condition bounds the index, the second is the exact order.
    return Q(**{f"{column}__{side}e": moment}) & (
        Q(**{f"{column}__{side}": moment}) | Q(**{f"id__{side}": key})
    )


def encode_cursor(moment: datetime, key: UUID) -> str:
    """Return an opaque cursor for the row at (moment, key)."""
    microseconds = (moment - EPOCH) // timedelta(microseconds=1)
    raw = struct.pack(">q16s", microseconds, key.bytes)
    return base64.urlsafe_b64encode(raw).decode()


def decode_cursor(text: str) -> tuple[datetime, UUID]:
    """Return the position of a cursor; raise InvalidInput for anything that encode_cursor did not make."""
    try:
        microseconds, key = struct.unpack(">q16s", base64.b64decode(text, altchars=b"-_", validate=True))
        return EPOCH + timedelta(microseconds=microseconds), UUID(bytes=key)
    except (ValueError, binascii.Error, struct.error, OverflowError) as problem:
        raise refusal("cursor", "This cursor is not valid; begin again with an empty one.") from problem
