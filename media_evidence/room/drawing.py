"""Which exhibits an inventory draws: pure, so that whoever has the seed draws the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID


def drawn(
    seed: str, high_value: Iterable[UUID], others: Iterable[UUID], size: int, high_value_share: int
) -> list[UUID]:
    """Return the exhibits that a seed draws from two strata, in the order of the draw.

    Each exhibit's lot is the SHA-256 of the seed, a line feed and its key; the smallest lots win. Of ``size``, the
    share in percent, rounded up, comes from ``high_value``, the rest from ``others``; where one stratum has too few,
    the other fills up. So every exhibit of a stratum has the same chance.
    """
    high, rest = _by_lot(seed, high_value), _by_lot(seed, others)
    of_high = min(len(high), -(-size * high_value_share // 100))
    of_rest = min(len(rest), size - of_high)
    of_high = min(len(high), size - of_rest)
    return _by_lot(seed, [*high[:of_high], *rest[:of_rest]])


def _by_lot(seed: str, keys: Iterable[UUID]) -> list[UUID]:
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\n{key}".encode()).digest())
