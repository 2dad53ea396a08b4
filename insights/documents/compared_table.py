"""The table of a CompStat briefing: for each offence or beat its spans beside each other, notable ones marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from insights.documents.briefing import FALL, NOISE, BriefingRow, Change, Compared
from insights.documents.charts import draw_mark
from insights.documents.letters import BOLD, Style, width, wrapped, write
from insights.documents.sheets import INK, LINE, SMALL, WASH, Sheets
from insights.documents.verdicts import percent_of, z_of

CELL = Style(7.2)
HEAD = replace(CELL, font=BOLD)
#: Shares of a comparison's width: now, before it, per cent, z, mark with its word.
PARTS = (0.18, 0.18, 0.24, 0.17, 0.23)
LABELS = ("now", "was", "%", "z", "")
NAME_SHARE = 0.15
RISE_COLOUR, FALL_COLOUR = "#c24e00", "#5e3c99"


@dataclass(frozen=True)
class Places:
    """Where columns lie, in points: the room of names, and the left edge and width of each comparison."""

    names: float
    lefts: tuple[float, ...]
    wide: float


def draw_compared(
    sheets: Sheets, title: str, subject: str, comparisons: Sequence[Compared], rows: Sequence[BriefingRow]
) -> None:
    """Draw all rows over as many pages as they take, the head on each."""
    sheets.heading(title, keep=90)
    if not rows:
        sheets.paragraph("Nothing was counted.", SMALL)
        return
    places = _places(sheets, len(comparisons))
    _draw_head(sheets, places, subject, comparisons)
    for row in rows:
        lines = wrapped(row.name, CELL, places.names - 6)
        height = len(lines) * CELL.leading + 4
        if height > sheets.left_over:
            sheets.new_page()
            _draw_head(sheets, places, subject, comparisons)
        _draw_row(sheets, places, row, lines, comparisons, sheets.take(height) + height)
    sheets.top -= 8


def _places(sheets: Sheets, count: int) -> Places:
    names = max(sheets.width * NAME_SHARE, sheets.width - count * 190)
    wide = (sheets.width - names) / count
    return Places(names, tuple(sheets.left + names + place * wide for place in range(count)), wide)


def _draw_head(sheets: Sheets, places: Places, subject: str, comparisons: Sequence[Compared]) -> None:
    titles = [wrapped(f"{one.span} against {one.against}", HEAD, places.wide - 8) for one in comparisons]
    above = max(len(lines) for lines in titles) * HEAD.leading
    height = above + HEAD.leading + 6
    bottom = sheets.take(height)
    canvas = sheets.canvas
    canvas.setFillColor(WASH)
    canvas.rect(sheets.left, bottom, sheets.width, height, stroke=0, fill=1)
    write(canvas, sheets.left + 3, bottom + 4, subject, HEAD)
    for left, lines in zip(places.lefts, titles, strict=True):
        for number, line in enumerate(lines):
            base = bottom + height - 2 - HEAD.size - number * HEAD.leading
            write(canvas, left + 5, base, line, HEAD)
        for x, label in zip(_ends(left, places.wide), LABELS, strict=True):
            write(canvas, x, bottom + 4, label, CELL, align=1)
    _rule(sheets, places, bottom, height, INK)


def _ends(left: float, wide: float) -> list[float]:
    """Return where the cells of a comparison end, from the left."""
    return [left + wide * sum(PARTS[: place + 1]) - 2 for place in range(len(PARTS))]


def _draw_row(
    sheets: Sheets,
    places: Places,
    row: BriefingRow,
    lines: list[str],
    comparisons: Sequence[Compared],
    top: float,
) -> None:
    base = top - 2 - CELL.size
    for number, line in enumerate(lines):
        write(sheets.canvas, sheets.left + 3, base - number * CELL.leading, line, CELL)
    for left, compared, change in zip(places.lefts, comparisons, row.changes, strict=True):
        ends = _ends(left, places.wide)
        _fitted(sheets, ends[0], base, f"{change.now:,}", places.wide * PARTS[0])
        if not compared.is_covered:
            write(sheets.canvas, ends[-1], base, "no data before", CELL, align=1)
            continue
        _draw_change(sheets, change, ends, base, places.wide)
    height = len(lines) * CELL.leading + 4
    _rule(sheets, places, top - height, height, LINE)


def _draw_change(sheets: Sheets, change: Change, ends: list[float], base: float, wide: float) -> None:
    texts = (f"{change.before:,}", percent_of(change), z_of(change))
    for x, text, part in zip(ends[1:4], texts, PARTS[1:4], strict=True):
        _fitted(sheets, x, base, text, wide * part)
    if change.verdict == NOISE:
        return
    word, mark, colour = (
        ("FALL", "fall", FALL_COLOUR) if change.verdict == FALL else ("RISE", "triangle", RISE_COLOUR)
    )
    style = Style(6, BOLD, colour)
    write(sheets.canvas, ends[-1], base, word, style, align=1)
    draw_mark(sheets.canvas, mark, ends[-1] - width(word, style) - 4.5, base + 2.3, colour, 2.4)


def _fitted(sheets: Sheets, x: float, base: float, text: str, room: float) -> None:
    """Write a number whole, smaller where it is wide: a number is never cut."""
    wide = width(text, CELL)
    style = replace(CELL, size=CELL.size * min(1.0, (room - 2.5) / wide)) if wide else CELL
    write(sheets.canvas, x, base, text, style, align=1)


def _rule(sheets: Sheets, places: Places, bottom: float, height: float, colour: str) -> None:
    canvas = sheets.canvas
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.3)
    canvas.line(sheets.left, bottom, sheets.left + sheets.width, bottom)
    canvas.setStrokeColor(LINE)
    for left in places.lefts:
        canvas.line(left + 1, bottom, left + 1, bottom + height)
