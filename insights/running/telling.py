"""Values of results as people read them: on pages, in documents, on the command line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format

from insights.answers.base import Kind

MISSING = "-"
NUMBERS = (Kind.COUNT, Kind.NUMBER, Kind.SHARE, Kind.P)


def told(value: Any, kind: str, unit: str = "") -> str:
    """Return a value as people read it."""
    if value is None:
        return MISSING
    match kind:
        case Kind.COUNT:
            text = f"{int(value):,}"
        case Kind.SHARE:
            text = f"{100 * float(value):.1f} %"
        case Kind.P:
            text = "< .001" if float(value) < 0.001 else f"{float(value):.3f}"
        case Kind.NUMBER:
            text = _number(value)
        case Kind.DAY:
            text = date_format(date.fromisoformat(value), "j M Y")
        case Kind.MOMENT:
            text = date_format(datetime.fromisoformat(value), "j M Y, H:i")
        case Kind.FLAG:
            text = "yes" if value else "no"
        case _:
            text = str(value)
    return f"{text} {unit}".rstrip()


def _number(value: Any) -> str:
    number = float(value)
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.4g}"


def header_of(column: dict[str, Any]) -> str:
    """Return what stands above a column: its label, with the unit in brackets."""
    return f"{column['label']} ({column['unit']})" if column["unit"] else str(column["label"])
