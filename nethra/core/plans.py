"""Whether PostgreSQL plans a statement once for a connection, or each time for the values at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


def keep_plans(*, are_kept: bool) -> None:
    """Let what follows on this connection, which is open, be planned once where it comes again and again, or never.

    What is written is found by keys and planned the same for all values. What is looked for in lists and on maps is
    not: the best plan for a whole city is the worst for one street.
    """
    threshold = settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"]
    connection.connection.prepare_threshold = threshold if are_kept else None


@contextmanager
def kept_plans() -> Iterator[None]:
    """Let what the block asks be planned once, whatever holds for the rest of the request."""
    before = connection.connection.prepare_threshold
    keep_plans(are_kept=True)
    try:
        yield
    finally:
        connection.connection.prepare_threshold = before
