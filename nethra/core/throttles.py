"""Counting requests by one statement that commits by itself: so many at once cannot outrun the count."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from django.db import connection

from nethra.core.errors import DomainError
from nethra.core.keyed import keyed_hash
from nethra.core.plans import keep_plans

#: For so long one count lasts.
WINDOW_SECONDS = 60

_COUNT = """
INSERT INTO core_requestcount AS c (key, until, n) VALUES (%s, clock_timestamp() + %s * interval '1 second', %s)
ON CONFLICT (key) DO UPDATE SET
    n = CASE WHEN c.until <= clock_timestamp() THEN EXCLUDED.n ELSE c.n + EXCLUDED.n END,
    until = CASE WHEN c.until <= clock_timestamp() THEN EXCLUDED.until ELSE c.until END
RETURNING n, ceil(extract(epoch FROM until - clock_timestamp()))
"""
#: Of a minute's requests a process takes a fiftieth at a time, at most twenty: so many may be refused too early.
SHARE, MOST_TAKEN = 50, 20
#: So many keys are remembered before those whose minute is over are forgotten.
MOST_KEPT = 10_000
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


def count(key: bytes, *, window: int = WINDOW_SECONDS, more: int = 1) -> Count:
    """Count one more, or as many as said, and return how many that are."""
    return _asked(_COUNT, [key, window, more])


class Allowance:
    """Requests of a minute that this process has counted beforehand, by key: most requests need not be counted alone.

    All processes together never let more through than the limit. What a process took and does not use before the
    minute is over is lost to the others.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: dict[bytes, tuple[int, float]] = {}

    def spend(self, key: bytes, limit: int) -> None:
        """Take one request of the minute's; raise TooManyRequests where none is left."""
        if self._take(key):
            return
        asked = max(1, min(limit // SHARE, MOST_TAKEN))
        counted = count(key, more=asked)
        before = counted.n - asked
        if before >= limit:
            raise TooManyRequests(counted.seconds)
        self._keep(key, min(asked, limit - before) - 1, counted.seconds)

    def _take(self, key: bytes) -> bool:
        with self._lock:
            left, until = self._left.pop(key, (0, 0.0))
            if not left or time.monotonic() >= until:
                return False
            self._left[key] = (left - 1, until)
            return True

    def _keep(self, key: bytes, left: int, seconds: int) -> None:
        if left <= 0:
            return
        now = time.monotonic()
        with self._lock:
            had, _ = self._left.get(key, (0, 0.0))
            self._left[key] = (had + left, now + seconds)
            if len(self._left) > MOST_KEPT:
                self._left = {kept: found for kept, found in self._left.items() if found[1] > now}


#: Of this process.
allowance = Allowance()


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
