"""The key that signs checkpoints: made once, kept in a file that neither the web server nor the database reads."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nethra.audit.proof.notes import PublicKey
from nethra.core.errors import Conflict, InvalidInput

#: What a private key's file begins with, as https://c2sp.org/signed-note's tools write it.
_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True)
class SigningKey:
    """The private key and its public half."""

    public: PublicKey
    sign: Callable[[bytes], bytes]


def make_key(path: Path, name: str) -> PublicKey:
    """Write a new private key, readable by its owner alone, and the public one beside it (``.pub``).

    Return the public key; raise Conflict where there is a key already, InvalidInput for a name with blanks or a plus.
    """
    if not name or any(letter.isspace() or letter == "+" for letter in name):
        raise InvalidInput(errors={"name": ["A key's name has neither blanks nor a plus."]})
    private = Ed25519PrivateKey.generate()
    public = PublicKey(name, private.public_key().public_bytes_raw())
    secret = base64.b64encode(b"\x01" + private.private_bytes_raw()).decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(
            f"There is a key already: {path}. What it signed is checked with it.", code="key_exists"
        ) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{_PREFIX}{name}+{public.hash.hex()}+{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".pub").write_text(f"{public}\n")
    return public


def read_key(path: Path) -> SigningKey:
    """Return the private key of a file; raise InvalidInput."""
    try:
        text = path.read_text().strip()
    except OSError as problem:
        raise InvalidInput(f"The audit's key {path} cannot be read: {problem.strerror}.") from problem
    name, _, rest = text.removeprefix(_PREFIX).partition("+")
    raw = base64.b64decode(rest.partition("+")[2] or "")
    if not text.startswith(_PREFIX) or len(raw) != 33:
        raise InvalidInput(f"{path} holds no key that signs checkpoints.")
    private = Ed25519PrivateKey.from_private_bytes(raw[1:])
    return SigningKey(PublicKey(name, private.public_key().public_bytes_raw()), private.sign)
