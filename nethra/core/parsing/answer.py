"""What the parser's process says: frames on standard output, so that what was said before it died still counts.

A frame is a line with a name and a number of bytes, then these bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import IO, Any

FACTS, NOTE, KIND, THUMBNAIL, PREVIEW, TEXT, END = (
    "facts",
    "note",
    "kind",
    "thumbnail",
    "preview",
    "text",
    "end",
)
#: What only the renderer says: how far it is, what it made, what it refuses.
PROGRESS, RESULT, REFUSAL = "progress", "result", "refusal"
NAMES = frozenset({FACTS, NOTE, KIND, THUMBNAIL, PREVIEW, TEXT, END, PROGRESS, RESULT, REFUSAL})
MOST_BYTES = 16 << 20
#: A renderer's whole answer: a document of some hundred pages of pixels.
MOST_RENDERED = 192 << 20
MOST_HEADER = 64


class CannotRead(Exception):
    """A plain sentence on why a file, or a part of it, cannot be looked into."""


def say(name: str, content: bytes) -> None:
    """Write one frame."""
    sys.stdout.buffer.write(f"{name} {len(content)}\n".encode() + content)
    sys.stdout.buffer.flush()


def say_facts(facts: dict[str, Any]) -> None:
    """Write what is known so far; a later frame adds to it."""
    say(FACTS, json.dumps(facts).encode())


def say_note(sentence: str) -> None:
    """Write one plain sentence."""
    say(NOTE, sentence.encode())


def frames_of(said: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the whole frames; a cut or strange one ends them."""
    place = 0
    while (end := said.find(b"\n", place, place + MOST_HEADER)) >= 0:
        name, _, size = said[place:end].decode("ascii", "replace").partition(" ")
        place = end + 1
        if name not in NAMES or not size.isdecimal() or place + int(size) > len(said):
            return
        yield name, said[place : place + int(size)]
        place += int(size)


def frames_from(said: IO[bytes], most: int) -> Iterator[tuple[str, bytes]]:
    """Yield whole frames as they come, up to so many bytes in all; a cut, strange or larger one ends them."""
    while most > 0:
        header = said.readline(MOST_HEADER)
        name, _, size = header.decode("ascii", "replace").rstrip("\n").partition(" ")
        if name not in NAMES or not size.isdecimal() or int(size) > most:
            return
        content = said.read(int(size))
        if len(content) < int(size):
            return
        most -= len(header) + len(content)
        yield name, content
