"""After a restore: the log goes on from what was saved, and says so, signed; what was kept elsewhere stays valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from nethra.audit.inspection import leaves_of
from nethra.audit.keys import SigningKey
from nethra.audit.ledger import Ledger
from nethra.audit.proof.notes import Checkpoint, opened, signed
from nethra.audit.proof.tree import Tree
from nethra.core.errors import Conflict, InvalidInput


@dataclass(frozen=True)
class Restored:
    """What was lost: the leaves of the log before and after, and where its files are kept."""

    size_before: int
    size: int
    kept: Path


def accept_restore(
    connection: psycopg.Connection[Any], ledger: Ledger, key: SigningKey, *, reason: str
) -> Restored:
    """Keep the ledger of the lost time in a folder of its own, and begin one with what the database still has.

    A signed statement names both states and the reason; whoever kept checkpoints of the lost time sees by it what
    they are. Raise InvalidInput without a reason, Conflict where nothing is lost, or where what is left is not what
    was sealed: that is no restore.
    """
    if not reason.strip() or "\n" in reason:
        raise InvalidInput(errors={"reason": ["Say in one line what happened."]})
    notes = ledger.notes()
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        leaves = leaves_of(connection)
        found = connection.execute("SELECT note FROM audit_auditcheckpoint ORDER BY size").fetchall()
    stored = [note for (note,) in found]
    if len(notes) <= len(stored):
        raise Conflict(
            "Nothing is lost: the database has every checkpoint of the files.", code="nothing_lost"
        )
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    before = Checkpoint.from_text(opened(notes[-1], key.known))
    left = Checkpoint.from_text(opened(stored[-1], key.known)) if stored else None
    if stored != notes[: len(stored)] or (left.root if left else Tree().root()) != tree.root():
        raise Conflict(
            "What the database has is not the beginning of what was sealed: run audit_verify.",
            code="audit_broken",
        )
    now = datetime.now(UTC)
    kept = ledger.set_aside(f"before-{now:%Y%m%dT%H%M%SZ}")
    statement = "\n".join(
        [
            f"{key.public.name}/restored",
            now.isoformat(timespec="seconds"),
            f"{before.size} {before.root.hex()}",
            f"{tree.size} {tree.root().hex()}",
            reason.strip(),
            "",
        ]
    )
    ledger.state(signed(statement, key.public, key.sign))
    for note in stored:
        ledger.append([], note)
    return Restored(before.size, tree.size, kept)
