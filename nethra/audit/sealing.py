"""The sealer: it puts the leaves of committed events into the tree, in the order of their transactions, and signs.

It runs beside the web server with a login and a key of its own, one for an installation: neither who writes
events nor the database can make a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from nethra.audit.keys import SigningKey
from nethra.audit.ledger import Ledger
from nethra.audit.proof.notes import BadNote, Checkpoint, opened, signed
from nethra.audit.proof.tree import Tree
from nethra.core.errors import Conflict

#: Events sealed by one statement; more wait for the next.
MOST = 20_000

_UNSEALED = """
SELECT id, agency_id, recorded_at, xid::text, leaf
FROM app.unsealed_events(%s::text::xid8, %s::text::xid8, %s::text::xid8, %s)
"""


@dataclass(frozen=True)
class Sealed:
    """What one step sealed: how many events, the size of the log after it, and the age of the oldest in seconds."""

    count: int
    size: int
    lag: float


@dataclass
class Sealer:
    """Seals step by step; ``begin`` first. Raises Conflict where database and files say different things."""

    connection: psycopg.Connection[Any]
    ledger: Ledger
    key: SigningKey
    _tree: Tree = field(default_factory=Tree)
    _since: int = 0
    _epoch: int = 0

    def begin(self) -> None:
        """Read the tree as it stands, and bring the files up to what was committed."""
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            cursor.execute("SELECT leaf FROM audit_auditleaf ORDER BY seq")
            self._tree = Tree()
            for (leaf,) in cursor:
                self._tree.append(leaf)
            cursor.execute("SELECT note FROM audit_auditcheckpoint ORDER BY size")
            stored = [note for (note,) in cursor.fetchall()]
        last = self._opened(stored[-1]) if stored else None
        if (last.size if last else 0) != self._tree.size or (last and last.root != self._tree.root()):
            raise Conflict(
                "The leaves in the database are not those of its last checkpoint: run audit_verify.",
                code="audit_broken",
            )
        self._catch_up(stored)
        if last is not None:
            self._since, self._epoch = int(last.told("over")), int(last.told("epoch"))

    def step(self) -> Sealed:
        """Seal what no open transaction can add to any more; nothing is signed where nothing is new."""
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            over, rows = self._unsealed(cursor)
            if not rows:
                self._since = over
                return Sealed(0, self._tree.size, 0.0)
            first, tree = self._tree.size, Tree(self._tree.peaks, self._tree.size)
            for *_, leaf in rows:
                tree.append(leaf)
            # The number is taken after the time: what begins later has a higher one and a later time.
            cursor.execute("SELECT statement_timestamp(), pg_current_xact_id()::text")
            at, following = cursor.fetchone()  # type: ignore[misc]
            told = self._told(at, over, int(following))
            note = self._signed(tree, told)
            cursor.execute(
                # As binary arrays: escaping each hash for a text would cost more than hashing it.
                "SELECT app.append_leaves(%s, %b, %b, %s)",
                [first, [row[0] for row in rows], [row[4] for row in rows], note],
            )
        self._tree, self._since = tree, over
        self.ledger.append([_line(first + place, row, told) for place, row in enumerate(rows)], note)
        oldest = min(row[2] for row in rows) / 1_000_000
        return Sealed(len(rows), tree.size, max(0.0, datetime.now(UTC).timestamp() - oldest))

    def _unsealed(self, cursor: psycopg.Cursor[Any]) -> tuple[int, list[tuple[Any, ...]]]:
        """Return the number below which transactions are over, and the events of those that are not sealed."""
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s"
        )
        over, beyond = (int(text) for text in cursor.fetchone())  # type: ignore[union-attr]
        is_elsewhere = over < self._since
        if is_elsewhere:
            # Numbers went back: the database was restored into another cluster. What stands there with a number
            # that nobody was given here yet came with it.
            self._epoch, self._since = self._epoch + 1, 0
        asked = [str(self._since), str(over), str(beyond) if is_elsewhere else None, MOST]
        cursor.execute(_UNSEALED, asked)
        rows = cursor.fetchall()
        # Where more wait, all below the last number are over, and the rest of that one is asked for again.
        return (min(over, int(rows[-1][3])) if len(rows) == MOST else over), rows

    def _told(self, at: datetime, over: int, following: int) -> dict[str, int]:
        microseconds = int(at.timestamp()) * 1_000_000 + at.microsecond
        return {"at": microseconds, "over": over, "next": following, "epoch": self._epoch}

    def _signed(self, tree: Tree, told: Mapping[str, int]) -> str:
        more = tuple((name, str(value)) for name, value in told.items())
        checkpoint = Checkpoint(self.key.public.name, tree.size, tree.root(), more)
        return signed(checkpoint.text(), self.key.public, self.key.sign)

    def _opened(self, note: str) -> Checkpoint:
        try:
            return Checkpoint.from_text(opened(note, self.key.known))
        except BadNote as problem:
            raise Conflict(
                f"The last checkpoint is not one of this key's: {problem}", code="audit_broken"
            ) from problem

    def _catch_up(self, stored: list[str]) -> None:
        """Write to the files what was committed and, when the sealer was cut short, not written there."""
        if not self.ledger.mend(stored):
            raise Conflict(
                "The files hold checkpoints that the database does not know: it was set back, or they are another's. "
                "After a restore say so with audit_restored; otherwise run audit_verify.",
                code="audit_behind",
            )
        written = self.ledger.notes()
        before = self._opened(written[-1] if written else "").size if written else 0
        for note in stored[len(written) :]:
            checkpoint = self._opened(note)
            told = {name: int(value) for name, value in checkpoint.more}
            lines = [_line(seq, row, told) for seq, row in self._rows(before, checkpoint.size)]
            self.ledger.append(lines, note)
            before = checkpoint.size

    def _rows(self, first: int, last: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        with self.connection.cursor(binary=True) as cursor:
            cursor.execute(
                """SELECT l.seq, l.event_id, e.agency_id, (extract(epoch FROM e.recorded_at) * 1000000)::bigint,
                          e.xid::text, l.leaf
                   FROM audit_auditleaf l LEFT JOIN audit_auditevent e ON e.id = l.event_id
                   WHERE l.seq >= %s AND l.seq < %s ORDER BY l.seq""",
                [first, last],
            )
            for seq, *row in cursor.fetchall():
                yield seq, tuple(row)


def _line(seq: int, row: tuple[Any, ...], told: Mapping[str, int]) -> dict[str, Any]:
    """Return what leaves the machine of an event: where it stands and its leaf, and nothing that was written.

    With it goes what its checkpoint tells, for whoever has the lines alone.
    """
    key, agency, recorded_at, xid, leaf = row
    return {
        "seq": seq,
        "id": key,
        "agency_id": agency,
        "recorded_at": recorded_at,
        "xid": xid,
        "leaf": leaf.hex(),
        **told,
    }


@contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as the sealer; one transaction for each step."""
    with psycopg.connect(dsn.replace("postgis://", "postgresql://", 1), autocommit=True) as connection:
        connection.execute("SET idle_in_transaction_session_timeout = '1min'")
        yield connection
