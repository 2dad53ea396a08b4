"""What is taken out of a copy: boxes of a picture or page, and ranges of a text; and what may not remain in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: What stands where words were taken out. It tells neither how long they were nor why: a word such as "informant"
#: would say what the redaction hides.
MARK = "[redacted]"
#: A JPEG is made of blocks of so many pixels. A box is grown to whole ones, so that each holds its colour and no more.
BLOCK = 8


@dataclass(frozen=True)
class Box:
    """A rectangle of a page, in pixels of the page as it is shown; pages are counted from 1."""

    page: int
    x: int
    y: int
    width: int
    height: int

    def grown(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the whole blocks that it touches, within a page of this size."""
        right, bottom = self.x + self.width, self.y + self.height
        return (
            min(max(self.x, 0), width) // BLOCK * BLOCK,
            min(max(self.y, 0), height) // BLOCK * BLOCK,
            min(-(-right // BLOCK) * BLOCK, width),
            min(-(-bottom // BLOCK) * BLOCK, height),
        )


@dataclass(frozen=True)
class Range:
    """A part of a text, in signs (code points) from its beginning; ``end`` is the first that stays."""

    start: int
    end: int


class Remains(StrEnum):
    """What a check finds in a copy that may not be there."""

    METADATA = "metadata"
    BEHIND = "behind"
    NOT_COVERED = "not_covered"
    TEXT = "text"
    ANNOTATIONS = "annotations"
    ATTACHMENTS = "attachments"
    ACTIVE = "active"
    OTHER_OBJECTS = "other_objects"
    NOT_MARKED = "not_marked"
    UNREADABLE = "unreadable"


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges in order, those that touch or overlap as one."""
    found: list[Range] = []
    for one in sorted(ranges, key=lambda r: (r.start, r.end)):
        if found and one.start <= found[-1].end:
            found[-1] = Range(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found
