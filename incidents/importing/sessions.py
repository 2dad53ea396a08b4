"""One import, or placing anew, at a time in an agency, whose rows several sessions store."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import connection

from incidents.importing.sql import drop_tables, rows
from nethra.core.errors import Conflict

Chunk = TypeVar("Chunk")
#: Sessions that store at the same time. Indexes, keys and audit of one chunk keep one core of the database busy.
STORERS = 2


@contextmanager
def import_session(agency_id: UUID) -> Iterator[None]:
    """Hold the agency's import lock; at the end drop its tables. Raise Conflict when it is taken.

    The lock belongs to the session, so a killed process frees it.
    """
    key = f"import {agency_id}"
    [(is_free,)] = rows("SELECT pg_try_advisory_lock(hashtextextended({key}, 0))", key=key)
    if not is_free:
        raise Conflict(
            "Another import of this agency is running, or its incidents are placed anew; try again when that has ended."
        )
    try:
        yield
    finally:
        # After a lost connection or in a broken outer transaction there is nothing left to tidy.
        if connection.connection is not None and connection.is_usable() and not connection.needs_rollback:
            drop_tables()
            rows("SELECT pg_advisory_unlock(hashtextextended({key}, 0))", key=key)


def results_of(store: Callable[[Chunk], int], chunks: Iterator[Chunk]) -> Generator[int, None, None]:
    """Store the chunks, the first one alone, and yield how many rows each held."""
    yield from map(store, islice(chunks, 1))
    if connection.in_atomic_block:
        # Other sessions would not see what the outer transaction has made.
        yield from map(store, chunks)
        return
    with ThreadPoolExecutor(STORERS) as storers:
        under_way: set[Future[int]] = set()
        for chunk in chunks:
            under_way.add(storers.submit(_in_own_session, store, chunk))
            # Never more chunks in memory than are being stored.
            if len(under_way) >= STORERS:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in as_completed(under_way))


def _in_own_session(store: Callable[[Chunk], int], chunk: Chunk) -> int:
    try:
        return store(chunk)
    finally:
        connection.close()
