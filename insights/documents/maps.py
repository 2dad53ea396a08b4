"""Maps on paper as vectors: shapes on outlines, a legend with numbers, a scale bar and north."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from insights.answers.base import Scale, of_many
from insights.documents.colours import colours, ink_on
from insights.documents.ground import Frame, Ground, frame_of, ground_of, round_metres
from insights.documents.letters import BOLD, PaperCanvas, Style, fitting, wrapped, write
from insights.documents.plan import Form, MapPlan, Shape
from insights.documents.sheets import INK, LINE, QUIET, SMALL, Sheets
from insights.methods.base import Floats

#: Shapes that one map draws; those after them are counted beside it.
MOST_SHAPES = 5_000
LEGEND = Style(7.5)
#: What the PDF writer calls filling that leaves holes open.
EVEN_ODD = 0
SWATCH = 9.0
#: Points below a map that scale bar and north take, and to the right of its legend.
SCALE_HEIGHT, SCALE_WIDTH = 38.0, 0.32
#: Points between two maps that stand beside each other.
GAP = 14.0
#: Shapes that are too many or too small, in points, for the number of their word to stand in them.
MOST_NUMBERED, LEAST_NUMBERED = 150, 12.0


@dataclass(frozen=True)
class Entry:
    """One line of a legend: its colour, the number that stands for a word on the map, and its words."""

    colour: str
    number: str
    words: str


def draw_maps(sheets: Sheets, heading: str, plans: Sequence[MapPlan], *, most_height: float = 330.0) -> None:
    """Draw maps and their legends below a heading, beside each other: the same ground at the same scale."""
    if not plans:
        return
    wide = (sheets.width - GAP * (len(plans) - 1)) / len(plans)
    grounds = tuple(ground_of(plan, MOST_SHAPES) for plan in plans)
    legends = [_lines(plan, wide) for plan in plans]
    below = max(SCALE_HEIGHT, max(len(lines) for lines in legends) * (LEGEND.leading + 2) + 10)
    titles = [wrapped(plan.title, _title(), wide) for plan in plans]
    above = max(len(lines) for lines in titles) * _title().leading + 4
    height = min(most_height, sheets.height - below - above - 40)
    sheets.heading(heading, keep=above + height + below)
    bottom = sheets.take(above + height + below) + below
    for place, plan in enumerate(plans):
        left = sheets.left + place * (wide + GAP)
        for number, line in enumerate(titles[place]):
            base = bottom + height + above - (number + 1) * _title().leading + 2
            write(sheets.canvas, left, base, line, _title())
        frame = frame_of(grounds, left, bottom, wide, height)
        _draw_map(sheets.canvas, plan, grounds[place], frame, (left, bottom, wide, height))
        _draw_legend(sheets.canvas, legends[place], left, bottom - 12)
    for plan in plans:
        if len(plan.shapes) > MOST_SHAPES:
            sheets.paragraph(
                f"The map shows the first {MOST_SHAPES:,} of {of_many(len(plan.shapes), 'place')}.", SMALL
            )


def _title() -> Style:
    return Style(9, BOLD)


def _draw_map(
    canvas: PaperCanvas,
    plan: MapPlan,
    ground: Ground,
    frame: Frame | None,
    box: tuple[float, float, float, float],
) -> None:
    left, bottom, wide, height = box
    canvas.saveState()
    canvas.setFillColor("#ffffff")
    path = canvas.beginPath()
    path.rect(left, bottom, wide, height)
    canvas.clipPath(path, stroke=0, fill=1)
    if frame:
        _draw_outlines(canvas, ground, frame)
        _draw_shapes(canvas, plan, ground, frame)
    canvas.restoreState()
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.6)
    canvas.rect(left, bottom, wide, height, stroke=1, fill=0)
    if not frame:
        write(canvas, left + wide / 2, bottom + height / 2, "Nothing has a place.", SMALL, align=0.5)
        return
    _draw_scale(canvas, frame)


def _draw_outlines(canvas: PaperCanvas, ground: Ground, frame: Frame) -> None:
    canvas.setFillColor("#f9fafb")
    canvas.setStrokeColor("#9ca3af")
    canvas.setLineWidth(0.5)
    for ring in ground.outlines:
        points = frame.points(ring)
        if frame.holds(points):
            canvas.drawPath(_path(canvas, [points], is_closed=True), stroke=1, fill=1)


def _draw_shapes(canvas: PaperCanvas, plan: MapPlan, ground: Ground, frame: Frame) -> None:
    shown = colours(plan.scale, len(plan.legend))
    drawn = [[frame.points(ring) for ring in rings] for rings in ground.shapes]
    for shape, rings in zip(plan.shapes, drawn, strict=False):
        colour = None if shape.grade is None else shown[shape.grade]
        _draw_shape(canvas, shape.form, rings, colour)
    # Outlines again, hairlines, so that areas are found under a map full of squares.
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.25)
    for ring in ground.outlines:
        canvas.drawPath(_path(canvas, [frame.points(ring)], is_closed=True), stroke=1, fill=0)
    if plan.scale == Scale.WORDS and len(drawn) <= MOST_NUMBERED:
        _draw_numbers(canvas, plan.shapes, drawn, shown)


def _draw_shape(canvas: PaperCanvas, form: Form, rings: list[Floats], colour: str | None) -> None:
    canvas.setLineWidth(0.25)
    canvas.setStrokeColor("#6b7280")
    if colour:
        canvas.setFillColor(colour)
    if form == Form.POINT:
        for x, y in (point for ring in rings for point in ring):
            canvas.circle(float(x), float(y), 2.2, stroke=1, fill=int(colour is not None))
        return
    path = _path(canvas, rings, is_closed=form == Form.AREA)
    if form == Form.LINE:
        # The palest colour is hardly seen on paper without an edge.
        canvas.setStrokeColor("#9ca3af")
        canvas.setLineWidth(2.6)
        canvas.drawPath(path, stroke=1, fill=0)
        canvas.setStrokeColor(colour or INK)
        canvas.setLineWidth(1.8)
    is_filled = colour is not None and form == Form.AREA
    canvas.drawPath(path, stroke=1, fill=int(is_filled), fillMode=EVEN_ODD)


def _path(canvas: PaperCanvas, rings: list[Floats], *, is_closed: bool) -> object:
    path = canvas.beginPath()
    for ring in rings:
        path.moveTo(*map(float, ring[0]))
        for x, y in ring[1:].tolist():
            path.lineTo(x, y)
        if is_closed:
            path.close()
    return path


def _draw_numbers(
    canvas: PaperCanvas, shapes: Sequence[Shape], drawn: list[list[Floats]], shown: tuple[str, ...]
) -> None:
    """Write the legend's number into each shape that has room for it: a word is not told by colour alone."""
    for shape, rings in zip(shapes, drawn, strict=False):
        if shape.grade is None or shape.form != Form.AREA or not rings:
            continue
        low, high = rings[0].min(axis=0), rings[0].max(axis=0)
        if float(np.min(high - low)) >= LEAST_NUMBERED:
            x, y = (low + high) / 2
            style = Style(7, BOLD, ink_on(shown[shape.grade]))
            write(canvas, float(x), float(y) - 2.5, str(shape.grade + 1), style, align=0.5)


