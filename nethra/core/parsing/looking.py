"""Looking into a file through the limited process: no parser of foreign bytes runs in ours."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from nethra.core.parsing import answer
from nethra.core.parsing.facts import checked, plain
from nethra.core.parsing.kinds import ParsedKind

logger = logging.getLogger(__name__)
PROCESS = Path(__file__).with_name("process.py")
WALL_SECONDS = 20
MOST_NOTES, MOST_NOTE, MOST_HEAD = 8, 200, 8_000
TOO_LONG = "Looking into it took too long and was stopped; more may be in it than is shown."
BROKE_OFF = "Looking into it broke off; more may be in it than is shown."


@dataclass(frozen=True)
class Look:
    """What was found in a file.

    ``facts`` has every name of ``parsing.facts``; ``thumbnail`` and ``preview`` are JPEGs without metadata, or empty;
    ``text`` is a text's head; ``notes`` are plain sentences on what could not be read, and what to beware of.
    """

    kind: ParsedKind = ParsedKind.OTHER
    facts: dict[str, Any] = field(default_factory=lambda: checked({}))
    thumbnail: bytes = b""
    preview: bytes = b""
    text: str = ""
    notes: tuple[str, ...] = ()


def look_into(file: IO[bytes], kinds: Iterable[ParsedKind] = ParsedKind) -> Look:
    """Return what the parser's process says about an open file, whatever becomes of the process."""
    return understood(*_asked(file, [*kinds]))


def understood(said: bytes, problem: str) -> Look:
    """Return what a parser's process meant; ``problem`` is the note where it did not come to its end."""
    frames = list(answer.frames_of(said))
    parts: dict[str, bytes] = dict(frames)
    notes = [
        plain(content.decode("utf-8", "replace"), MOST_NOTE)
        for name, content in frames
        if name == answer.NOTE
    ]
    if answer.END not in parts:
        logger.warning("The parser ended early: %s", problem)
        notes.append(problem)
    kind = parts.get(answer.KIND, b"").decode("ascii", "replace")
    return Look(
        next((known for known in ParsedKind if known == kind), ParsedKind.OTHER),
        checked(_merged(content for name, content in frames if name == answer.FACTS)),
        parts.get(answer.THUMBNAIL, b""),
        parts.get(answer.PREVIEW, b""),
        parts.get(answer.TEXT, b"").decode("utf-8", "replace").replace("\x00", "")[:MOST_HEAD],
        tuple(dict.fromkeys(note for note in notes if note))[:MOST_NOTES],
    )


def _asked(file: IO[bytes], kinds: list[ParsedKind]) -> tuple[bytes, str]:
    """Return what the process said, and the sentence that stands for how it ended where it did not finish."""
    process = start_process(PROCESS, kinds, file)
    clock = threading.Timer(WALL_SECONDS, end_process, [process])
    clock.start()
    try:
        said = process.stdout.read(answer.MOST_BYTES) if process.stdout else b""
    finally:
        is_late = not clock.is_alive()
        clock.cancel()
        # The programs that it started go with it.
        end_process(process)
        process.wait()
    is_late = is_late or process.returncode == -signal.SIGXCPU
    return said, TOO_LONG if is_late else BROKE_OFF


def start_process(script: Path, arguments: Sequence[str], file: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start an isolated interpreter that reads an open file, knows nothing of ours, and limits itself."""
    return subprocess.Popen(
        [sys.executable, "-I", str(script), *arguments],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a process and the programs that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _merged(contents: Iterable[bytes]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for content in contents:
        try:
            part = json.loads(content)
        except ValueError:
            continue
        if isinstance(part, dict):
            found |= {str(name): value for name, value in part.items() if value not in (None, "")}
    return found
