"""Storing the new rows chunk by chunk, and taking back what a batch stored."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Agency
from incidents.importing.sql import compose, execute, rows
from incidents.importing.staging import Staged

CHUNK = 50_000
#: The first chunk is small: after it the statistics are true, and the plans of the key checks with them.
FIRST_CHUNK = 1_000

NEXT = """
SELECT max(record) FROM (
    SELECT record FROM import_rows
    WHERE record > {after} AND outcome = 'new' ORDER BY record LIMIT {size}) AS chunk
"""

INCIDENTS = """
INSERT INTO incidents_incident (id, agency_id, number, status, reported_by_id, reported_at, occurred_from,
    occurred_until, description, notes, location, address, beat_id, district_id, source, external_id,
    content_hash, import_batch_id, created_at, updated_at)
SELECT r.id, {agency},
    app.incident_number({format}, extract(year FROM r.reported_at AT TIME ZONE {zone})::integer),
    coalesce(r.status, 'reported'), NULL, r.reported_at, r.occurred_from, r.occurred_until,
    {description}, {notes}, r.point, {address}, r.beat_id, r.district_id, {source}, r.external_id,
    r.content_hash, {batch}, now(), now()
FROM import_rows r JOIN import_lines l USING (record)
WHERE r.outcome = 'new' AND r.record > {after} AND r.record <= {until}
ORDER BY r.record
"""

OFFENCES = """
INSERT INTO incidents_incidentoffence (id, agency_id, incident_id, position, offence_code_id, category_id,
    is_primary, completion)
SELECT app.uuid7(), {agency}, r.id, 1, r.code, c.id, true, r.completion
FROM import_rows r JOIN import_lines l USING (record)
LEFT JOIN incidents_offencecategory c ON c.agency_id = {agency} AND c.name = {offence}
WHERE r.outcome = 'new' AND r.record > {after} AND r.record <= {until}
ORDER BY r.record
"""

# FOR UPDATE looks at updated_at again once it has the row: an edit of this moment is seen.
CHUNK_OF_BATCH = """
SELECT i.id FROM incidents_incident i
WHERE i.agency_id = {agency} AND i.import_batch_id = {batch} {unedited} LIMIT {size} FOR UPDATE
"""
REMOVE_OFFENCES = """
DELETE FROM incidents_incidentoffence o WHERE o.agency_id = {agency} AND o.incident_id = ANY ({ids})
"""
REMOVE_INCIDENTS = """
DELETE FROM incidents_incident i WHERE i.agency_id = {agency} AND i.id = ANY ({ids})
"""


def next_chunk(after: int) -> int:
    """Return the last record of the chunk of new rows that follows the record `after`."""
    [(until,)] = rows(NEXT, after=after, size=CHUNK if after else FIRST_CHUNK)
    return int(until)


def store_chunk(staged: Staged, agency: Agency, batch_id: UUID, after: int, until: int) -> int:
    """Insert the new rows of records after < record <= until with their offences; return how many."""
    stored = execute(
        INCIDENTS,
        agency=agency.pk,
        format=agency.incident_number_format,
        zone=agency.time_zone,
        source=staged.profile.source,
        batch=batch_id,
        description=staged.cell("description"),
        notes=staged.cell("notes"),
        address=staged.cell("address"),
        after=after,
        until=until,
    )
    execute(OFFENCES, agency=agency.pk, offence=staged.cell("offence"), after=after, until=until)
    return stored


def refresh_statistics() -> None:
    """Let the planner know how large the tables of incidents are now."""
    rows("SELECT app.refresh_incident_statistics()::text")


def remove_chunk(agency_id: UUID, batch_id: UUID, *, edited_too: bool, size: int = CHUNK) -> int:
    """Remove up to `size` incidents of the batch, offences first; return how many went.

    Rows edited since they were stored stay unless `edited_too`, also when the edit came a moment ago.
    """
    unedited = compose("") if edited_too else compose("AND i.updated_at = i.created_at")
    found = rows(CHUNK_OF_BATCH, agency=agency_id, batch=batch_id, unedited=unedited, size=size)
    ids = [id_ for (id_,) in found]
    if not ids:
        return 0
    execute(REMOVE_OFFENCES, agency=agency_id, ids=ids)
    return execute(REMOVE_INCIDENTS, agency=agency_id, ids=ids)
