"""Twelve ways to falsify an audit, as a superuser who knows how it is made. Each is done within a transaction."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
#: What it changes: the connection, the number of sealed events, the signed notes, and chance.
Attack = Callable[[Connection, int, list[str], random.Random], None]

RECOMPUTED = """app.audit_leaf(id, agency_id, recorded_at, actor_id, action, entity, object_id, source, request_id,
                               address, reason, result, body, guarded_hash)"""


def open_tables(connection: Connection) -> None:
    """Take away what keeps the tables append only."""
    for table in ("audit_auditevent", "audit_auditleaf", "audit_auditcheckpoint"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def key_at(connection: Connection, seq: int) -> Any:
    row = connection.execute("SELECT event_id FROM audit_auditleaf WHERE seq = %s", [seq]).fetchone()
    assert row is not None
    return row[0]


def update(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    key = key_at(connection, chance.randrange(size))
    connection.execute("UPDATE audit_auditevent SET reason = 'asked for' WHERE id = %s", [key])


def delete(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    connection.execute(
        "DELETE FROM audit_auditevent WHERE id = %s", [key_at(connection, chance.randrange(size))]
    )


def truncate(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    connection.execute("TRUNCATE audit_auditevent, audit_auditleaf, audit_auditcheckpoint")


def reorder(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Let two neighbours change places in the tree."""
    seq = chance.randrange(size - 1)
    first, second = key_at(connection, seq), key_at(connection, seq + 1)
    rows = dict(
        connection.execute("SELECT event_id, leaf FROM audit_auditleaf WHERE seq IN (%s, %s)", [seq, seq + 1])
    )
    connection.execute("DELETE FROM audit_auditleaf WHERE seq IN (%s, %s)", [seq, seq + 1])
    for place, key in ((seq, second), (seq + 1, first)):
        connection.execute("INSERT INTO audit_auditleaf VALUES (%s, %s, %s)", [place, key, rows[key]])


def swap(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Give each of two events what the other says, with leaves to match."""
    one, other = (key_at(connection, seq) for seq in chance.sample(range(size), 2))
    connection.execute(
        """UPDATE audit_auditevent e SET body = o.body || ' ', actor_id = o.actor_id, action = o.action,
               entity = o.entity, object_id = o.object_id, guarded = o.guarded, salt = o.salt,
               guarded_hash = o.guarded_hash
           FROM audit_auditevent o WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))""",
        [one, other, other, one],
    )
    _recompute(connection, [one, other])


def back_date(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Write an event today that says it is old, wherever the sealer will put it."""
    seq = chance.randrange(size)
    _insert(connection, key_at(connection, seq), "xid, pg_current_xact_id()")


