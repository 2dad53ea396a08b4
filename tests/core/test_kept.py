"""Statements that are kept belong to one access, and take nothing but the values they have holes for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.core.exceptions import EmptyResultSet

from incidents.models import Incident
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.geo import BoxValue, bounds_around, box, envelope_around
from nethra.core.kept import KEY, MOMENT, POINT, Hole, ask, composed, native, statement_of
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def one(access: Access) -> rows.Compiled:
    return rows.compiled(Incident.objects.visible_to(access).filter(pk=KEY).order_by().values_list("id"))


def nothing(access: Access) -> rows.Compiled:
    return rows.compiled(Incident.objects.visible_to(access).none().values_list("id"))


def test_nobody_is_answered_with_what_was_composed_for_somebody_else(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    officer, neighbour = access_for(cast.officer), access_for(cast.south_officer)

    with agency_scope(officer):
        assert ask(one, (), officer, key=incident.pk) == [(incident.pk,)]
        # Even in the officer's scope the neighbour's statement names the neighbour's agency.
        assert ask(one, (), neighbour, key=incident.pk) == []

    statements = [statement_of(one, (), access) for access in (officer, neighbour)]
    assert statements[0].params != statements[1].params


@pytest.mark.parametrize(
    "changed",
    [
        {"capabilities": frozenset()},
        {"session_id": uuid7()},
        {"unit_id": uuid7()},
        {"user_id": uuid7()},
        {"seen_guarded": ()},
        {"is_visiting": True},
    ],
)
def test_whatever_changes_of_an_access_its_statement_is_composed_anew(
    cast: Cast, changed: dict[str, Any]
) -> None:
    access = access_for(cast.officer)

    assert statement_of(one, (), access) is statement_of(one, (), replace(access))
    assert statement_of(one, (), access) is not statement_of(one, (), replace(access, **changed))


def test_every_hole_is_filled_and_every_value_has_one(cast: Cast) -> None:
    statement = statement_of(one, (), access_for(cast.officer))

    for values in ({}, {"key": KEY, "moment": MOMENT}, {"moment": MOMENT}):
        with pytest.raises(RuntimeError, match="no place"):
            statement.filled(dict(values))
    assert statement.filled({"key": "K"}).count("K") == 1


def test_a_value_that_equals_a_hole_is_a_value() -> None:
    same = MOMENT + timedelta(0)
    assert same == MOMENT
    assert same is not MOMENT

    statement = composed(("SELECT %s, %s, %s, 100 %% 7", (same, MOMENT, Hole("limit"))))

    assert statement.sql == "SELECT $1, $2, $3, 100 % 7"
    assert statement.holes == ((1, "moment"), (2, "limit"))
    assert native("a = %s AND b LIKE 'x%%' AND c = %s") == "a = $1 AND b LIKE 'x%' AND c = $2"


def test_what_can_match_nothing_says_so(cast: Cast) -> None:
    with pytest.raises(EmptyResultSet):
        statement_of(nothing, (), access_for(cast.officer))


def test_a_box_is_written_as_geos_writes_it() -> None:
    made, theirs = BoxValue((-122.5, 37.7, -122.4, 37.8)), PostGISAdapter(box(-122.5, 37.7, -122.4, 37.8))

    assert (bytes(made.ewkb), made.srid, made.geography) == (
        bytes(theirs.ewkb),
        theirs.srid,
        theirs.geography,
    )
    assert bounds_around(POINT, 500) == pytest.approx(envelope_around(POINT, 500).extent, abs=1e-15)
