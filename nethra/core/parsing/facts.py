"""What a parser may say about a file: names, types and bounds. Its process may be somebody else's by then."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

MOST_TEXT, MOST_NAME, MOST_ENTRIES = 200, 255, 1_000
MOST_WHOLE, MOST_LONG = (1 << 31) - 1, (1 << 53) - 1
TEXTS = ("camera_make", "camera_model", "camera_serial", "codecs", "author", "producer")
WHOLES = ("width", "height", "duration_ms", "pages")
PATTERNS = {
    "stated": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII),
    "offset": re.compile(r"[+-]\d\d:\d\d", re.ASCII),
    "picture_hash": re.compile(r"[0-9a-f]{16}", re.ASCII),
}
BOUNDS = {"latitude": 90.0, "longitude": 180.0}


def checked(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that are of the right type and within bounds; text without control signs, cut."""
    found: dict[str, Any] = {name: plain(said.get(name), MOST_TEXT) for name in TEXTS}
    found |= {name: _whole(said.get(name)) for name in WHOLES}
    found |= {name: _matching(said.get(name), pattern) for name, pattern in PATTERNS.items()}
    found |= {name: _within(said.get(name), most) for name, most in BOUNDS.items()}
    found["is_polyglot"] = said.get("is_polyglot") is True
    found["entries"] = _entries(said.get("entries"))
    return found


def plain(text: Any, most: int) -> str:
    """Return text that can be shown and kept; '' for anything else."""
    if not isinstance(text, str):
        return ""
    return "".join(sign for sign in text[: most * 2] if sign.isprintable()).strip()[:most]


def _whole(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= MOST_WHOLE else None


def _matching(value: Any, pattern: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _within(value: Any, most: float) -> float | None:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number and -most <= value <= most else None


def _entries(value: Any) -> list[dict[str, Any]]:
    entries = value[:MOST_ENTRIES] if isinstance(value, list) else []
    return [
        {"name": plain(entry.get("name"), MOST_NAME), "size": min(int(entry.get("size", 0)), MOST_LONG)}
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("size", 0), int)
    ]
