"""An audit of long ago: events, leaves and checkpoints as they would be had all of it happened earlier."""

from __future__ import annotations

from typing import Any

import psycopg

from nethra.audit.keys import SigningKey
from nethra.audit.proof.notes import Checkpoint, opened, signed
from nethra.audit.proof.tree import Tree
from tests.support.tampering import RECOMPUTED, open_tables

TABLES = ("audit_auditevent", "audit_auditleaf", "audit_auditcheckpoint")
DAY = 86_400 * 1_000_000


def age(connection: psycopg.Connection[Any], key: SigningKey, days: int) -> None:
    """Move a sealed audit so many days back, and commit; the files are for the sealer to write anew."""
    earlier = f"- interval '{days} days'"
    open_tables(connection)
    connection.execute(f"UPDATE audit_auditevent SET recorded_at = recorded_at {earlier}")
    connection.execute(f"UPDATE audit_auditevent SET leaf = {RECOMPUTED}")
    connection.execute(
        "UPDATE audit_auditleaf l SET leaf = e.leaf FROM audit_auditevent e WHERE e.id = l.event_id"
    )
    leaves = [
        bytes(leaf)
        for (leaf,) in connection.execute("SELECT leaf FROM audit_auditleaf ORDER BY seq").fetchall()
    ]
    tree = Tree()
    for size, note in connection.execute(
        "SELECT size, note FROM audit_auditcheckpoint ORDER BY size"
    ).fetchall():
        for leaf in leaves[tree.size : size]:
            tree.append(leaf)
        connection.execute(
            f"UPDATE audit_auditcheckpoint SET note = %s, sealed_at = sealed_at {earlier} WHERE size = %s",
            [_earlier(note, tree, key, days), size],
        )
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table")
    connection.commit()


def _earlier(note: str, tree: Tree, key: SigningKey, days: int) -> str:
    told = Checkpoint.from_text(opened(note, [key.public]))
    more = tuple((name, str(int(value) - days * DAY) if name == "at" else value) for name, value in told.more)
    return signed(Checkpoint(told.origin, tree.size, tree.root(), more).text(), key.public, key.sign)