def insert(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Put an event among old ones, with a transaction's number to match."""
    _insert(connection, key_at(connection, chance.randrange(size - 1)), "xid, xid")


def recompute_leaf(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Change an event, its leaf, and the tree's leaf."""
    key = key_at(connection, chance.randrange(size))
    connection.execute("UPDATE audit_auditevent SET actor_id = app.uuid7() WHERE id = %s", [key])
    _recompute(connection, [key])


def drop_tail(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Forget everything after an event, in all three tables."""
    seq = chance.randrange(1, size)
    connection.execute(
        "DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_auditleaf WHERE seq >= %s)",
        [seq],
    )
    connection.execute("DELETE FROM audit_auditleaf WHERE seq >= %s", [seq])
    connection.execute("DELETE FROM audit_auditcheckpoint WHERE size > %s", [seq])


def edit_a_row(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Change a record with its triggers off."""
    connection.execute("ALTER TABLE incidents_incident DISABLE TRIGGER ALL")
    keys = connection.execute("SELECT id FROM incidents_incident ORDER BY id").fetchall()
    column = chance.choice(
        ["description = description || '.'", "status = 'closed'", "occurred_from = '2001-01-01Z'"]
    )
    connection.execute(f"UPDATE incidents_incident SET {column} WHERE id = %s", chance.choice(keys))


def set_back(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Restore an older state, and write what came after it anew, so that the counts agree."""
    seq = chance.randrange(1, size)
    connection.execute(
        "CREATE TEMPORARY TABLE later ON COMMIT DROP AS SELECT l.seq, e.* FROM audit_auditevent e "
        "JOIN audit_auditleaf l ON l.event_id = e.id WHERE l.seq >= %s",
        [seq],
    )
    connection.execute(
        "DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_auditleaf WHERE seq >= %s)",
        [seq],
    )
    connection.execute("DELETE FROM audit_auditleaf WHERE seq >= %s", [seq])
    connection.execute("UPDATE later SET id = app.uuid7(), reason = 'as before'")
    connection.execute("INSERT INTO audit_auditleaf SELECT seq, id, leaf FROM later")
    connection.execute("ALTER TABLE later DROP COLUMN seq")
    connection.execute("INSERT INTO audit_auditevent SELECT * FROM later")
    keys = [key for (key,) in connection.execute("SELECT id FROM later").fetchall()]
    _recompute(connection, keys)


def edit_a_checkpoint(connection: Connection, size: int, notes: list[str], chance: random.Random) -> None:
    """Change a number of a signed note, in the files and in the database."""
    number = chance.randrange(len(notes))
    lines = notes[number].split("\n")
    place = chance.choice([1, 3, 4, 5])
    lines[place] = lines[place][:-1] + str((int(lines[place][-1]) + 1) % 10)
    notes[number] = "\n".join(lines)
    connection.execute(
        "UPDATE audit_auditcheckpoint SET note = %s WHERE size = "
        "(SELECT size FROM audit_auditcheckpoint ORDER BY size OFFSET %s LIMIT 1)",
        [notes[number], number],
    )


def _recompute(connection: Connection, keys: list[Any]) -> None:
    connection.execute(f"UPDATE audit_auditevent SET leaf = {RECOMPUTED} WHERE id = ANY (%s)", [keys])
    connection.execute(
        "UPDATE audit_auditleaf l SET leaf = e.leaf FROM audit_auditevent e "
        "WHERE e.id = l.event_id AND e.id = ANY (%s)",
        [keys],
    )


def _insert(connection: Connection, like: Any, xid: str) -> None:
    name, value = xid.split(", ", 1)
    row = connection.execute(
        f"""INSERT INTO audit_auditevent (id, agency_id, recorded_at, {name}, actor_id, action, entity, object_id,
                source, request_id, address, reason, result, body, leaf)
            SELECT app.uuid7(), agency_id, recorded_at + interval '1 microsecond', {value}, actor_id, 'read', entity,
                   object_id, source, request_id, address, 'never happened', result, body, ''
            FROM audit_auditevent WHERE id = %s RETURNING id""",
        [like],
    ).fetchone()
    assert row is not None
    connection.execute(f"UPDATE audit_auditevent SET leaf = {RECOMPUTED} WHERE id = %s", [row[0]])


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        update,
        delete,
        truncate,
        reorder,
        swap,
        back_date,
        insert,
        recompute_leaf,
        drop_tail,
        edit_a_row,
        set_back,
        edit_a_checkpoint,
    )
}


def digest_of(connection: Connection) -> str:
    """Return a hash of the whole audit, to show that an attack changed something."""
    found = hashlib.sha256()
    for table, order in (
        ("audit_auditevent", "id"),
        ("audit_auditleaf", "seq"),
        ("audit_auditcheckpoint", "size"),
    ):
        rows = connection.execute(
            f"SELECT md5(string_agg(t::text, '' ORDER BY {order})) FROM {table} t"
        ).fetchone()
        found.update(str(rows).encode())
    rows = connection.execute(
        "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM incidents_incident t"
    ).fetchone()
    return hashlib.sha256(found.digest() + str(rows).encode()).hexdigest()
