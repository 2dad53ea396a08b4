"""The leaf of an event: what exactly is hashed. The database computes it when it writes an event; here it is
computed again by nobody who can write there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

#: The columns a leaf commits to, in order; ``guarded_hash`` in their place stands for the guarded part.
COLUMNS = (
    "id",
    "agency_id",
    "recorded_at",
    "actor_id",
    "action",
    "entity",
    "object_id",
    "source",
    "request_id",
    "address",
    "reason",
    "result",
    "body",
    "guarded_hash",
)
# As PostgreSQL spells a jsonb array.
_spell = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def leaf_of(event: Mapping[str, Any]) -> bytes:
    """Return the leaf (RFC 9162: SHA-256 over 0x00 and the entry) of an event.

    ``recorded_at`` is in microseconds since 1970, keys and the guarded part's hash are text, ``body`` is as stored.
    """
    return hashlib.sha256(b"\x00" + _spell([event[name] for name in COLUMNS]).encode()).digest()


def guarded_hash(guarded: str, salt: str) -> str:
    """Return the hash (hexadecimal) by which a leaf commits to a guarded part with its salt (hexadecimal)."""
    return hashlib.sha256(bytes.fromhex(salt) + guarded.encode()).hexdigest()
