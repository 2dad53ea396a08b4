"""The audit in the database, checked against the checkpoints outside it, and every row against its last event.

It reads as the sealer, which sees every agency and writes nothing; what is compared is computed here, not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from nethra.audit.ledger import Ledger
from nethra.audit.proof.checking import (
    Report,
    Times,
    check_events,
    check_lines,
    check_places,
    check_tree,
    read_checkpoints,
    stamps_of,
)
from nethra.audit.proof.exports import read_lines
from nethra.audit.proof.notes import PublicKey
from nethra.audit.proof.removals import Removals

_EVENTS = """
SELECT e.id::text, e.agency_id::text, (extract(epoch FROM e.recorded_at) * 1000000)::bigint AS recorded_at,
       e.xid::text, e.actor_id::text, e.action, e.entity, e.object_id::text, e.source, e.request_id, e.address,
       e.reason, e.result, e.body, encode(e.guarded_hash, 'hex') AS guarded_hash, e.guarded,
       encode(e.salt, 'hex') AS salt, encode(e.leaf, 'hex') AS leaf, l.seq
FROM audit_auditevent e LEFT JOIN audit_auditleaf l ON l.event_id = e.id
"""
_OF_AGENCY = "WHERE %(agency)s::uuid IS NULL OR e.agency_id = %(agency)s"
_BY_ID = "WHERE e.id = ANY (%(ids)s)"
_FETCHED = 5_000


def events_of(connection: psycopg.Connection[Any], agency: Any = None) -> Iterator[dict[str, Any]]:
    """Yield every event, or those of one agency, with its place in the tree."""
    with connection.cursor("audit_events", row_factory=psycopg.rows.dict_row) as cursor:
        cursor.itersize = _FETCHED
        cursor.execute(_EVENTS + _OF_AGENCY, {"agency": agency})
        yield from cursor


def events_by_id(connection: psycopg.Connection[Any], event_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return those of these events that there are, each with its place in the tree."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(_EVENTS + _BY_ID, {"ids": list(event_ids)}).fetchall()


def leaves_of(connection: psycopg.Connection[Any]) -> list[bytes]:
    """Return the leaves in the order of the tree."""
    with connection.cursor("audit_leaves") as cursor:
        cursor.itersize = _FETCHED * 10
        cursor.execute("SELECT leaf FROM audit_auditleaf ORDER BY seq")
        return [bytes(leaf) for (leaf,) in cursor]


def inspect(
    connection: psycopg.Connection[Any],
    ledger: Ledger,
    keys: Sequence[PublicKey],
    *,
    with_state: bool = False,
) -> Report:
    """Return what differs between the database and the checkpoints and lines of the ledger.

    ``with_state`` compares every row with its last event besides.
    """
    # Read before the database: what is sealed meanwhile is then in the database at least.
    notes, lines = ledger.notes(), [line for path in ledger.lines() for line in read_lines(path)]
    # One snapshot: what is written meanwhile is not seen by halves.
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return compared(connection, notes, lines, keys, with_state=with_state)


def compared(
    connection: psycopg.Connection[Any],
    notes: Sequence[str],
    lines: Sequence[Mapping[str, Any]],
    keys: Sequence[PublicKey],
    *,
    with_state: bool = False,
) -> Report:
    """Return what ``inspect`` finds, within the transaction that is open."""
    report = Report()
    checkpoints = read_checkpoints(notes, keys, report)
    leaves = leaves_of(connection)
    check_tree(leaves, checkpoints, report)
    times = Times(stamps_of(checkpoints, lines))
    removals = Removals()
    events = removals.watch(check_events(events_of(connection), leaves, times, report), report)
    seqs = [event["seq"] for event in events]
    removals.judge(times, report)
    check_places(seqs, len(leaves), removals.places, report)
    check_lines(lines, leaves, report, removals.wrong_about)
    _check_own_notes(connection, notes, report)
    if with_state:
        for table in audited_tables(connection):
            check_table(connection, table, report)
    return report


def _check_own_notes(connection: psycopg.Connection[Any], notes: Sequence[str], report: Report) -> None:
    stored = connection.execute("SELECT note FROM audit_auditcheckpoint ORDER BY size").fetchall()
    for number, (note, (own,)) in enumerate(zip(notes, stored, strict=False), 1):
        if note != own:
            report.find("checkpoint", f"checkpoint {number}", "The database has another one in its place.")
    if len(stored) < len(notes):
        report.find("missing", "checkpoints", f"{len(notes)} were made and the database has {len(stored)}.")


# Rows and their last events


def audited_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the tables whose changes are recorded."""
    found = connection.execute(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_insert' ORDER BY 1"
    )
    return [name for (name,) in found.fetchall()]


# What the last event of a row says it is, against the row. Geometries are spelled as the trigger spells them. A column
# that a later migration added is unknown to the event and is not compared, nor is one that is gone.
_STATE = """
WITH last AS (
    SELECT DISTINCT ON (object_id) object_id, id, action, body, guarded
    FROM audit_auditevent WHERE entity = {name} AND action IN ('insert', 'update', 'delete')
    ORDER BY object_id, recorded_at DESC, id DESC
), present AS (SELECT r.id, to_jsonb(r) AS row FROM (SELECT {columns} FROM {table}) r)
SELECT coalesce(present.id, last.object_id)::text, last.id::text,
       CASE WHEN last.object_id IS NULL THEN 'There is a row that no event wrote.'
            WHEN present.id IS NULL THEN 'The row is gone, and no event says who removed it.'
            WHEN last.action = 'delete' THEN 'The row is there, and its last event removed it.'
            ELSE 'The row is not what its last event says: ' || differing.names || '.' END
FROM last FULL JOIN present ON present.id = last.object_id
LEFT JOIN LATERAL (
    SELECT string_agg(told.key, ', ' ORDER BY told.key) AS names
    FROM jsonb_each((last.body::jsonb -> 'new') || coalesce(last.guarded::jsonb -> 'new', '{{}}')) told
    WHERE present.row ? told.key AND present.row -> told.key IS DISTINCT FROM told.value
) differing ON last.action <> 'delete' AND present.id IS NOT NULL
WHERE last.object_id IS NULL OR (present.id IS NULL AND last.action <> 'delete')
   OR (present.id IS NOT NULL AND (last.action = 'delete' OR differing.names IS NOT NULL))
"""


def check_table(connection: psycopg.Connection[Any], table: str, report: Report) -> None:
    """Find the rows of a table that are not what their last events say."""
    columns = connection.execute(
        """SELECT a.attname, t.typname IN ('geometry', 'geography')
           FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum""",
        [table],
    ).fetchall()
    spelled = [
        sql.SQL("{0}::text AS {0}" if is_geometry else "{0}").format(sql.Identifier(name))
        for name, is_geometry in columns
    ]
    statement = sql.SQL(_STATE).format(
        name=sql.Literal(table), columns=sql.SQL(", ").join(spelled), table=sql.Identifier(table)
    )
    for key, _, sentence in connection.execute(statement).fetchall():
        report.find("state", f"{table} {key}", sentence)
