"""Whether a chain of custody holds: Python's own library alone, since whoever checks it may have nothing else.

Each entry's hash is the SHA-256 of the hash before it, a line feed, and the entry's record, word for word; the first
one follows the SHA-256 of three lines: ``nethra custody``, the exhibit's key, the SHA-256 of its file. A thing has no
file: its third line is empty.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Link:
    """One entry as it is stored: its place, its record as text, both hashes as hexadecimal digits."""

    position: int
    record: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold; position 0 speaks of the chain as a whole."""

    position: int
    sentence: str

    def __str__(self) -> str:
        return f"entry {self.position}: {self.sentence}" if self.position else self.sentence


@dataclass(frozen=True)
class Standing:
    """Where an exhibit stands after its chain: its state, who holds it, to whom it is offered, whether it is on hold.

    People are keys as text; who is no user of the agency has a name alone.
    """

    state: str = "held"
    holder: str | None = None
    holder_name: str = ""
    offered_to: str | None = None
    is_on_hold: bool = False


@dataclass(frozen=True)
class Whereabouts:
    """Where a thing is after its chain: its location by key, the seal it bears, what it is out for and until when."""

    location: str | None = None
    seal_number: str = ""
    purpose: str = ""
    due_back_on: str | None = None


def first_hash(exhibit_id: str, sha256: str) -> str:
    """Return what the first entry of an exhibit's chain follows, as hexadecimal digits."""
    return _digest(f"nethra custody\n{exhibit_id}\n{sha256}")


def hash_of(previous_hash: str, record: str) -> str:
    """Return the hash of an entry, as hexadecimal digits."""
    return _digest(f"{previous_hash}\n{record}")


def breaks_of(
    exhibit_id: str, sha256: str, links: Sequence[Link], *, count: int | None = None, head: str | None = None
) -> list[Break]:
    """Return where the chain of an exhibit does not hold, in order; nothing where it is whole.

    ``count`` and ``head`` are how many entries there should be and the hash of the last, where that is known.
    """
    found = [] if links else [Break(0, "The chain of custody is empty.")]
    expected = first_hash(exhibit_id, sha256)
    for place, link in enumerate(links, start=1):
        found += [
            Break(link.position, sentence) for sentence in _wrong(link, place, expected, exhibit_id, sha256)
        ]
        expected = link.hash
    if count is not None and count != len(links):
        found.append(Break(0, f"The exhibit has had {count} entries, the chain has {len(links)}."))
    elif head is not None and links and links[-1].hash != head:
        found.append(Break(0, "The chain does not end with the exhibit's last entry."))
    return found


def standing_of(records: Iterable[Mapping[str, Any]]) -> Standing:
    """Return where an exhibit stands after these records, in order."""
    standing = Standing()
    for record in records:
        step = _STEPS.get(record["kind"])
        standing = replace(standing, **step(record)) if step else standing
    return standing


def whereabouts_of(records: Iterable[Mapping[str, Any]]) -> Whereabouts:
    """Return where a thing is after these records, in order."""
    found, offer = Whereabouts(), Whereabouts()
    for record in records:
        kind = record["kind"]
        out = Whereabouts(purpose=record.get("purpose", ""), due_back_on=record.get("due_back_on"))
        if kind == "moved":
            found = replace(found, location=record["location_id"])
        elif kind == "sealed":
            found = replace(found, seal_number=record["seal_number"])
        elif kind == "transferred":
            offer = out
        elif kind == "released" or (kind == "accepted" and offer.purpose):
            went = out if kind == "released" else offer
            found = replace(found, location=None, purpose=went.purpose, due_back_on=went.due_back_on)
        elif kind == "disposed":
            found = replace(found, location=None, purpose="", due_back_on=None)
        elif kind == "returned" or record.get("seal_condition"):
            found = replace(found, purpose="", due_back_on=None)
    return found


def _to_holder(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": "held",
        "holder": record["to_person_id"],
        "holder_name": record["to_name"],
        "offered_to": None,
    }


def _stays(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": "held", "offered_to": None}


#: What an entry of each kind changes; the others change nothing.
_STEPS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "received": _to_holder,
    "accepted": _to_holder,
    "returned": _to_holder,
    "declined": _stays,
    "withdrawn": _stays,
    "transferred": lambda record: {"state": "offered", "offered_to": record["to_person_id"]},
    "released": lambda record: {"state": "released", "holder": None, "holder_name": record["to_name"]},
    "disposed": lambda record: {"state": "disposed", "holder": None, "holder_name": ""},
    "hold_set": lambda record: {"is_on_hold": True},
    "hold_lifted": lambda record: {"is_on_hold": False},
}


def _wrong(link: Link, place: int, expected: str, exhibit_id: str, sha256: str) -> list[str]:
    said: dict[str, Any] = {}
    try:
        said = json.loads(link.record)
    except ValueError:
        return ["what is recorded cannot be read."]
    wrong = []
    if link.position != place:
        wrong.append(f"it stands in place {place}: entries are missing, added or in another order.")
    if link.previous_hash != expected:
        wrong.append("it does not follow the entry before it.")
    if hash_of(link.previous_hash, link.record) != link.hash:
        wrong.append("its record was changed after it was written.")
    if (said.get("evidence_id"), said.get("sha256"), said.get("position")) != (
        exhibit_id,
        sha256,
        link.position,
    ):
        wrong.append("its record is another exhibit's, or of another place.")
    return wrong


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
