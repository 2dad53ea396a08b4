"""How far an import is, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The steps of an import, in order."""

    READING = "reading"
    CHECKING = "checking"
    REJECTING = "rejecting"
    STORING = "storing"
    REMOVING = "removing"


@dataclass(frozen=True)
class Progress:
    """`done` of `total` rows in a phase; total is None while nobody knows."""

    phase: Phase
    done: int
    total: int | None


Watcher = Callable[[Progress], None]


def nobody(progress: Progress) -> None:
    """Watch nothing."""
