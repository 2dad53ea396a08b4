"""Comparing the chains in the database with themselves, with the exhibits they stand for, and with the audit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from media_evidence.custody.chain import (
    Break,
    Link,
    Standing,
    Whereabouts,
    breaks_of,
    standing_of,
    whereabouts_of,
)
from media_evidence.models import CustodyEvent, Evidence, Item
from nethra.core.access import Access

# Whether the columns say what the record says, and whether the audit kept the entry as it was written: who can change
# both the row and its hash cannot change the audit unseen.
_DIFFERING = """
SELECT e.evidence_id, e.position, app.custody_record(e, x.sha256) <> e.record,
       NOT EXISTS (SELECT FROM audit_auditevent a WHERE a.agency_id = e.agency_id AND a.object_id = e.id
                     AND a.entity = 'media_evidence_custodyevent' AND a.action = 'insert'
                     AND a.body::jsonb -> 'new' ->> 'hash' = e.hash)
FROM media_evidence_custodyevent e JOIN media_evidence_evidence x ON x.id = e.evidence_id
WHERE e.agency_id = %s AND e.evidence_id = ANY (%s)
"""

# Entries that were written, says the audit, and are not there.
_MISSING = """
SELECT (a.body::jsonb -> 'new' ->> 'evidence_id')::uuid, (a.body::jsonb -> 'new' ->> 'position')::integer
FROM audit_auditevent a
WHERE a.agency_id = %s AND a.entity = 'media_evidence_custodyevent' AND a.action = 'insert'
  AND NOT EXISTS (SELECT FROM media_evidence_custodyevent e WHERE e.id = a.object_id)
"""


def custody_breaks(access: Access, exhibits: Sequence[Evidence]) -> dict[UUID, list[Break]]:
    """Return exhibit -> where its chain of custody does not hold; only exhibits with a break. Four queries at most."""
    keys = [exhibit.pk for exhibit in exhibits]
    links: dict[UUID, list[Link]] = {key: [] for key in keys}
    rows = CustodyEvent._base_manager.filter(agency_id=access.agency_id, evidence_id__in=keys)
    for row in rows.order_by("evidence_id", "position", "recorded_at"):
        links[row.evidence_id].append(Link(row.position, row.record, row.previous_hash, row.hash))
    found = {
        exhibit.pk: breaks_of(
            str(exhibit.pk),
            exhibit.sha256,
            links[exhibit.pk],
            count=exhibit.custody_events,
            head=exhibit.custody_head,
        )
        for exhibit in exhibits
    }
    for exhibit in exhibits:
        if not found[exhibit.pk] and _standing(links[exhibit.pk]) != _stored_standing(exhibit):
            found[exhibit.pk].append(Break(0, "The exhibit does not stand where its chain says."))
    for item in _items(access, exhibits):
        if not found[item.evidence_id] and _whereabouts(links[item.evidence_id]) != _stored_whereabouts(item):
            found[item.evidence_id].append(
                Break(0, "The thing is not where its chain says, or not as it says.")
            )
    for key, broken in _against_audit(access, keys):
        found[key].append(broken)
    return {key: breaks for key, breaks in found.items() if breaks}


def missing_entries(access: Access) -> Iterable[tuple[UUID, Break]]:
    """Yield exhibit and break for each entry of the agency that the audit saw written and that is gone.

    Entries of exhibits that were expunged by order went with them, and are not told.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [access.agency_id])
        gone = cursor.fetchall()
    known = set(
        Evidence._base_manager.filter(
            agency_id=access.agency_id, pk__in={key for key, _ in gone}
        ).values_list("pk", flat=True)
    )
    for key, position in gone:
        if key in known:
            yield key, Break(position, "the audit saw it written, and it is gone.")


def _standing(links: Sequence[Link]) -> Standing:
    return standing_of(json.loads(link.record) for link in links)


def _stored_standing(exhibit: Evidence) -> Standing:
    return Standing(
        exhibit.custody,
        _text(exhibit.holder_id),
        exhibit.holder_name,
        _text(exhibit.offered_to_id),
        exhibit.is_on_hold,
    )


def _items(access: Access, exhibits: Sequence[Evidence]) -> Iterable[Item]:
    keys = [exhibit.pk for exhibit in exhibits if exhibit.is_physical]
    return Item._base_manager.filter(agency_id=access.agency_id, evidence_id__in=keys) if keys else ()


def _whereabouts(links: Sequence[Link]) -> Whereabouts:
    return whereabouts_of(json.loads(link.record) for link in links)


def _stored_whereabouts(item: Item) -> Whereabouts:
    due = item.due_back_on.isoformat() if item.due_back_on else None
    return Whereabouts(_text(item.location_id), item.seal_number, item.purpose, due)


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)


def _against_audit(access: Access, keys: Sequence[UUID]) -> Iterable[tuple[UUID, Break]]:
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING, [access.agency_id, list(keys)])
        for key, position, differs, is_unknown in cursor.fetchall():
            if differs:
                yield key, Break(position, "its fields do not say what its record says.")
            if is_unknown:
                yield key, Break(position, "the audit does not know it as it stands.")
