"""Showing, copying and checking files through the renderer's process: no foreign byte is rendered in ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from nethra.core.parsing import answer
from nethra.core.parsing.facts import MOST_WHOLE, plain
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.looking import MOST_NOTE, MOST_NOTES, end_process, start_process
from nethra.core.parsing.regions import Box, Range, Remains

PROCESS = Path(__file__).with_name("renderer.py")
#: For a page that somebody waits for, and for a whole copy.
SHOW_SECONDS, COPY_SECONDS = 20, 300
BROKE_OFF = "The file could not be rendered: it is too large, or not what it seems."
Region = Box | Range
#: What is told of pages that are done, and of how many; it may raise to end the work.
Progress = Callable[[int, int], None]


class CannotRender(Exception):
    """A plain sentence on why a file cannot be shown or copied."""


@dataclass(frozen=True)
class Shown:
    """What regions are chosen on: a page as a JPEG of ``width`` by ``height`` pixels, or a text."""

    kind: ParsedKind
    pages: int = 1
    width: int = 0
    height: int = 0
    picture: bytes = b""
    text: str = ""


@dataclass(frozen=True)
class Copy:
    """A redacted copy, of what kind the original was, and plain sentences on what it leaves out."""

    kind: ParsedKind
    content: bytes
    notes: tuple[str, ...]


@dataclass
class _Answer:
    """What the process said, frame by frame."""

    parts: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def kind(self) -> ParsedKind:
        said = self.parts.get(answer.KIND, b"").decode("ascii", "replace")
        return next((known for known in ParsedKind if known == said), ParsedKind.OTHER)


def show(file: IO[bytes], page: int = 1) -> Shown:
    """Return a page, counted from 1, as a copy would have it, or a text; raise CannotRender."""
    said = _asked(file, {"do": "show", "page": page}, SHOW_SECONDS)
    facts = _facts(said.parts.get(answer.FACTS, b"{}"))
    text = said.parts.get(answer.TEXT, b"").decode("utf-8", "replace").replace("\x00", "")
    return Shown(said.kind, *facts, said.parts.get(answer.RESULT, b""), text)


def redact(
    file: IO[bytes],
    regions: Iterable[Region],
    progress: Progress = lambda done, all_: None,
    *,
    given_to: str = "",
) -> Copy:
    """Return a copy of an open file without these regions; raise CannotRender, and what ``progress`` raises.

    ``given_to`` is a line that stands over each page of it, see-through, or before and behind a text.
    """
    order = {"do": "redact", "given_to": given_to, **_named(regions)}
    said = _asked(file, order, COPY_SECONDS, progress)
    content = said.parts.get(answer.RESULT, b"")
    if not content:
        raise CannotRender(BROKE_OFF)
    return Copy(said.kind, content, tuple(dict.fromkeys(said.notes))[:MOST_NOTES])


def remains(file: IO[bytes], regions: Iterable[Region]) -> frozenset[Remains]:
    """Return what remains in a copy besides what is seen; it is unreadable where that cannot be told."""
    try:
        said = _asked(file, {"do": "check", **_named(regions)}, COPY_SECONDS)
        found = json.loads(said.parts[answer.RESULT])
        return frozenset(Remains(name) for name in found)
    except (CannotRender, KeyError, ValueError, TypeError):
        return frozenset({Remains.UNREADABLE})


def _named(regions: Iterable[Region]) -> dict[str, Any]:
    known = list(regions)
    return {
        "boxes": [[b.page, b.x, b.y, b.width, b.height] for b in known if isinstance(b, Box)],
        "ranges": [[r.start, r.end] for r in known if isinstance(r, Range)],
    }


def _asked(
    file: IO[bytes], order: dict[str, Any], seconds: float, progress: Progress = lambda done, all_: None
) -> _Answer:
    file.seek(0)
    process = start_process(PROCESS, [json.dumps(order)], file)
    clock = threading.Timer(seconds, end_process, [process])
    clock.start()
    said = _Answer()
    try:
        for name, content in (
            answer.frames_from(process.stdout, answer.MOST_RENDERED) if process.stdout else ()
        ):
            if name == answer.PROGRESS:
                progress(*_counted(content))
            elif name == answer.NOTE:
                said.notes.append(plain(content.decode("utf-8", "replace"), MOST_NOTE))
            else:
                said.parts[name] = content
    finally:
        clock.cancel()
        end_process(process)
        process.wait()
        if process.stdout:
            process.stdout.close()
    if answer.END not in said.parts:
        refusal = said.parts.get(answer.REFUSAL, b"").decode("utf-8", "replace")
        raise CannotRender(plain(refusal, MOST_NOTE) or BROKE_OFF)
    return said


def _counted(content: bytes) -> tuple[int, int]:
    done, _, whole = content.decode("ascii", "replace").partition(" ")
    return (int(done), int(whole)) if done.isdecimal() and whole.isdecimal() else (0, 0)


def _facts(content: bytes) -> tuple[int, int, int]:
    try:
        said = json.loads(content)
        found = [said.get(name, least) for name, least in (("pages", 1), ("width", 0), ("height", 0))]
    except (ValueError, AttributeError):
        raise CannotRender(BROKE_OFF) from None
    if not all(isinstance(value, int) and 0 <= value <= MOST_WHOLE for value in found):
        raise CannotRender(BROKE_OFF)
    return found[0], found[1], found[2]
