"""One import at a time in an agency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from incidents.importing.sql import drop_tables, rows
from nethra.core.errors import Conflict


@contextmanager
def import_session(agency_id: UUID) -> Iterator[None]:
    """Hold the agency's import lock; at the end drop its tables. Raise Conflict when it is taken.

    The lock belongs to the session, so a killed process frees it.
    """
    key = f"import {agency_id}"
    [(is_free,)] = rows("SELECT pg_try_advisory_lock(hashtextextended({key}, 0))", key=key)
    if not is_free:
        raise Conflict("Another import of this agency is running; try again when it has ended.")
    try:
        yield
    finally:
        # After a lost connection or in a broken outer transaction there is nothing left to tidy.
        if connection.connection is not None and connection.is_usable() and not connection.needs_rollback:
            drop_tables()
            rows("SELECT pg_advisory_unlock(hashtextextended({key}, 0))", key=key)
