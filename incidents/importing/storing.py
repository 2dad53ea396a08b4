"""Storing the new rows chunk by chunk, and taking back what a batch stored."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from accounts.models import Agency
from incidents.importing.sql import compose, execute, rows
from incidents.importing.staging import Staged

CHUNK = 25_000
#: The first chunk is small: after it the statistics are true, and the plans of the key checks with them.
FIRST_CHUNK = 1_000
#: A chunk ends before its rows take more room than this: it passes through this process.
CHUNK_BYTES = 16_000_000

NEXT = """
WITH following AS MATERIALIZED (
    SELECT record FROM import_rows WHERE record > {after} AND outcome = 'new' ORDER BY record LIMIT {size}),
measured AS (
    SELECT record, row_number() OVER in_order AS nth,
        sum(200 + octet_length({description}) + octet_length({notes})) OVER in_order AS bytes
    FROM following JOIN import_lines l USING (record) WINDOW in_order AS (ORDER BY record))
SELECT max(record) FROM measured WHERE nth = 1 OR bytes <= {most}
"""

# Keys are made in the order of storing: scattered ones would touch a page of every index for each row.
# Both tables are narrowed: the planner does not carry the range of records from one to the other.
CHUNK_ROWS = """
SELECT r.record, app.uuid7(), coalesce(r.status, 'reported'), r.reported_at, r.occurred_from, r.occurred_until,
    {description}, {notes}, r.point, {address}, r.beat_id, r.district_id, r.external_id, r.content_hash,
    r.code, r.completion, {offence}, r.found_by_address
FROM import_rows r JOIN import_lines l USING (record)
WHERE r.outcome = 'new' AND r.record > {after} AND r.record <= {until} AND l.record > {after} AND l.record <= {until}
ORDER BY r.record
"""

# Dropped by hand after use: ON COMMIT DROP would keep it in an outer transaction.
CHUNK_TABLE = """
CREATE TEMPORARY TABLE import_chunk (record integer, id uuid, status text, reported_at timestamptz,
    occurred_from timestamptz, occurred_until timestamptz, description text, notes text, location geometry,
    address text, beat_id uuid, district_id uuid, external_id text, content_hash bytea, code text, completion text,
    offence text, found_by_address text)
"""

INCIDENTS = """
INSERT INTO incidents_incident (id, agency_id, number, status, reported_by_id, reported_at, occurred_from,
    occurred_until, description, notes, location, address, beat_id, district_id, source, external_id,
    content_hash, import_batch_id, found_by_address, stated_offences, created_at, updated_at)
SELECT r.id, {agency},
    app.incident_number({format}, extract(year FROM reported_at AT TIME ZONE {zone})::integer),
    status, NULL, reported_at, occurred_from, occurred_until, description, notes, location, address, beat_id,
    district_id, {source}, external_id, content_hash, {batch}, found_by_address,
    '[' || app.stated_offence(r.code, r.completion, c.id, true) || ']', now(), now()
FROM import_chunk r
LEFT JOIN incidents_offencecategory c ON c.agency_id = {agency} AND c.name = r.offence
ORDER BY r.record
"""

OFFENCES = """
INSERT INTO incidents_incidentoffence (id, agency_id, incident_id, position, offence_code_id, category_id,
    is_primary, completion)
SELECT app.uuid7(), {agency}, r.id, 1, r.code, c.id, true, r.completion
FROM import_chunk r
LEFT JOIN incidents_offencecategory c ON c.agency_id = {agency} AND c.name = r.offence
ORDER BY r.record
"""

# FOR UPDATE looks at updated_at again once it has the row: an edit of this moment is seen.
CHUNK_OF_BATCH = """
SELECT i.id FROM incidents_incident i
WHERE i.agency_id = {agency} AND i.import_batch_id = {batch} {unedited} LIMIT {size} FOR UPDATE
"""
# In one statement: nothing is stated anew of incidents that go with their offences.
REMOVE_INCIDENTS = """
WITH offences AS (
    DELETE FROM incidents_incidentoffence o WHERE o.agency_id = {agency} AND o.incident_id = ANY ({ids})),
habits AS (
    DELETE FROM incidents_incidenthabit h WHERE h.agency_id = {agency} AND h.incident_id = ANY ({ids}))
DELETE FROM incidents_incident i WHERE i.agency_id = {agency} AND i.id = ANY ({ids})
"""


def next_chunk(staged: Staged, after: int) -> int | None:
    """Return the last record of the chunk of new rows that follows the record `after`; None after the last."""
    [(until,)] = rows(
        NEXT,
        after=after,
        size=CHUNK if after else FIRST_CHUNK,
        most=CHUNK_BYTES,
        description=staged.cell("description"),
        notes=staged.cell("notes"),
    )
    return None if until is None else int(until)


def take_chunk(staged: Staged, after: int, until: int) -> list[bytes]:
    """Return the new rows of records after < record <= until, as PostgreSQL's COPY writes them."""
    fields = ("description", "notes", "address", "offence")
    query = compose(CHUNK_ROWS, after=after, until=until, **{name: staged.cell(name) for name in fields})
    copy_out = compose("COPY ({query}) TO STDOUT (FORMAT binary)", query=query)
    with connection.cursor() as cursor, cursor.copy(copy_out) as copy:
        return [bytes(block) for block in copy]


def store_chunk(source: str, agency: Agency, batch_id: UUID, chunk: list[bytes]) -> int:
    """Insert a chunk's rows as incidents with their offences; return how many. Any session may do it."""
    execute(CHUNK_TABLE)
    with connection.cursor() as cursor, cursor.copy("COPY import_chunk FROM STDIN (FORMAT binary)") as copy:
        for block in chunk:
            copy.write(block)
    execute("ANALYZE import_chunk")
    stored = execute(
        INCIDENTS,
        agency=agency.pk,
        format=agency.incident_number_format,
        zone=agency.time_zone,
        source=source,
        batch=batch_id,
    )
    execute(OFFENCES, agency=agency.pk)
    execute("DROP TABLE import_chunk")
    return stored


def refresh_statistics() -> None:
    """Let the planner know how large the tables of incidents are now."""
    rows("SELECT app.refresh_incident_statistics()::text")


def remove_chunk(agency_id: UUID, batch_id: UUID, *, edited_too: bool, size: int = CHUNK) -> int:
    """Remove up to `size` incidents of the batch, their parts first; return how many went.

    Rows edited since they were stored stay unless `edited_too`, also when the edit came a moment ago.
    """
    unedited = compose("") if edited_too else compose("AND i.updated_at = i.created_at")
    found = rows(CHUNK_OF_BATCH, agency=agency_id, batch=batch_id, unedited=unedited, size=size)
    ids = [id_ for (id_,) in found]
    if not ids:
        return 0
    return execute(REMOVE_INCIDENTS, agency=agency_id, ids=ids)
