"""The files outside the database: signed checkpoints, and a line for every event that was sealed."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from nethra.audit.proof.exports import CHECKPOINTS, split_notes

#: One file a day, so that old ones can be carried away.
LINES = "lines-{day}.jsonl"
#: No line has more bytes.
LONGEST_LINE = 1 << 16
#: What happened to the log itself, signed.
STATEMENTS = "statements.txt"


class Ledger:
    """A folder that is only appended to; every append is on the disk before it returns."""

    def __init__(self, folder: Path, syslog: str = "") -> None:
        """``syslog`` is host:port of a machine that takes the lines over UDP (RFC 5424) besides."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        host, _, port = syslog.partition(":")
        self._syslog = (host, int(port or 514)) if host else None

    @property
    def checkpoints(self) -> Path:
        """The file of signed notes, one after the other."""
        return self.folder / CHECKPOINTS

    def notes(self) -> list[str]:
        """Return the signed notes, in order."""
        return split_notes(self.checkpoints.read_text()) if self.checkpoints.exists() else []

    def mend(self, notes: Sequence[str]) -> bool:
        """Make whole what was cut short while it was written; return whether what is there are the first of ``notes``.

        The rest of a note is written. A line is cut off, since all lines of its checkpoint are written anew after it.
        """
        text = self.checkpoints.read_bytes() if self.checkpoints.exists() else b""
        size, encoded = 0, [f"{note}\n".encode() for note in notes]
        for note in encoded:
            if size >= len(text):
                break
            size += len(note)
        whole = b"".join(encoded)
        if not whole.startswith(text):
            return False
        _append(self.checkpoints, whole[len(text) : size])
        for path in self.lines()[-1:]:
            _cut_off(path)
        return True

    def lines(self) -> list[Path]:
        """Return the files of lines, the oldest first."""
        return sorted(self.folder.glob(LINES.format(day="*")))

    def state(self, note: str) -> None:
        """Write a signed statement about the log itself."""
        _append(self.folder / STATEMENTS, f"{note}\n".encode())

    def set_aside(self, name: str) -> Path:
        """Move checkpoints and lines into a folder within this one; return it."""
        kept = self.folder / name
        kept.mkdir()
        for path in (*self.lines(), self.checkpoints):
            path.rename(kept / path.name)
        return kept

    def append(self, lines: Sequence[Mapping[str, Any]], note: str) -> None:
        """Write what was sealed, then the note over it."""
        day = datetime.now(UTC).date().isoformat()
        encoded = [orjson.dumps(line) for line in lines]
        if encoded:
            _append(self.folder / LINES.format(day=day), b"\n".join(encoded) + b"\n")
        _append(self.checkpoints, f"{note}\n".encode())
        self._send(encoded)

    def _send(self, lines: Iterable[bytes]) -> None:
        if self._syslog is None:
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for line in lines:
                stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
                # Facility 13 is the log audit, severity 6 is informational.
                out.sendto(f"<110>1 {stamp} - nethra-audit - - - ".encode() + line, self._syslog)


def _cut_off(path: Path) -> None:
    """Remove what follows the last line feed of a file."""
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - LONGEST_LINE))
        begun = file.read().rpartition(b"\n")[2]
        if begun:
            file.truncate(end - len(begun))
            os.fsync(file.fileno())


def _append(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
