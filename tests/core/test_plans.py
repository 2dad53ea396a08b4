"""Writes are planned once for a connection; reads each time, for the values at hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from tests.api.calls import get, patch
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def prepared() -> set[str]:
    """Return the names of the statements that this connection has a plan of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%incidents_incident%'")
        return {name for (name,) in cursor.fetchall()}


def test_a_list_is_planned_for_the_place_it_is_asked_of(cast: Cast) -> None:
    make_incident(access_for(cast.officer))
    # What is guarded is looked up by a statement of its own, which is kept.
    assert get(cast.officer, "incidents?bbox=-123,37,-122,38").status_code == 200
    before = prepared()

    for north in range(38, 46):
        assert get(cast.officer, f"incidents?bbox=-123,37,-122,{north}").status_code == 200

    assert prepared() <= before


def test_one_record_and_a_walk_through_all_are_planned_once(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))

    for path in (f"incidents/{incident.pk}", "incidents?cursor="):
        before = prepared()
        assert get(cast.officer, path).status_code == 200
        assert prepared() - before, path


def test_no_plan_is_kept_where_a_pooler_would_lose_it(cast: Cast, settings: Any) -> None:
    incident = make_incident(access_for(cast.officer))
    before = prepared()
    settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None
    try:
        assert get(cast.officer, f"incidents/{incident.pk}").status_code == 200
        assert prepared() <= before
    finally:
        settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5


def test_what_is_written_again_and_again_is_planned_once(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    # Going back to a savepoint lets go of all that was planned.
    transaction.savepoint_rollback(transaction.savepoint())
    assert prepared() == set()

    for number in range(8):
        answer = patch(cast.officer, f"incidents/{incident.pk}", {"description": f"Window {number}"})
        assert answer.status_code == 200, answer.content

    assert prepared()
