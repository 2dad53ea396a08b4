"""The key that signs checkpoints: made once, kept in a file that neither the web server nor the database reads."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nethra.audit.ledger import Ledger
from nethra.audit.proof.notes import BadNote, PublicKey, signed
from nethra.core.errors import Conflict, InvalidInput

#: What a private key's file begins with, as https://c2sp.org/signed-note's tools write it.
_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True)
class SigningKey:
    """The private key, its public half, and the public halves of keys that it replaced, the newest first."""

    public: PublicKey
    sign: Callable[[bytes], bytes]
    former: tuple[PublicKey, ...] = ()

    @property
    def known(self) -> tuple[PublicKey, ...]:
        """Every key that may have signed this log."""
        return self.public, *self.former


def make_key(path: Path, name: str) -> PublicKey:
    """Write a new private key, readable by its owner alone, and the public one beside it (``.pub``).

    Return the public key; raise Conflict where there is a key already, InvalidInput for a name with blanks or a plus.
    """
    if not name or any(letter.isspace() or letter == "+" for letter in name):
        raise InvalidInput(errors={"name": ["A key's name has neither blanks nor a plus."]})
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = _write_key(path, name)
    except FileExistsError:
        raise Conflict(
            f"There is a key already: {path}. What it signed is checked with it.", code="key_exists"
        ) from None
    path.with_suffix(".pub").write_text(f"{made.public}\n")
    return made.public


def renew_key(path: Path, ledger: Ledger, *, reason: str) -> PublicKey:
    """Put a new key in the place of the one in the file, and write a statement of it that both have signed.

    The former private key is gone; its public half stays in the ``.pub`` file, below the new one, for what it signed.
    Return the new public key; raise InvalidInput without a reason or without a key.
    """
    if not reason.strip() or "\n" in reason:
        raise InvalidInput(errors={"reason": ["Say in one line why the key is replaced."]})
    former = read_key(path)
    waiting = path.with_suffix(".new")
    waiting.unlink(missing_ok=True)
    made = _write_key(waiting, former.public.name)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [f"{former.public.name}/renewed", now, str(former.public), str(made.public), reason.strip(), ""]
    text = "\n".join(lines)
    own = signed(text, made.public, made.sign).rpartition("\n\n")[2]
    ledger.state(signed(text, former.public, former.sign) + own)
    path.with_suffix(".pub").write_text("".join(f"{key}\n" for key in (made.public, *former.known)))
    waiting.replace(path)
    return made.public


def _write_key(path: Path, name: str) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = PublicKey(name, private.public_key().public_bytes_raw())
    secret = base64.b64encode(b"\x01" + private.private_bytes_raw()).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{_PREFIX}{name}+{public.hash.hex()}+{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    return SigningKey(public, private.sign)


def read_key(path: Path) -> SigningKey:
    """Return the private key of a file, and the former public ones beside it; raise InvalidInput."""
    try:
        text = path.read_text().strip()
    except OSError as problem:
        raise InvalidInput(f"The audit's key {path} cannot be read: {problem.strerror}.") from problem
    name, _, rest = text.removeprefix(_PREFIX).partition("+")
    raw = base64.b64decode(rest.partition("+")[2] or "")
    if not text.startswith(_PREFIX) or len(raw) != 33:
        raise InvalidInput(f"{path} holds no key that signs checkpoints.")
    private = Ed25519PrivateKey.from_private_bytes(raw[1:])
    public = PublicKey(name, private.public_key().public_bytes_raw())
    return SigningKey(public, private.sign, tuple(key for key in _beside(path) if key != public))


def _beside(path: Path) -> list[PublicKey]:
    """Return the keys of the ``.pub`` file."""
    file = path.with_suffix(".pub")
    try:
        return [PublicKey.from_text(line) for line in file.read_text().splitlines() if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, BadNote) as problem:
        raise InvalidInput(f"{file}: {problem}") from problem
