"""The bytes path says what a plain serializer says."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db.models import Prefetch
from rest_framework.renderers import JSONRenderer

from incidents.choices import AreaKind
from incidents.fields import AREA, IMPORT_BATCH, INCIDENT, OFFENCE
from incidents.models import Area, ImportBatch, Incident, IncidentOffence, OffenceCode
from nethra.core import rows
from nethra.core.errors import UnscopedRead
from nethra.core.schema import read_serializer
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db


def plain(declaration: Any, instances: Any) -> Any:
    """Return what the REST framework would answer, parsed with its order of keys."""
    rendered = JSONRenderer().render(read_serializer(declaration)(instances, many=True).data)
    return orjson.loads(rendered)


def as_items(value: Any) -> Any:
    """Return nested pairs, so that a comparison sees the order of keys."""
    if isinstance(value, dict):
        return [(key, as_items(v)) for key, v in value.items()]
    return [as_items(v) for v in value] if isinstance(value, list) else value


ROLES = ("admin", "supervisor", "officer", "analyst", "auditor", "custodian", "prosecutor")


@pytest.mark.parametrize("role", ROLES)
def test_incidents_read_alike_for_every_role(cast: Cast, role: str) -> None:
    access = access_for(cast.officer)
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    make_incident(access, "220", "23F", notes='Näh\u2028e "quoted" \\ /')
    make_incident(access, location=None)
    access = access_for(getattr(cast, role))
    with agency_scope(access):
        withheld = INCIDENT.redacted_for(access) or []
        # Serializers read relations as attributes; these are what the declaration's rows select.
        offences = Prefetch("offences", IncidentOffence._base_manager.order_by("position"))
        instances = list(Incident.objects.visible_to(access).order_by("id").prefetch_related(offences))
        for instance in instances:
            for offence in instance.offences.all():
                offence.code, offence.category = offence.offence_code_id, offence.category_id  # type: ignore
            instance.redacted = withheld  # type: ignore[attr-defined]
        expected = plain(INCIDENT, instances)
        found = rows.records(Incident.objects.visible_to(access).order_by("id"), INCIDENT, access)

    for record in expected:
        for name in withheld:
            del record[name]
    assert len(found) == (0 if role == "prosecutor" else 2)
    assert as_items(orjson.loads(rows.dumps(found))) == as_items(expected)


def test_areas_batches_and_offences_read_alike(cast: Cast) -> None:
    access = access_for(cast.admin)
    make_area(access, AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    with agency_scope(access):
        ImportBatch.objects.create(agency_id=cast.north.pk, profile="sf", file_name="a.csv")
        for declaration, queryset in (
            (AREA, Area.objects.visible_to(access).order_by("id").select_related("area_set")),
            (IMPORT_BATCH, ImportBatch.objects.visible_to(access)),
            (OFFENCE, OffenceCode.objects.order_by("code")),
        ):
            found = orjson.loads(rows.dumps(rows.records(queryset, declaration, access)))
            assert found
            assert as_items(found) == as_items(plain(declaration, queryset))


def test_the_bytes_path_refuses_unscoped_rows(cast: Cast) -> None:
    with pytest.raises(UnscopedRead):
        rows.records(Incident.objects.all(), INCIDENT, access_for(cast.admin))


def test_an_impossible_filter_reads_nothing(cast: Cast) -> None:
    access = access_for(cast.admin)

    assert rows.records(Incident.objects.visible_to(access).none(), INCIDENT, access) == []


def test_times_are_utc_and_end_in_z(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_incident(access)

    with agency_scope(access):
        found = rows.dumps(rows.records(Incident.objects.visible_to(access), INCIDENT, access))

    assert b'"occurred_from":"2026-03-02T14:30:00Z"' in found
