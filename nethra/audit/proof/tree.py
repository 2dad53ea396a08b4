"""The Merkle tree of RFC 9162 (Certificate Transparency 2.0), section 2.1, over leaves that are hashes already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows, kept as the roots of its complete subtrees: at most one per power of two."""

    def __init__(self, peaks: Sequence[bytes] = (), size: int = 0) -> None:
        """Begin empty, or where a tree of ``size`` leaves with these ``peaks`` (largest first) stood."""
        if len(peaks) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}.")
        self.peaks, self.size = list(peaks), size

    def append(self, leaf: bytes) -> None:
        """Add a leaf."""
        # As many complete subtrees of equal size are joined as the old size has ones at its end.
        joined, below = leaf, self.size
        while below & 1:
            joined, below = node(self.peaks.pop(), joined), below >> 1
        self.peaks.append(joined)
        self.size += 1

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree of these leaves."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from the leaf at ``index`` (from 0) to the root; RFC 9162, 2.1.3.1."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"There is no leaf {index} among {len(leaves)}.")
    proof: list[bytes] = []
    first, last = 0, len(leaves)
    while last - first > 1:
        half = first + (1 << (last - first - 1).bit_length() - 1)
        if index < half:
            proof.append(root_of(leaves[half:last]))
            last = half
        else:
            proof.append(root_of(leaves[first:half]))
            first = half
    return proof[::-1]


def inclusion_proofs(leaves: Sequence[bytes], indexes: Iterable[int]) -> list[list[bytes]]:
    """Return the proofs of several leaves, hashing the tree once: it is kept in memory, twice the leaves."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        joined = [node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        # What has no neighbour goes up as it is.
        levels.append(joined + below[len(below) & ~1 :])
    found = []
    for index in indexes:
        if not 0 <= index < len(leaves):
            raise ValueError(f"There is no leaf {index} among {len(leaves)}.")
        beside = [(level, (index >> height) ^ 1) for height, level in enumerate(levels)]
        found.append([level[at] for level, at in beside if at < len(level)])
    return found


def root_by(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to, None where it does not fit the tree; RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return None
    position, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if position & 1 or position == last:
            found = node(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node(found, step)
        position, last = position >> 1, last >> 1
    return found if last == 0 else None
