"""Handing the audit out: files that an outsider checks with Python alone, and proofs of single events."""

from __future__ import annotations

import json
import zipapp
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
import psycopg

from nethra.audit import proof
from nethra.audit.inspection import events_by_id, events_of, leaves_of
from nethra.audit.proof.exports import CHECKPOINTS, EVENTS, LEAVES, LOG
from nethra.audit.proof.tree import inclusion_proof, inclusion_proofs
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
    with _one_snapshot(connection):
        (event,) = _sealed_events(connection, [event_id])
        size, note = connection.execute(  # type: ignore[misc]
            "SELECT size, note FROM audit_auditcheckpoint WHERE size > %s ORDER BY size LIMIT 1",
            [event["seq"]],
        ).fetchone()
        leaves = leaves_of(connection)[:size]
    steps = [step.hex() for step in inclusion_proof(leaves, event["seq"])]
    return {"event": event, "size": size, "proof": steps, "checkpoint": note}


def prove_events(connection: psycopg.Connection[Any], event_ids: Sequence[UUID]) -> dict[str, Any]:
    """Return what proves that these events were sealed: the last checkpoint, and for each the way to its root.

    Raise NotFound, Conflict as for one.
    """
    with _one_snapshot(connection):
        events = _sealed_events(connection, event_ids)
        found = connection.execute(
            "SELECT size, note FROM audit_auditcheckpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        size, note = found or (0, "")
        leaves = leaves_of(connection)[:size]
    ways = inclusion_proofs(leaves, [event["seq"] for event in events])
    proofs = [
        {"event": event, "proof": [step.hex() for step in way]}
        for event, way in zip(events, ways, strict=True)
    ]
    return {"size": size, "checkpoint": note, "proofs": proofs}


@contextmanager
def _one_snapshot(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _sealed_events(connection: psycopg.Connection[Any], event_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the events as they are hashed, without their guarded parts."""
    found = {event["id"]: event for event in events_by_id(connection, event_ids)}
    if len(found) < len(set(event_ids)):
        raise NotFound(
            "There is no such event." if len(event_ids) == 1 else "Some of these events are not there."
        )
    events = [found[str(key)] for key in event_ids]
    for event in events:
        if event["seq"] is None:
            raise Conflict("This event is not sealed yet; try again in a moment.", code="not_sealed")
        del event["guarded"], event["salt"]
    return events
