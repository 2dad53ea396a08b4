"""Password hashing: Argon2id, and no more of it at once than the machine can bear."""

from __future__ import annotations

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

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
