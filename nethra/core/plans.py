"""Whether PostgreSQL plans a statement once for a connection, or each time for the values at hand."""

from __future__ import annotations

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections


def keep_plans(*, are_kept: bool) -> None:
    """Let what follows on this connection, which is open, be planned once where it comes again and again, or never.

    What is written is found by keys and planned the same for all values. What is looked for in lists and on maps is
    not: the best plan for a whole city is the worst for one street.
    """
    connections[DEFAULT_DB_ALIAS].connection.prepare_threshold = threshold() if are_kept else None


def threshold() -> int | None:
    """Return how often a statement comes before its plan is kept; None where none may be."""
    often: int | None = settings.DATABASES[DEFAULT_DB_ALIAS]["OPTIONS"]["prepare_threshold"]
    return often
