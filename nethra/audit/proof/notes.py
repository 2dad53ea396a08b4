"""Signed notes and checkpoints, as https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint spell them.

A key is written ``name+hash+base64``: 8 hexadecimal digits of SHA-256 over name and key, then 0x01 and the 32 bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .ed25519 import verifies

_ED25519 = b"\x01"
_MARK = "— "


class BadNote(ValueError):
    """Text that is no signed note, no checkpoint, or not signed by the key; the message is one sentence."""


@dataclass(frozen=True)
class PublicKey:
    """Who signs: a name and 32 bytes."""

    name: str
    key: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes by which signatures name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{_text(_ED25519 + self.key)}"

    @classmethod
    def from_text(cls, text: str) -> PublicKey:
        """Return the key that a line spells; raise BadNote."""
        name, _, rest = text.strip().partition("+")
        digits, _, encoded = rest.partition("+")
        raw = _bytes(encoded)
        if not name or raw is None or raw[:1] != _ED25519 or len(raw) != 33:
            raise BadNote("This is no Ed25519 key of the form name+hash+key.")
        found = cls(name, raw[1:])
        if found.hash.hex() != digits:
            raise BadNote("The key's hash is not that of its name and bytes.")
        return found


@dataclass(frozen=True)
class Checkpoint:
    """How many leaves there were, and the root over them; ``more`` are lines of the log's own, such as times."""

    origin: str
    size: int
    root: bytes
    more: tuple[tuple[str, str], ...] = field(default=())

    def text(self) -> str:
        """Return the body to sign."""
        lines = [
            self.origin,
            str(self.size),
            _text(self.root),
            *(f"{name} {value}" for name, value in self.more),
        ]
        return "\n".join(lines) + "\n"

    def told(self, name: str) -> str:
        """Return a line of the log's own, '' where there is none."""
        return dict(self.more).get(name, "")

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Return the checkpoint of a note's body; raise BadNote."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
            raise BadNote("A checkpoint says its log, its size and its root in three lines.")
        root = _bytes(lines[2])
        if root is None or len(root) != 32 or str(int(lines[1])) != lines[1]:
            raise BadNote("A checkpoint's size is a number and its root 32 bytes in base64.")
        more = tuple((name, value) for name, _, value in (line.partition(" ") for line in lines[3:]))
        return cls(lines[0], int(lines[1]), root, more)


def signed(text: str, key: PublicKey, sign: Callable[[bytes], bytes]) -> str:
    """Return the note of a text (which ends with a line feed), signed."""
    if not text.endswith("\n"):
        raise BadNote("The text of a note ends with a line feed.")
    return f"{text}\n{_MARK}{key.name} {_text(key.hash + sign(text.encode()))}\n"


def opened(note: str, keys: Iterable[PublicKey]) -> str:
    """Return the text of a note that one of the keys signed; raise BadNote."""
    return opened_by(note, keys)[0]


def opened_by(note: str, keys: Iterable[PublicKey]) -> tuple[str, PublicKey]:
    """Return the text of a note and the first of its signers who has one of the keys; raise BadNote."""
    text, found, signatures = note.rpartition("\n\n")
    text += "\n"
    if not found or not signatures.endswith("\n"):
        raise BadNote("A signed note is a text, an empty line, and signatures.")
    known = {(key.name, key.hash): key for key in keys}
    for line in signatures.removesuffix("\n").split("\n"):
        name, _, encoded = line.removeprefix(_MARK).rpartition(" ")
        raw = _bytes(encoded)
        if not line.startswith(_MARK) or raw is None or len(raw) < 5:
            raise BadNote("A signature's line is a dash, a name, and base64.")
        key = known.get((name, raw[:4]))
        if key is not None:
            if not verifies(key.key, text.encode(), raw[4:]):
                raise BadNote(f"The signature by {name} is not one over this text.")
            return text, key
    raise BadNote("None of the keys given signed this note.")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
