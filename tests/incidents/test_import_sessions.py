"""Several sessions store an import: each row once, bounded chunks, and nothing stays when one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from incidents.importing import runs, storing
from incidents.models import ImportBatch
from nethra.core.scope import agency_scope
from tests.support.imports import counts, csv_of, import_file, stored
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 23


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Small chunks; for each: the thread that stored it and its number of rows."""
    seen: list[tuple[str, int]] = []
    store = storing.store_chunk

    def noted(*arguments: Any) -> int:
        count = store(*arguments)
        seen.append((threading.current_thread().name, count))
        return count

    monkeypatch.setattr(storing, "CHUNK", 4)
    monkeypatch.setattr(storing, "FIRST_CHUNK", 1)
    monkeypatch.setattr(runs, "store_chunk", noted)
    return seen


def open_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            # An autovacuum comes and goes by itself.
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_every_row_is_stored_once(committed_cast: Cast, sessions: list[tuple[str, int]]) -> None:
    access = access_for(committed_cast.analyst)
    before = open_sessions()

    batch = import_file(access, csv_of(*[{}] * ROWS))

    assert (batch.status, counts(batch)) == ("done", (ROWS, ROWS, 0, 0, 0))
    assert sorted(incident.external_id for incident in stored(access)) == sorted(
        f"A-{number}" for number in range(1, ROWS + 1)
    )
    assert sessions[0] == (threading.current_thread().name, 1)
    assert sum(count for _, count in sessions) == ROWS
    assert not {name for name, _ in sessions[1:]} & {threading.current_thread().name}
    assert open_sessions() == before


def test_a_failing_session_takes_back_what_the_others_stored(
    committed_cast: Cast, sessions: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(committed_cast.analyst)
    store: Callable[..., int] = vars(runs)["store_chunk"]

    def break_after_three(*arguments: Any) -> int:
        if len(sessions) >= 3:
            raise ZeroDivisionError
        return store(*arguments)

    monkeypatch.setattr(runs, "store_chunk", break_after_three)
    with pytest.raises(ZeroDivisionError):
        import_file(access, csv_of(*[{}] * ROWS))

    with agency_scope(access):
        ended = ImportBatch.objects.visible_to(access).get()
    assert (ended.status, ended.rows_stored) == ("failed", 0)
    assert stored(access) == []


def test_long_narratives_make_small_chunks(
    committed_cast: Cast, sessions: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "CHUNK_BYTES", 1000)

    batch = import_file(access_for(committed_cast.analyst), csv_of(*[{"description": "long " * 60}] * 7))

    assert counts(batch)[1] == 7
    assert {count for _, count in sessions} <= {1, 2}
    assert len(sessions) >= 4
