"""The regions of a redacted copy: as they are asked for, as they are kept, and as the renderer takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from media_evidence.choices import RedactionReason
from nethra.core.errors import InvalidInput
from nethra.core.parsing.facts import MOST_WHOLE
from nethra.core.parsing.regions import Box, Range

MOST_REGIONS = 500
BOX, RANGE = ("page", "x", "y", "width", "height"), ("start", "end")
NONE = "Mark at least one region."
TOO_MANY = f"At most {MOST_REGIONS} regions are taken out of one copy."
MIXED = "All regions are boxes, or all are ranges of a text."
NO_REASON = "Each region has a reason: " + ", ".join(RedactionReason.values) + "."
NO_PLACE = "A region is page, x, y, width and height in pixels, or start and end in signs."


def checked_regions(asked: Any) -> list[dict[str, Any]]:
    """Return regions as they are kept; raise InvalidInput."""
    if not isinstance(asked, Sequence) or isinstance(asked, str) or not asked:
        raise _wrong(NONE)
    if len(asked) > MOST_REGIONS:
        raise _wrong(TOO_MANY)
    kept = [_checked(region) for region in asked]
    if len({frozenset(region) for region in kept}) > 1:
        raise _wrong(MIXED)
    return kept


def as_rendered(kept: Iterable[Mapping[str, Any]]) -> list[Box | Range]:
    """Return kept regions as the renderer takes them."""
    return [
        Range(region["start"], region["end"]) if "start" in region else Box(*(region[name] for name in BOX))
        for region in kept
    ]


def _checked(region: Any) -> dict[str, Any]:
    if not isinstance(region, Mapping) or region.get("reason") not in RedactionReason.values:
        raise _wrong(NO_REASON)
    places = {str(name): value for name, value in region.items() if name != "reason"}
    names = next((names for names in (BOX, RANGE) if set(names) == set(places)), None)
    if names is None or not all(_is_whole(value) for value in places.values()):
        raise _wrong(NO_PLACE)
    is_empty = places["end"] <= places["start"] if names == RANGE else not _has_size(places)
    if is_empty:
        raise _wrong(NO_PLACE)
    return {"reason": str(region["reason"]), **{name: places[name] for name in names}}


def _has_size(box: Mapping[str, int]) -> bool:
    return box["page"] > 0 and box["width"] > 0 and box["height"] > 0


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_WHOLE


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(errors={"regions": [sentence]})
