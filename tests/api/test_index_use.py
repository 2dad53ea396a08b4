"""Lists, near and boxes reach their rows by an index as the application's role, on 50,000 incidents."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.http import QueryDict

from incidents.filters import IncidentFilters, wanted_by
from nethra.bootstrap import admin_dsn
from nethra.core import rows
from nethra.core.access import Access, operator_access
from nethra.core.geo import PlanarOrder
from nethra.core.models import uuid7
from nethra.core.pagination import _beyond
from nethra.core.scope import agency_scope
from tests.support.people import Cast, make_cast

PERIOD = "occurred_after=2026-01-01T00:00:00Z&occurred_before=2026-04-01T00:00:00Z"

# Written as the superuser, past the audit, since 50,000 events would only take time.
FILL = """
SELECT set_config('app.agency_id', %(agency)s, false), setseed(0.5);
ALTER TABLE incidents_incident DISABLE TRIGGER audit_insert;
INSERT INTO incidents_incident (id, agency_id, number, status, reported_at, occurred_from, occurred_until,
    description, notes, location, address, source, created_at, updated_at)
SELECT app.uuid7(), %(agency)s::uuid, 'B' || n, 'reported', t, t, t, '', '',
    ST_SetSRID(ST_MakePoint(-122.51 + random() * 0.13, 37.71 + random() * 0.1), 4326), '1 Oak', 'test', t, t
FROM (SELECT n, timestamptz '2024-01-01' + n * interval '24 minutes' AS t FROM generate_series(1, 50000) n) g;
ALTER TABLE incidents_incident ENABLE ALWAYS TRIGGER audit_insert;
ANALYZE incidents_incident;
"""


@pytest.fixture
def filled(transactional_db: None) -> Access:
    """An agency with 50,000 incidents of two years in a city's square, analysed."""
    cast: Cast = make_cast()
    dsn = admin_dsn(str(connection.settings_dict["NAME"]))
    with psycopg.connect(dsn) as superuser, psycopg.ClientCursor(superuser) as cursor:
        cursor.execute(FILL, {"agency": str(cast.north.pk)})
    return operator_access(cast.north.pk)


def plan_of(access: Access, query: str, generic: bool) -> str:
    """Return the plan of a list's page as the application's role would get it."""
    filters = IncidentFilters.from_query(QueryDict(query))
    page = filters.ordered(wanted_by(access, filters))[:100]
    try:
        sql, params = rows.compiled(page.values_list("id"))
    except EmptyResultSet as problem:
        raise AssertionError("the query is empty") from problem
    with connection.cursor() as cursor:
        mode = "force_generic_plan" if generic else "force_custom_plan"
        cursor.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
    return "\n".join(str(line[0]) for line in _explained(sql, params))


def plan_of_walk(access: Access) -> str:
    """Return the plan that a connection keeps for a walk through all incidents by cursor."""
    beyond = _beyond("occurred_from", datetime(2025, 1, 1, tzinfo=UTC), uuid7(), is_descending=True)
    walk = wanted_by(access, IncidentFilters()).filter(beyond).order_by("-occurred_from", "-id")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
    return "\n".join(str(line[0]) for line in _explained(*rows.compiled(walk[:101].values_list("id"))))


def _explained(sql: str, params: Any) -> list[Any]:
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute("EXPLAIN " + sql, params, prepare=True).fetchall()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_the_nearest_come_from_the_index_in_their_order(filled: Access, mode: str) -> None:
    filters = IncidentFilters.from_query(QueryDict(f"near=-122.445,37.76,5000&{PERIOD}"))
    assert filters.near is not None
    with agency_scope(filled):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
        ordered = wanted_by(filled, filters).order_by(PlanarOrder("location", filters.near.point))
        plans = [str(line[0]) for line in _explained(*rows.compiled(ordered[:100].values_list("id")))]

    plan = "\n".join(plans)
    assert "Order By: (location <->" in plan
    assert "Index Scan using incident_agency_place_time" in plan
    assert "Sort" not in plan


@pytest.mark.django_db(transaction=True)
def test_list_near_and_box_use_their_indexes(filled: Access) -> None:
    queries = {
        "list": "",
        "near": f"near=-122.445,37.76,1000&{PERIOD}",
        "bbox": f"bbox=-122.456,37.751,-122.433,37.769&{PERIOD}",
        "bbox of all times": "bbox=-122.456,37.751,-122.433,37.769&ordering=reported_at",
    }
    with agency_scope(filled):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("nethra_app",)
        plans = {
            (name, generic): plan_of(filled, query, generic)
            for name, query in queries.items()
            for generic in (False, True)
        }

        walk = plan_of_walk(filled)

    assert "incident_agency_occurred" in walk
    assert "Sort" not in walk
    for (name, generic), plan in plans.items():
        assert "Seq Scan on incidents_incident" not in plan, (name, generic, plan)
        assert "Parallel" not in plan, (name, generic, plan)
    assert "incident_agency_occurred" in plans["list", False]
    assert "incident_agency_place_time" in plans["bbox", False]
    assert re.search(r"Index Cond: .*location && .*occurred_from >=", plans["bbox", False]), plans[
        "bbox", False
    ]
    assert "incident_agency_place_time" in plans["bbox of all times", False]
    assert "incident_agency_place_time" in plans["bbox of all times", True]


FILL_PLACES = """
SELECT set_config('app.agency_id', %(agency)s, false), setseed(0.5);
ALTER TABLE incidents_place DISABLE TRIGGER audit_insert;
INSERT INTO incidents_gazetteerload (id, agency_id, source, version, is_current, file_name, file_sha256,
    abbreviations, places, house_numbers, loaded_at)
VALUES (%(agency)s::uuid, %(agency)s::uuid, 'osm', 1, true, '', '', '{}', 50000, 0, now());
INSERT INTO incidents_place (id, agency_id, load_id, kind, name, words, locality, shape)
SELECT app.uuid7(), %(agency)s::uuid, %(agency)s::uuid, 'street', w, w, '', 'SRID=4326;POINT(1 1)'
FROM (SELECT md5(n::text) || ' st' AS w FROM generate_series(1, 50000) n) g;
ALTER TABLE incidents_place ENABLE ALWAYS TRIGGER audit_insert;
ANALYZE incidents_place;
"""


@pytest.mark.django_db(transaction=True)
def test_names_of_places_are_found_by_their_index() -> None:
    cast = make_cast()
    dsn = admin_dsn(str(connection.settings_dict["NAME"]))
    with psycopg.connect(dsn) as superuser, psycopg.ClientCursor(superuser) as cursor:
        cursor.execute(FILL_PLACES, {"agency": str(cast.north.pk)})
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'find_places'")
        ((statement,),) = cursor.fetchall()
        for name, value in {"wanted": "'mission st'::text", "only_streets": "true", "most": "10"}.items():
            statement = re.sub(rf"\b{name}\b", value, statement)
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(str(line[0]) for line in cursor.fetchall())

    assert "Bitmap Index Scan on place_words" in plan
    assert "Seq Scan on incidents_place" not in plan
