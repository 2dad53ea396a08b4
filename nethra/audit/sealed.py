"""Where the events of the access's own agency stand in the sealed tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection


def place_of(event_id: UUID) -> tuple[int | None, datetime | None]:
    """Return the place of an event in the tree (from 0) and when it was sealed; None for both until it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, sealed_at FROM app.places_of_events(%s)", [[event_id]])
        row = cursor.fetchone()
    return (None, None) if row is None else (int(row[0]), row[1])


@dataclass(frozen=True)
class Standing:
    """How the proof stands: when events were last sealed and the whole last checked; None: never."""

    sealed_at: datetime | None
    verified_at: datetime | None
    is_sound: bool | None
    with_state: bool | None


def standing() -> Standing:
    """Return how the proof of the installation's audit stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_at, verified_at, is_sound, with_state FROM app.audit_standing()")
        return Standing(*cursor.fetchone())
