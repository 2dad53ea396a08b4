"""What the parser's process says: frames on standard output, so that what was said before it died still counts.

A frame is a line with a name and a number of bytes, then these bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

FACTS, NOTE, KIND, THUMBNAIL, PREVIEW, TEXT, END = (
    "facts",
    "note",
    "kind",
    "thumbnail",
    "preview",
    "text",
    "end",
)
NAMES = frozenset({FACTS, NOTE, KIND, THUMBNAIL, PREVIEW, TEXT, END})
MOST_BYTES = 16 << 20


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
    while (end := said.find(b"\n", place, place + 64)) >= 0:
        name, _, size = said[place:end].decode("ascii", "replace").partition(" ")
        place = end + 1
        if name not in NAMES or not size.isdecimal() or place + int(size) > len(said):
            return
        yield name, said[place : place + int(size)]
        place += int(size)
