"""A sealer that is killed while it writes its files goes on where it was, and the log stays sound."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nethra.audit import desk
from nethra.audit.inspection import inspect
from nethra.audit.sealing import Sealer
from nethra.core.errors import Conflict
from tests.audit.conftest import SealedAudit

pytestmark = pytest.mark.django_db(transaction=True)


def begun_again(audit: SealedAudit) -> None:
    with desk.as_sealer() as connection:
        Sealer(connection, audit.ledger, audit.key).begin()


def findings(audit: SealedAudit) -> list[str]:
    with desk.as_sealer() as connection:
        report = inspect(connection, audit.ledger, [audit.key.public], with_state=True)
        return [each.sentence for each in report.findings]


def test_what_was_cut_short_is_written_when_it_begins_again(audit: SealedAudit) -> None:
    notes, (lines,) = audit.notes, audit.ledger.lines()
    whole = audit.ledger.checkpoints.read_bytes()
    last = len(f"{notes[-1]}\n".encode())
    dice = random.Random(1)
    for _ in range(6):
        # Killed within the note; its lines were there.
        audit.ledger.checkpoints.write_bytes(whole[: len(whole) - dice.randint(1, last - 1)])
        begun_again(audit)
        assert audit.ledger.checkpoints.read_bytes() == whole
    kept = lines.read_bytes()
    before, after = (int(note.split("\n")[1]) for note in notes[-2:])
    own = sum(len(line) for line in kept.splitlines(keepends=True)[before - after :])
    for _ in range(4):
        # Killed within the lines of the last checkpoint, however many there are; its note was not begun.
        audit.ledger.checkpoints.write_bytes(whole[:-last])
        lines.write_bytes(kept[: len(kept) - dice.randint(1, own)])
        begun_again(audit)
        assert audit.ledger.checkpoints.read_bytes() == whole

    assert findings(audit) == []
    assert {line["seq"] for line in audit.lines} == set(range(len(leaf_places(audit))))


def leaf_places(audit: SealedAudit) -> list[int]:
    with desk.as_sealer() as connection:
        return [seq for (seq,) in connection.execute("SELECT seq FROM audit_auditleaf").fetchall()]


def test_files_of_another_log_are_not_written_to(audit: SealedAudit, tmp_path: Path) -> None:
    kept = audit.ledger.checkpoints.read_bytes()
    other = kept.replace(b"station", b"elsewhere")
    audit.ledger.checkpoints.write_bytes(other)

    with pytest.raises(Conflict, match="checkpoints that the database does not know"):
        begun_again(audit)

    assert audit.ledger.checkpoints.read_bytes() == other
