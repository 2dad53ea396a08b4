"""The head of a text."""

from __future__ import annotations

from typing import BinaryIO

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import HEAD, ParsedKind, text_of


def look(source: BinaryIO, kind: ParsedKind) -> None:
    """Say the first few thousand signs, as plain text."""
    answer.say(answer.TEXT, text_of(source.read(HEAD)).encode())
