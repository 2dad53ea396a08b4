"""Charts on paper as vectors: a matrix with its numbers in the cells, lines and bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from insights.answers.base import Scale, of_many
from insights.documents.colours import RISING, colours, ink_on
from insights.documents.letters import PaperCanvas, Style, fitting, width, write
from insights.documents.plan import Chart, ChartKind, Series
from insights.documents.sheets import INK, LINE, QUIET, SMALL, Sheets

LABEL = Style(6.8, colour=QUIET)
HEIGHT = 150.0
CELL_HEIGHT = 14.0
#: Rows and columns of a matrix, labels and series of other charts that are drawn; what is beyond is counted.
MOST_ROWS, MOST_COLUMNS, MOST_LABELS, MOST_SERIES = 40, 60, 400, 8
MARKS = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True)
class Axes:
    """Where a chart lies on paper, in points, and what its left axis reaches: ``low`` to ``high``."""

    left: float
    bottom: float
    width: float
    height: float
    low: float
    high: float

    def up(self, value: float) -> float:
        """Return where a value lies above the bottom of the page."""
        return self.bottom + (value - self.low) / (self.high - self.low) * self.height


def draw_chart(sheets: Sheets, chart: Chart) -> None:
    """Draw one chart with its title, and say what of it was left out."""
    title = f"{chart.title} ({chart.unit})" if chart.unit else chart.title
    if not any(known(value) for one in chart.series for value in one.values):
        sheets.heading(title, level=1, keep=20)
        sheets.paragraph("There is nothing to draw.", SMALL)
        return
    if chart.kind == ChartKind.MATRIX:
        _draw_matrix(sheets, title, chart)
    else:
        _draw_axes_chart(sheets, title, chart)
    _say_left_out(sheets, chart)


def known(value: float | None) -> bool:
    """Return whether there is a number."""
    return value is not None and math.isfinite(value)


def _say_left_out(sheets: Sheets, chart: Chart) -> None:
    most = MOST_ROWS if chart.kind == ChartKind.MATRIX else MOST_SERIES
    labels = MOST_COLUMNS if chart.kind == ChartKind.MATRIX else MOST_LABELS
    said = []
    if len(chart.series) > most:
        said.append(f"{of_many(len(chart.series) - most, 'more row')} of it")
    if len(chart.labels) > labels:
        said.append(of_many(len(chart.labels) - labels, "more column"))
    if said:
        sheets.paragraph(f"Not drawn: {' and '.join(said)}.", SMALL)


def _draw_matrix(sheets: Sheets, title: str, chart: Chart) -> None:
    rows, labels = chart.series[:MOST_ROWS], chart.labels[:MOST_COLUMNS]
    aside = min(110.0, max(width(one.label, LABEL) for one in rows) + 6)
    wide = min(60.0, (sheets.width - aside) / len(labels))
    sheets.heading(title, level=1, keep=min(len(rows) * CELL_HEIGHT + 20, 300))
    _write_columns(sheets, labels, aside, wide)
    values = [
        float(v) for one in rows for v in one.values[:MOST_COLUMNS] if v is not None and math.isfinite(v)
    ]
    low, high = min(0.0, *values) if min(values) < 0 else 0.0, max(values)
    for row in rows:
        bottom = sheets.take(CELL_HEIGHT)
        write(sheets.canvas, sheets.left, bottom + 4, fitting(row.label, LABEL, aside - 4), LABEL)
        for place, value in enumerate(row.values[:MOST_COLUMNS]):
            left = sheets.left + aside + place * wide
            _draw_cell(sheets.canvas, left, bottom, wide, value, (low, high))
    sheets.top -= 8


def _write_columns(sheets: Sheets, labels: Sequence[str], aside: float, wide: float) -> None:
    bottom = sheets.take(12)
    every = max(1, math.ceil(max(width(label, LABEL) for label in labels) / (wide - 1)))
    for place, label in list(enumerate(labels))[:: min(every, 6)]:
        room = wide * min(every, 6) - 1
        # In the middle of its column, unless it reaches over the next ones.
        x = sheets.left + aside + place * wide + (wide / 2 if every == 1 else 0)
        write(
            sheets.canvas, x, bottom + 3, fitting(label, LABEL, room), LABEL, align=0.5 if every == 1 else 0
        )


def _draw_cell(
    canvas: PaperCanvas,
    left: float,
    bottom: float,
    wide: float,
    value: float | None,
    reach: tuple[float, float],
) -> None:
    low, high = reach
    ramp = colours(Scale.RISING, len(RISING))
    canvas.setStrokeColor("#ffffff")
    canvas.setLineWidth(0.4)
    if value is None or not math.isfinite(value):
        canvas.setFillColor("#ffffff")
        canvas.rect(left, bottom, wide, CELL_HEIGHT, stroke=1, fill=1)
        write(canvas, left + wide / 2, bottom + 4, "\N{EN DASH}", LABEL, align=0.5)
        return
    share = (value - low) / (high - low) if high > low else 0.0
    colour = ramp[min(len(ramp) - 1, int(share * len(ramp)))] if value else "#f9fafb"
    canvas.setFillColor(colour)
    canvas.rect(left, bottom, wide, CELL_HEIGHT, stroke=1, fill=1)
    text = short(value)
    style = replace(LABEL, colour=ink_on(colour))
    if width(text, style) > wide - 2:
        style = replace(style, size=max(3.5, style.size * (wide - 2) / width(text, style)))
    write(canvas, left + wide / 2, bottom + 4, text, style, align=0.5)


def short(value: float) -> str:
    """Return a number in few signs: 1,234 or 0.35 or 12k."""
    if abs(value) >= 99_999.5:
        return f"{value / 1000:,.0f}k"
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _draw_axes_chart(sheets: Sheets, title: str, chart: Chart) -> None:
    series = tuple(Series(one.label, one.values[:MOST_LABELS]) for one in chart.series[:MOST_SERIES])
    labels = chart.labels[:MOST_LABELS]
    shown = colours(Scale.WORDS, len(series))
    keys = _keys(series, sheets.width) if len(series) > 1 else []
    sheets.heading(title, level=1, keep=HEIGHT + 34 + 11 * len(keys))
    sheets.take(11.0 * len(keys))
    _draw_keys(sheets, keys, shown)
    bottom = sheets.take(HEIGHT + 26) + 22
    values = [float(v) for one in series for v in one.values if v is not None and math.isfinite(v)]
    low, high, step = nice_reach(values)
    axes = Axes(sheets.left + 38, bottom, sheets.width - 44, HEIGHT - 6, low, high)
    draw_axes(sheets.canvas, axes, step)
    for place, one in enumerate(series):
        if chart.kind == ChartKind.LINES:
            draw_line(sheets.canvas, axes, one.values, shown[place], MARKS[place % len(MARKS)])
        else:
            _draw_bars(sheets.canvas, axes, one.values, shown[place], (place, len(series)))
    write_labels(sheets.canvas, axes, labels)


def nice_reach(values: Sequence[float], ticks: int = 5) -> tuple[float, float, float]:
    """Return the least and greatest value of an axis that holds 0 and the values, and the step of its ticks."""
    low, high = min(0.0, min(values)), max(0.0, max(values))
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / ticks))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * ticks >= span * 0.999)
    return math.floor(low / step) * step, max(step, math.ceil(high / step - 1e-9) * step), step


def draw_axes(canvas: PaperCanvas, axes: Axes, step: float, style: Style = LABEL) -> None:
    """Draw the lines of an axis with their numbers."""
    for number in range(round((axes.high - axes.low) / step) + 1):
        value = axes.low + number * step
        canvas.setStrokeColor(QUIET if abs(value) < step / 1000 else LINE)
        canvas.setLineWidth(0.4)
        canvas.line(axes.left, axes.up(value), axes.left + axes.width, axes.up(value))
        write(canvas, axes.left - 4, axes.up(value) - 2.4, short(round(value, 9)), style, align=1)


def write_labels(canvas: PaperCanvas, axes: Axes, labels: Sequence[str], style: Style = LABEL) -> None:
    """Write as many labels below an axis as stand beside each other."""
    slot = axes.width / len(labels)
    widest = min(90.0, max(width(label, style) for label in labels))
    every = max(1, math.ceil((widest + 14) / slot)) if len(labels) > 1 else 1
    for place in range(0, len(labels), every):
        x = axes.left + (place + 0.5) * slot
        text = fitting(labels[place], style, max(slot * every - 3, 20))
        # The last one may not reach over the page; moving it would touch the one before.
        if x + width(text, style) / 2 > axes.left + axes.width + 10:
            continue
        write(
            canvas, max(x, axes.left - 14 + width(text, style) / 2), axes.bottom - 10, text, style, align=0.5
        )


def draw_line(
    canvas: PaperCanvas,
    axes: Axes,
    values: Sequence[float | None],
    colour: str,
    mark: str = "",
    wide: float = 1.1,
) -> None:
    """Draw a line through the known values, broken where one is missing, with marks if there is room for them."""
    slot = axes.width / len(values)
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(wide)
    path, is_drawing = canvas.beginPath(), False
    for place, value in enumerate(values):
        if value is None or not math.isfinite(value):
            is_drawing = False
            continue
        x, y = axes.left + (place + 0.5) * slot, axes.up(value)
        (path.lineTo if is_drawing else path.moveTo)(x, y)
        is_drawing = True
        if mark and len(values) <= 60:
            draw_mark(canvas, mark, x, y, colour)
    canvas.drawPath(path, stroke=1, fill=0)


def draw_mark(canvas: PaperCanvas, mark: str, x: float, y: float, colour: str, size: float = 2.0) -> None:
    """Draw a small circle, square, triangle, diamond or triangle on its head."""
    canvas.setFillColor(colour)
    if mark == "circle":
        canvas.circle(x, y, size, stroke=0, fill=1)
        return
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "triangle": ((-1.2, -1), (1.2, -1), (0, 1.3)),
        "fall": ((-1.2, 1), (1.2, 1), (0, -1.3)),
        "diamond": ((-1.4, 0), (0, -1.4), (1.4, 0), (0, 1.4)),
    }[mark]
    path = canvas.beginPath()
    path.moveTo(x + corners[0][0] * size, y + corners[0][1] * size)
    for across, upwards in corners[1:]:
        path.lineTo(x + across * size, y + upwards * size)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_bars(
    canvas: PaperCanvas, axes: Axes, values: Sequence[float | None], colour: str, place: tuple[int, int]
) -> None:
    number, of = place
    slot = axes.width / len(values)
    wide = slot * 0.8 / of
    canvas.setFillColor(colour)
    for at, value in enumerate(values):
        if value is None or not math.isfinite(value):
            continue
        x = axes.left + at * slot + slot * 0.1 + number * wide
        canvas.setFillColor(colour)
        canvas.rect(x, axes.up(0.0), wide, axes.up(value) - axes.up(0.0), stroke=0, fill=1)
        if wide >= width(short(value), LABEL):
            above = 2.0 if value >= 0 else -8.0
            write(
                canvas,
                x + wide / 2,
                axes.up(value) + above,
                short(value),
                replace(LABEL, colour=INK),
                align=0.5,
            )


def _keys(series: tuple[Series, ...], room: float) -> list[list[tuple[int, str]]]:
    """Return the names of the series in lines that fit."""
    lines: list[list[tuple[int, str]]] = [[]]
    used = 0.0
    for place, one in enumerate(series):
        text = fitting(one.label, LABEL, 150)
        if lines[-1] and used + width(text, LABEL) + 24 > room:
            lines.append([])
            used = 0.0
        lines[-1].append((place, text))
        used += width(text, LABEL) + 24
    return lines


def _draw_keys(sheets: Sheets, keys: list[list[tuple[int, str]]], shown: tuple[str, ...]) -> None:
    for number, line in enumerate(keys):
        x, y = sheets.left + 4, sheets.top + 11 * (len(keys) - 1 - number) + 2
        for place, text in line:
            draw_mark(sheets.canvas, MARKS[place % len(MARKS)], x + 3, y + 2.4, shown[place], 2.6)
            write(sheets.canvas, x + 10, y, text, LABEL)
            x += width(text, LABEL) + 24
