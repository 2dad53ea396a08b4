"""Passwords that breaches have shown, looked up in sorted lists of their SHA-1: no network, no list in memory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError

OWN_LIST = Path(__file__).parent / "reference" / "breached.sha1"
DIGITS = 40


class BreachedPasswordValidator:
    """Refuse what anybody who guesses tries first: Nethra's own list, and BREACHED_PASSWORDS_FILE's."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when the password, as typed or in lower case, is on a list."""
        lists = [
            OWN_LIST,
            *([Path(settings.BREACHED_PASSWORDS_FILE)] if settings.BREACHED_PASSWORDS_FILE else []),
        ]
        digests = {sha1(password), sha1(password.lower())}
        if any(is_listed(digest, path) for path in lists for digest in digests):
            raise ValidationError(
                "This password is known from a breach, so it is among the first that are tried.",
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return "Your password can't be one that a breach has shown."


def sha1(password: str) -> bytes:
    """Return the digest in upper-case hexadecimal, as the lists spell it."""
    # The lists' own format; nothing is protected by it.
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()


def is_listed(digest: bytes, path: Path) -> bool:
    """Return whether the sorted file (a digest a line, perhaps `:count` behind it) holds the digest."""
    try:
        with path.open("rb") as lines:
            return _search(lines, digest)
    except OSError as problem:
        raise ImproperlyConfigured(f"The list of breached passwords cannot be read: {problem}.") from problem


def _search(lines: BinaryIO, digest: bytes) -> bool:
    low, high = 0, lines.seek(0, os.SEEK_END)
    # The line that begins at or after `low` and before `high` may be it.
    while low < high:
        middle = (low + high) // 2
        lines.seek(middle)
        if middle:
            lines.seek(middle - 1)
            lines.readline()
        begin = lines.tell()
        found = lines.readline()[:DIGITS]
        if found == digest:
            return True
        if not found or begin >= high or found > digest:
            high = middle
        else:
            low = lines.tell()
    return False
