"""Handing the audit out: files that an outsider checks with Python alone, and proofs of single events."""

from __future__ import annotations

import json
import zipapp
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
import psycopg

from nethra.audit import proof
from nethra.audit.inspection import events_of, leaves_of
from nethra.audit.proof.exports import CHECKPOINTS, EVENTS, LEAVES, LOG
from nethra.audit.proof.tree import inclusion_proof
from nethra.core.errors import Conflict, NotFound

CHECKER = "check_audit.pyz"


@dataclass(frozen=True)
class Exported:
    """What an export holds."""

    folder: Path
    events: int
    leaves: int
    checkpoints: int


def export_audit(
    connection: psycopg.Connection[Any],
    folder: Path,
    *,
    agency: UUID | None = None,
    with_guarded: bool = False,
) -> Exported:
    """Write events, leaves, checkpoints and the checker into a new folder; raise Conflict where it has files already.

    With an ``agency`` its own events only; the leaves are all, since the tree is one, and tell nothing. The guarded
    parts (names, narratives, places) are left out unless asked for: the rest is checked without them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty.", code="not_empty")
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        leaves = leaves_of(connection)
        found = connection.execute("SELECT note FROM audit_auditcheckpoint ORDER BY size").fetchall()
        notes = [note for (note,) in found]
        count = _write_events(connection, folder / EVENTS, agency, with_guarded=with_guarded)
    (folder / LEAVES).write_bytes(b"".join(leaves))
    (folder / CHECKPOINTS).write_text("".join(f"{note}\n" for note in notes))
    told = {"agency": None if agency is None else str(agency), "events": count, "leaves": len(leaves)}
    (folder / LOG).write_text(json.dumps(told, indent=1) + "\n")
    write_checker(folder / CHECKER)
    return Exported(folder, count, len(leaves), len(notes))


def _write_events(
    connection: psycopg.Connection[Any], path: Path, agency: UUID | None, *, with_guarded: bool
) -> int:
    count = 0
    with path.open("wb") as file:
        for event in events_of(connection, agency):
            if not with_guarded:
                del event["guarded"], event["salt"]
            file.write(orjson.dumps(event) + b"\n")
            count += 1
    return count


def write_checker(path: Path) -> None:
    """Write the standalone checker: one file, for any Python from 3.11."""
    source = Path(proof.__file__).parent
    with TemporaryDirectory() as name:
        package = Path(name) / "audit_proof"
        package.mkdir()
        for module in sorted(source.glob("*.py")):
            (package / module.name).write_bytes(module.read_bytes())
        (Path(name) / "__main__.py").write_text(
            "import sys\n\nfrom audit_proof.cli import main\n\nsys.exit(main())\n"
        )
        zipapp.create_archive(name, path, compressed=True)


def prove_event(connection: psycopg.Connection[Any], event_id: UUID) -> dict[str, Any]:
    """Return what proves to somebody with the public key alone that an event was sealed.

    The event as it is hashed, its place, the hashes that lead to the root, and the first checkpoint over it. Raise
    NotFound; Conflict for an event that is not sealed yet.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute(
            "SELECT agency_id FROM audit_auditevent WHERE id = %s", [event_id]
        ).fetchone()
        if row is None:
            raise NotFound("There is no such event.")
        place = connection.execute(
            "SELECT seq FROM audit_auditleaf WHERE event_id = %s", [event_id]
        ).fetchone()
        if place is None:
            raise Conflict("This event is not sealed yet; try again in a moment.", code="not_sealed")
        seq = int(place[0])
        size, note = connection.execute(  # type: ignore[misc]
            "SELECT size, note FROM audit_auditcheckpoint WHERE size > %s ORDER BY size LIMIT 1", [seq]
        ).fetchone()
        leaves = leaves_of(connection)[:size]
        event = next(found for found in events_of(connection, row[0]) if found["id"] == str(event_id))
    del event["guarded"], event["salt"]
    steps = [step.hex() for step in inclusion_proof(leaves, seq)]
    return {"event": event, "size": size, "proof": steps, "checkpoint": note}
