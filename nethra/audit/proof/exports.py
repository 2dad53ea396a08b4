"""The files of an export, read: what log it is, its events, leaves, checkpoints and streamed lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LOG = "log.json"
EVENTS = "events.jsonl"
LEAVES = "leaves.bin"
CHECKPOINTS = "checkpoints.txt"
LEAF_SIZE = 32


class BadExport(Exception):
    """The folder is no export; the message is one sentence."""


def read_log(folder: Path) -> dict[str, Any]:
    """Return what the export says of itself; raise BadExport."""
    try:
        told = json.loads((folder / LOG).read_text())
    except (OSError, ValueError) as problem:
        raise BadExport(f"{folder / LOG} cannot be read: {problem}") from problem
    if not isinstance(told, dict):
        raise BadExport(f"{folder / LOG} holds no object.")
    return told


def read_leaves(folder: Path) -> list[bytes]:
    """Return the leaves in the order of the tree; raise BadExport."""
    try:
        raw = (folder / LEAVES).read_bytes()
    except OSError as problem:
        raise BadExport(f"{folder / LEAVES} cannot be read: {problem}") from problem
    if len(raw) % LEAF_SIZE:
        raise BadExport(f"{folder / LEAVES} does not hold whole leaves.")
    return [raw[at : at + LEAF_SIZE] for at in range(0, len(raw), LEAF_SIZE)]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines; raise BadExport for a line that is none."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    found = json.loads(line)
                except ValueError:
                    raise BadExport(f"{path}, line {number}: this is no JSON.") from None
                if not isinstance(found, dict):
                    raise BadExport(f"{path}, line {number}: this is no object.")
                yield found
    except OSError as problem:
        raise BadExport(f"{path} cannot be read: {problem}") from problem


def read_notes(paths: Iterable[Path]) -> list[str]:
    """Return the signed notes of files that hold one after the other; raise BadExport."""
    notes: list[str] = []
    for path in paths:
        try:
            text = path.read_text()
        except (OSError, ValueError) as problem:
            raise BadExport(f"{path} cannot be read: {problem}") from problem
        notes.extend(split_notes(text))
    return notes


def split_notes(text: str) -> list[str]:
    """Return the notes of a text in which each ends with an empty line after its signatures."""
    parts = text.split("\n\n")
    # A note is a body, an empty line, and signatures; then an empty line before the next.
    return [
        f"{body}\n\n{signatures.rstrip()}\n"
        for body, signatures in zip(parts[::2], parts[1::2], strict=False)
    ]
