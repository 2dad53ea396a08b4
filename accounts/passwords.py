"""Passwords: hashed with Argon2id, no more of it at once than the machine bears; predictable ones refused."""

from __future__ import annotations

import re
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.choices import RoleChoice
from nethra.core.errors import Busy

ALONE, WITH_FACTOR = 15, 12
# Each hash takes 64 MiB for a tenth of a second; unbounded, sign-ins would be a way to exhaust the machine.
_gate = threading.BoundedSemaphore(2)
PATIENCE_SECONDS = 10.0


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _gate.acquire(timeout=PATIENCE_SECONDS):
        raise Busy()
    try:
        yield
    finally:
        _gate.release()


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with 64 MiB, two passes, one lane (RFC 9106's memory-constrained advice, tightened)."""

    time_cost = 2
    memory_cost = 65536
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _one_of_few():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _one_of_few():
            return super().verify(password, encoded)


class LengthValidator:
    """At least 15 characters; 12 where a second factor stands beside the password (ASVS 5.0, 6.2.1)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that is too short for this person."""
        least = WITH_FACTOR if getattr(user, "has_second_factor", False) else ALONE
        if len(password) < least:
            raise ValidationError(
                f"The password needs at least {least} characters.", code="password_too_short"
            )

    def get_help_text(self) -> str:
        return f"At least {ALONE} characters, {WITH_FACTOR} beside a second factor."


#: What anybody would try first at a police agency's console.
FIELD_WORDS = frozenset(
    [
        "nethra",
        "police",
        "sheriff",
        "department",
        "county",
        "city",
        "agency",
        "crime",
        "criminal",
        "incident",
        "case",
        "evidence",
        "detective",
        "patrol",
        "badge",
        "precinct",
        "district",
        "beat",
        "station",
        "constable",
        "password",
        "passphrase",
        "welcome",
        "login",
    ]
)
SHORTEST_WORD = 4


class PredictablePasswordValidator:
    """Refuse long passwords that are short ones in disguise: a common word with digits, a run, words of the context.

    The words of the context (ASVS 6.1.2) are Nethra's name and the field's (``FIELD_WORDS``), the role names, and
    whatever is known of the person: name, address, badge number, unit, agency's name and code, the city of the time
    zone. Words of less than four letters do not count. A password that holds such words needs six letters besides.
    """

    least_different = 6
    least_besides = 6
    decoration = string.digits + string.punctuation + " "

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when the password is easily guessed."""
        word = password.lower().strip(self.decoration)
        is_decorated = len(word) < len(password) and word in CommonPasswordValidator().passwords
        is_plain = len(set(password)) < self.least_different or _is_run(password)
        if is_decorated or is_plain or self._is_of_the_context(password, user):
            raise ValidationError("This password is too easy to guess.", code="password_predictable")

    def get_help_text(self) -> str:
        return (
            "Your password can't be a common word with digits, a run such as 12345, nor made of words that "
            "anybody knows of you, your agency or Nethra."
        )

    def _is_of_the_context(self, password: str, user: object) -> bool:
        rest = password.casefold()
        # The longest first, or "north" would leave "ern" of "northern".
        for word in sorted(context_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        besides = sum(letter.isalpha() for letter in rest)
        return len(rest) < len(password.casefold()) and besides < self.least_besides


def context_words(user: object) -> set[str]:
    """Return the words that a password may not be built on, for this person."""
    agency, unit = getattr(user, "agency", None), getattr(user, "unit", None)
    known = [getattr(user, name, "") for name in ("name", "email", "badge_number", "time_zone")]
    known += [getattr(agency, name, "") for name in ("name", "code", "time_zone")]
    known += [getattr(unit, "name", ""), *RoleChoice.labels]
    words = set(re.findall(r"[^\W_]+", " ".join(known).casefold()))
    return {word for word in words | FIELD_WORDS if len(word) >= SHORTEST_WORD}


def _is_run(password: str) -> bool:
    """Return whether most letters follow their neighbours in the alphabet or on the number row."""
    steps = [ord(after) - ord(before) for before, after in pairwise(password)]
    return sum(step in (-1, 0, 1, -9, 9) for step in steps) > 0.7 * len(steps)
