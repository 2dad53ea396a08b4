"""Tables on paper: columns as wide as they need, cells in lines, and the head again on each page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from insights.documents.letters import BOLD, PLAIN, Style, width, wrapped, write
from insights.documents.plan import TableColumn
from insights.documents.reading import cleaned
from insights.documents.sheets import INK, LINE, WASH, Sheets

CELL = Style(7.8)
HEAD = replace(CELL, font=BOLD)
PADDING = 4.0
#: Points that a column of text or numbers has at least, and that a text has at most where others need room.
LEAST, MOST_TEXT = 34.0, 230.0
#: Lines of one cell; a text that is longer is cut and says so.
MOST_LINES = 12


@dataclass(frozen=True)
class Laid:
    """Columns that stand beside each other, with their widths in points."""

    columns: tuple[TableColumn, ...]
    widths: tuple[float, ...]


def draw_table(sheets: Sheets, columns: Sequence[TableColumn], most_rows: int) -> None:
    """Draw the first rows; columns that do not fit beside each other follow as another table with row numbers."""
    rows = min(most_rows, len(columns[0].texts)) if columns else 0
    if not rows:
        return
    shown = [TableColumn(one.label, one.is_number, one.texts[:rows]) for one in columns]
    blocks = _blocks(shown, sheets.width)
    for number, block in enumerate(blocks, 1):
        if len(blocks) > 1:
            sheets.heading(f"Table, part {number} of {len(blocks)}", level=1)
        _draw_block(sheets, _stretched(block, sheets.width), rows)


def _blocks(columns: list[TableColumn], room: float) -> list[Laid]:
    natural = [_natural(column) for column in columns]
    least = [_least(column, wide) for column, wide in zip(columns, natural, strict=True)]
    if sum(least) <= room:
        return [Laid(tuple(columns), _shared(natural, least, room))]
    numbered = TableColumn("Row", True, [f"{row:,}" for row in range(1, len(columns[0].texts) + 1)])
    aside = _natural(numbered)
    blocks: list[Laid] = []
    taken: list[int] = []
    for place, wide in enumerate(least):
        if taken and aside + sum(least[one] for one in taken) + wide > room:
            blocks.append(_laid(columns, natural, least, taken, numbered, room))
            taken = []
        taken.append(place)
    return [*blocks, _laid(columns, natural, least, taken, numbered, room)]


def _laid(
    columns: list[TableColumn],
    natural: list[float],
    least: list[float],
    taken: list[int],
    numbered: TableColumn,
    room: float,
) -> Laid:
    aside = _natural(numbered)
    widths = _shared([natural[one] for one in taken], [least[one] for one in taken], room - aside)
    return Laid((numbered, *(columns[one] for one in taken)), (aside, *widths))


def _natural(column: TableColumn) -> float:
    """Return the points that the widest cell takes in one line; the label may break between its words."""
    cells = max((width(text, CELL) for text in set(column.texts)), default=0.0)
    label = max(width(word, HEAD) for word in (cleaned(column.label).split() or [""]))
    return max(LEAST, cells + 2 * PADDING, label + 2 * PADDING)


def _least(column: TableColumn, natural: float) -> float:
    """Return the points below which a column is not read: a number is never broken."""
    if column.is_number:
        return min(natural, MOST_TEXT)
    return min(natural, max(90.0, min(natural / 3, MOST_TEXT)))


def _shared(natural: list[float], least: list[float], room: float) -> tuple[float, ...]:
    """Return widths between least and natural, what is free shared by how much each would like."""
    free = room - sum(least)
    wanted = [wish - floor for wish, floor in zip(natural, least, strict=True)]
    total = sum(wanted)
    share = min(1.0, max(0.0, free) / total) if total else 0.0
    widths = [floor + share * wish for floor, wish in zip(least, wanted, strict=True)]
    # One column that alone is wider than the page is held to it: its cells wrap.
    return tuple(min(one, room) for one in widths)


def _stretched(block: Laid, room: float) -> Laid:
    """Give the first text column some of what is free, so that the eye finds the numbers again."""
    free = room - sum(block.widths)
    texts = [place for place, column in enumerate(block.columns) if not column.is_number]
    if not texts or free <= 0:
        return block
    widths = list(block.widths)
    widths[texts[0]] += min(free, 80.0)
    return Laid(block.columns, tuple(widths))


def _draw_block(sheets: Sheets, block: Laid, rows: int) -> None:
    head = [wrapped(column.label, HEAD, wide - 2 * PADDING) for column, wide in _each(block)]
    _draw_row(sheets, block, head, HEAD, is_head=True)
    for row in range(rows):
        cells = [_cell(column.texts[row], wide) for column, wide in _each(block)]
        height = _height(cells)
        if height > sheets.left_over:
            sheets.new_page()
            _draw_row(sheets, block, head, HEAD, is_head=True)
        _draw_row(sheets, block, cells, replace(CELL, font=PLAIN), is_head=False)
    sheets.top -= 6


def _each(block: Laid) -> list[tuple[TableColumn, float]]:
    return list(zip(block.columns, block.widths, strict=True))


def _cell(text: str, wide: float) -> list[str]:
    lines = wrapped(text, CELL, wide - 2 * PADDING)
    if len(lines) > MOST_LINES:
        return [*lines[: MOST_LINES - 1], f"… ({len(lines) - MOST_LINES + 1} lines more)"]
    return lines


def _height(cells: list[list[str]]) -> float:
    return max(len(lines) for lines in cells) * CELL.leading + 4


def _draw_row(sheets: Sheets, block: Laid, cells: list[list[str]], style: Style, *, is_head: bool) -> None:
    height = _height(cells)
    # The head stays with the first row.
    bottom = sheets.take(height) if not is_head else _taken_with_next(sheets, height)
    canvas, x = sheets.canvas, sheets.left
    if is_head:
        canvas.setFillColor(WASH)
        canvas.rect(x, bottom, sum(block.widths), height, stroke=0, fill=1)
    canvas.setStrokeColor(INK if is_head else LINE)
    canvas.setLineWidth(0.6 if is_head else 0.3)
    canvas.line(x, bottom, x + sum(block.widths), bottom)
    for (column, wide), lines in zip(_each(block), cells, strict=True):
        at, align = (x + wide - PADDING, 1.0) if column.is_number else (x + PADDING, 0.0)
        for place, line in enumerate(lines):
            base = bottom + height - 2 - place * style.leading - style.size
            write(canvas, at, base, line, style, align=align)
        x += wide


def _taken_with_next(sheets: Sheets, height: float) -> float:
    if height + 3 * CELL.leading > sheets.left_over:
        sheets.new_page()
    return sheets.take(height)