def _draw_scale(canvas: PaperCanvas, frame: Frame) -> None:
    """Draw scale bar and north below the frame at its right, where they cover nothing."""
    metres = round_metres(frame.width * 0.25 / frame.scale)
    long = metres * frame.scale
    text = f"{metres / 1000:,g} km" if metres >= 1000 else f"{metres:g} m"
    right, base = frame.left + frame.width, frame.bottom - 14
    end = right - 22
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1)
    canvas.lines(
        [
            (end - long, base, end, base),
            (end - long, base - 2, end - long, base + 3),
            (end, base - 2, end, base + 3),
        ]
    )
    write(canvas, end, base - 10, text, LEGEND, align=1)
    _draw_north(canvas, right - 7, base - 12)


def _draw_north(canvas: PaperCanvas, x: float, y: float) -> None:
    canvas.setFillColor(INK)
    path = canvas.beginPath()
    path.moveTo(x, y + 13)
    path.lineTo(x - 4, y)
    path.lineTo(x, y + 3)
    path.lineTo(x + 4, y)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)
    write(canvas, x, y - 8, "N", replace(LEGEND, font=BOLD), align=0.5)


def _lines(plan: MapPlan, wide: float) -> list[Entry]:
    """Return the legend: the unit, and for each grade its words and how many places have it."""
    counted = [0] * len(plan.legend)
    for shape in plan.shapes[:MOST_SHAPES]:
        if shape.grade is not None:
            counted[shape.grade] += 1
    shown = colours(plan.scale, len(plan.legend))
    room = wide * (1 - SCALE_WIDTH) - SWATCH - 12
    entries = [Entry("", "", fitting(plan.unit, LEGEND, room))] if plan.unit else []
    for place, (colour, words) in enumerate(zip(shown, plan.legend, strict=True)):
        places = f" ({of_many(counted[place], 'place')})"
        cut = fitting(words, LEGEND, room - 55)
        number = str(place + 1) if plan.scale == Scale.WORDS else ""
        entries.append(Entry(colour, number, cut + places))
    return entries


def _draw_legend(canvas: PaperCanvas, entries: list[Entry], left: float, top: float) -> None:
    for place, entry in enumerate(entries):
        base = top - place * (LEGEND.leading + 2)
        if not entry.colour:
            write(canvas, left, base, entry.words, replace(LEGEND, font=BOLD))
            continue
        canvas.setFillColor(entry.colour)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.rect(left, base - 1.5, SWATCH, SWATCH, stroke=1, fill=1)
        if entry.number:
            style = Style(6.5, BOLD, ink_on(entry.colour))
            write(canvas, left + SWATCH / 2, base + 0.8, entry.number, style, align=0.5)
        write(canvas, left + SWATCH + 5, base, entry.words, LEGEND)
