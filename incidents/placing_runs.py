"""Placing all incidents of an agency anew when its areas changed: ordered, run in batches, stopped.

An incident's beat and district are always those of the versions in force. What changes is audited row by row, with
the order and its reason; `updated_at` stays, since nobody changed the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from incidents.choices import PlacingStatus
from incidents.importing.sessions import import_session
from incidents.importing.sql import prepare_session
from incidents.jobs import place_incidents_job
from incidents.models import AreaPlacing, Incident
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, NotFound
from nethra.core.scope import agency_scope
from nethra.jobs.queue import enqueue

BATCH = 25_000
#: Pieces of at most this many corners: an exact test against a whole district costs a thousand times more.
CORNERS = 64
UNFINISHED = (PlacingStatus.WAITING, PlacingStatus.RUNNING)
FIRST = UUID(int=0)

# Built anew for each batch: whatever is in force when a batch begins is what it is placed by.
_SHAPES = """
CREATE TEMPORARY TABLE placing_shapes ON COMMIT DROP AS
SELECT a.kind::text AS kind, a.id, a.code, ST_Subdivide(a.shape, %(corners)s) AS shape
FROM incidents_area a JOIN incidents_areaset s ON s.agency_id = a.agency_id AND s.id = a.area_set_id
WHERE a.agency_id = %(agency)s AND s.is_current AND a.kind IN ('beat', 'district');
CREATE INDEX ON placing_shapes USING gist (shape);
ANALYZE placing_shapes
"""
# A point on a shared border goes to the area of the lowest code, as in placing.place.
_BATCH = """
WITH batch AS MATERIALIZED (
    SELECT id, location FROM incidents_incident
    WHERE agency_id = %(agency)s AND id > %(after)s ORDER BY id LIMIT %(size)s),
placed AS (
    SELECT b.id,
           (array_agg(s.id ORDER BY s.code) FILTER (WHERE s.kind = 'beat'))[1] AS beat_id,
           (array_agg(s.id ORDER BY s.code) FILTER (WHERE s.kind = 'district'))[1] AS district_id
    FROM batch b LEFT JOIN placing_shapes s ON s.shape && b.location AND ST_Intersects(s.shape, b.location)
    GROUP BY b.id),
moved AS (
    UPDATE incidents_incident i SET beat_id = p.beat_id, district_id = p.district_id
    FROM placed p
    WHERE i.id = p.id AND i.agency_id = %(agency)s
      AND (i.beat_id, i.district_id) IS DISTINCT FROM (p.beat_id, p.district_id)
    RETURNING i.id)
SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM moved), (SELECT max(id::text) FROM batch)
"""


@dataclass(frozen=True)
class Batch:
    """What became of one batch; `latest` is the key it ended with, None after the last."""

    looked_at: int
    changed: int
    latest: UUID | None


class _Cancelled(Exception):
    """Somebody asked this run to stop."""


@transaction.atomic
def order_placing(*, access: Access, reason: str) -> AreaPlacing | None:
    """Order that all incidents be placed anew by the versions in force; None where the agency has none."""
    access.require(Capability.MANAGE_AREAS)
    if not Incident._base_manager.filter(agency_id=access.agency_id).exists():
        return None
    placing: AreaPlacing = AreaPlacing.objects.create(
        agency_id=access.agency_id, reason=reason[:200], ordered_by_id=access.author_id
    )
    enqueue(place_incidents_job, agency_id=access.agency_id, placing_id=placing.pk)
    return placing


@transaction.atomic
def order_again(*, access: Access, placing_id: UUID) -> AreaPlacing:
    """Order a run that was stopped, failed or was left behind by a killed worker once more."""
    access.require(Capability.MANAGE_AREAS)
    placing = find_placing(access, placing_id)
    if placing.status == PlacingStatus.DONE:
        raise Conflict("This is done already.")
    _write(access, placing_id, status=PlacingStatus.WAITING, cancel_requested=False, message="")
    enqueue(place_incidents_job, agency_id=access.agency_id, placing_id=placing_id)
    return find_placing(access, placing_id)


@transaction.atomic
def stop_placing(*, access: Access, placing_id: UUID) -> None:
    """Ask a run to stop before its next batch; what it has placed stays, since it is right. Raise Conflict."""
    access.require(Capability.MANAGE_AREAS)
    placing = find_placing(access, placing_id)
    if placing.status not in UNFINISHED:
        raise Conflict("This has ended already.")
    _write(access, placing_id, cancel_requested=True)


def find_placing(access: Access, placing_id: UUID) -> AreaPlacing:
    """Return the run; raise NotFound unless this access may see it."""
    placing = AreaPlacing.objects.visible_to(access).filter(pk=placing_id).first()
    if placing is None:
        raise NotFound()
    return placing


def run_placing(*, access: Access, placing_id: UUID, size: int = BATCH) -> AreaPlacing:
    """Place all incidents anew, batch by batch, and return the run: done or cancelled. Safe to run twice.

    Opens its own transactions, so call it outside one. Raise NotFound, and Conflict while an import of the agency
    stores incidents: when that has ended, it orders the run again.
    """
    access.require(Capability.MANAGE_AREAS)
    with import_session(access.agency_id):
        with agency_scope(access):
            placing = find_placing(access, placing_id)
        if placing.status in UNFINISHED:
            _run(access, placing, size)
    with agency_scope(access):
        order_waiting(access)
        return find_placing(access, placing_id)


def run_waiting(*, access: Access) -> int:
    """Run now what is ordered; return how many incidents changed their beat or district. As run_placing()."""
    with agency_scope(access):
        waiting = AreaPlacing.objects.visible_to(access).filter(status=PlacingStatus.WAITING)
        keys = list(waiting.order_by("pk").values_list("pk", flat=True))
    return sum(run_placing(access=access, placing_id=key).changed for key in keys)


def order_waiting(access: Access) -> None:
    """Order the runs that found an import, or another run, in their way."""
    waiting = AreaPlacing.objects.visible_to(access).filter(status=PlacingStatus.WAITING)
    for key in waiting.order_by("pk").values_list("pk", flat=True):
        enqueue(place_incidents_job, agency_id=access.agency_id, placing_id=key)


def _run(access: Access, placing: AreaPlacing, size: int) -> None:
    total = {"total": 0, "done": 0, "changed": 0}
    with agency_scope(access, reason=_reason(placing)):
        total["total"] = Incident._base_manager.filter(agency_id=access.agency_id).count()
        now = datetime.now(UTC)
        _write(access, placing.pk, status=PlacingStatus.RUNNING, started_at=now, finished_at=None, **total)
    try:
        _place_all(access, placing, size)
    except _Cancelled:
        _end(
            access, placing, PlacingStatus.CANCELLED, "Stopped; the incidents not looked at keep their areas."
        )
    except BaseException:
        _end(access, placing, PlacingStatus.FAILED, "Stopped on an unexpected error; the log says more.")
        raise
    else:
        _end(access, placing, PlacingStatus.DONE, "")


def _place_all(access: Access, placing: AreaPlacing, size: int) -> None:
    after, done, changed = FIRST, 0, 0
    while True:
        with agency_scope(access, reason=_reason(placing)):
            if find_placing(access, placing.pk).cancel_requested:
                raise _Cancelled
            batch = _place_batch(access, after, size)
            done, changed = done + batch.looked_at, changed + batch.changed
            _write(access, placing.pk, done=done, changed=changed)
        if batch.latest is None:
            return
        after = batch.latest


def _place_batch(access: Access, after: UUID, size: int) -> Batch:
    prepare_session()
    values: dict[str, Any] = {"agency": access.agency_id, "after": after, "size": size, "corners": CORNERS}
    with connection.cursor() as cursor:
        for statement in _SHAPES.split(";"):
            cursor.execute(statement, values if "%(" in statement else None)
        cursor.execute(_BATCH, values)
        row = cursor.fetchone()
        # Within an outer transaction nothing is dropped at the end of a batch.
        cursor.execute("DROP TABLE placing_shapes")
    looked_at, changed, latest = row or (0, 0, None)
    return Batch(looked_at, changed, UUID(latest) if looked_at == size else None)


def _reason(placing: AreaPlacing) -> str:
    return f"placing {placing.pk}: {placing.reason}"[:200]


def _end(access: Access, placing: AreaPlacing, status: PlacingStatus, message: str) -> None:
    with agency_scope(access, reason=_reason(placing)):
        _write(access, placing.pk, status=status, message=message, finished_at=datetime.now(UTC))


def _write(access: Access, placing_id: UUID, **values: Any) -> None:
    AreaPlacing.objects.visible_to(access).filter(pk=placing_id).update(**values)
