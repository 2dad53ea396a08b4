"""Counting requests by one statement that commits by itself: so many at once cannot outrun the count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from nethra.core.errors import DomainError
from nethra.core.keyed import keyed_hash
from nethra.core.plans import keep_plans

#: For so long one count lasts.
WINDOW_SECONDS = 60

_COUNT = """
INSERT INTO core_requestcount AS c (key, until, n) VALUES (%s, clock_timestamp() + %s * interval '1 second', 1)
ON CONFLICT (key) DO UPDATE SET
    n = CASE WHEN c.until <= clock_timestamp() THEN 1 ELSE c.n + 1 END,
    until = CASE WHEN c.until <= clock_timestamp() THEN EXCLUDED.until ELSE c.until END
RETURNING n, ceil(extract(epoch FROM until - clock_timestamp()))
"""
_STANDS = """
SELECT n, ceil(extract(epoch FROM until - clock_timestamp())) FROM core_requestcount
WHERE key = %s AND until > clock_timestamp()
"""
_FORGET = "DELETE FROM core_requestcount WHERE until < clock_timestamp() - interval '1 hour'"


class TooManyRequests(DomainError):
    """More within a minute than one person, program or address may ask."""

    status = 429
    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        #: How long to wait.
        self.seconds = max(1, seconds)
        super().__init__(f"That are too many requests within a minute; try again in {self.seconds} seconds.")


@dataclass(frozen=True)
class Count:
    """How often something was asked within the window, and how many seconds of it are left."""

    n: int
    seconds: int

    def refuse_over(self, limit: int) -> None:
        """Raise TooManyRequests where it was more often than that; 0 is no limit."""
        if limit and self.n > limit:
            raise TooManyRequests(self.seconds)


def key_of(kind: str, who: str) -> bytes:
    """Return the key under which somebody is counted: only this server can tell who it is."""
    return keyed_hash(f"{kind}:{who}")


def count(key: bytes, *, window: int = WINDOW_SECONDS) -> Count:
    """Count one more and return how many that are."""
    return _asked(_COUNT, [key, window])


def standing(key: bytes) -> Count:
    """Return the count without counting."""
    return _asked(_STANDS, [key])


def forget() -> int:
    """Delete counts whose time is over; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)


def _asked(sql: str, params: Sequence[bytes | int]) -> Count:
    with connection.cursor() as cursor:
        keep_plans(are_kept=True)
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return Count(int(row[0]), int(row[1])) if row else Count(0, 0)
