"""Passwords: hashed with Argon2id, no more of it at once than the machine bears; predictable ones refused."""

from __future__ import annotations

import string
import threading
from itertools import pairwise

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

# Each hash takes 64 MiB for a tenth of a second; unbounded, sign-ins would be a way to exhaust the machine.
_gate = threading.BoundedSemaphore(2)


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with 64 MiB, two passes, one lane (RFC 9106's memory-constrained advice, tightened)."""

    time_cost = 2
    memory_cost = 65536
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _gate:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _gate:
            return super().verify(password, encoded)


class PredictablePasswordValidator:
    """Refuse long passwords that are short ones in disguise: a common word with digits, a run."""

    least_different = 6
    decoration = string.digits + string.punctuation + " "

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when the password is easily guessed."""
        word = password.lower().strip(self.decoration)
        is_decorated = len(word) < len(password) and word in CommonPasswordValidator().passwords
        if is_decorated or len(set(password)) < self.least_different or _is_run(password):
            raise ValidationError("This password is too easy to guess.", code="password_predictable")

    def get_help_text(self) -> str:
        return "Your password can't be a common word with digits, nor a run such as 12345."


def _is_run(password: str) -> bool:
    """Return whether most letters follow their neighbours in the alphabet or on the number row."""
    steps = [ord(after) - ord(before) for before, after in pairwise(password)]
    return sum(step in (-1, 0, 1, -9, 9) for step in steps) > 0.7 * len(steps)
