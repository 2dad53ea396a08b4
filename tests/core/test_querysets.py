"""A read without an access raises, whatever form it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Incident, IncidentOffence
from nethra.core.errors import UnscopedRead
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

READS: list[Callable[[], Any]] = [
    lambda: list(Incident.objects.all()),
    lambda: Incident.objects.count(),
    lambda: Incident.objects.exists(),
    lambda: Incident.objects.first(),
    lambda: Incident.objects.get(number="x"),
    lambda: Incident.objects.aggregate(),
    lambda: list(Incident.objects.values_list("pk")),
    lambda: list(Incident.objects.iterator()),
    lambda: Incident.objects.update(status="closed"),
    lambda: Incident.objects.filter(status="closed").delete(),
    lambda: Incident.objects.in_bulk(["01900000-0000-7000-8000-000000000000"]),
    lambda: Incident.objects.filter(status="closed")[0],
    lambda: bool(Incident.objects.all()),
    lambda: len(Incident.objects.all()),
    lambda: Incident.objects.get_or_create(number="x"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("read", READS)
def test_an_unscoped_read_raises(read: Callable[[], Any]) -> None:
    with pytest.raises(UnscopedRead, match="Incident"):
        read()


def test_an_unscoped_subquery_raises(cast: Cast) -> None:
    access = access_for(cast.officer)

    with agency_scope(access), pytest.raises(UnscopedRead):
        list(Incident.objects.visible_to(access).filter(pk__in=IncidentOffence.objects.values("incident")))


def test_visible_to_shows_the_own_agency_only(cast: Cast) -> None:
    ours = make_incident(access_for(cast.officer))
    make_incident(access_for(cast.south_officer))

    with agency_scope(access_for(cast.officer)):
        assert list(Incident.objects.visible_to(access_for(cast.officer))) == [ours]
        assert list(Incident.objects.visible_to(access_for(cast.south_officer))) == []


def test_the_escape_needs_a_reason_and_ends(cast: Cast) -> None:
    with pytest.raises(ValueError, match="State why"), unscoped(""):
        pass
    with unscoped("test"):
        assert Incident.objects.count() == 0
    with pytest.raises(UnscopedRead):
        Incident.objects.count()
