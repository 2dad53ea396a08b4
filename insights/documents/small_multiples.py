"""Weekly series as small charts of one kind: counts, their EWMA within its bounds, and the weeks out of them."""

from __future__ import annotations

from collections.abc import Sequence

from insights.documents.briefing import Weeks
from insights.documents.charts import Axes, draw_axes, draw_line, draw_mark, nice_reach, write_labels
from insights.documents.compared_table import FALL_COLOUR, RISE_COLOUR
from insights.documents.letters import BOLD, PaperCanvas, Style, fitting, write
from insights.documents.sheets import QUIET, SMALL, Sheets

ACROSS, GAP, HEIGHT = 3, 16.0, 92.0
TITLE, LABEL = Style(8, BOLD), Style(6, colour=QUIET)
BAND, COUNTS, SMOOTH = "#ddd6fe", "#9ca3af", "#5b21b6"
#: The latest weeks that are drawn: half a year more than the same weeks of last year.
MOST_WEEKS = 78


def draw_small_multiples(sheets: Sheets, series: Sequence[Weeks]) -> None:
    """Draw the series, three beside each other, each on its own scale, with a key above the first."""
    wide = (sheets.width - GAP * (ACROSS - 1)) / ACROSS
    sheets.heading("Weekly series", keep=HEIGHT + 50)
    sheets.paragraph(
        "Grey: incidents of the week. Violet line: their smoothed level (EWMA), in the band where it is expected by"
        " the weeks before. ▲ or ▼ marks a week whose level left the band; inside it, ups and downs are noise."
        " Scales differ from chart to chart.",
        SMALL,
    )
    for start in range(0, len(series), ACROSS):
        bottom = sheets.take(HEIGHT + 34)
        for place, weeks in enumerate(series[start : start + ACROSS]):
            _draw_one(sheets.canvas, weeks, sheets.left + place * (wide + GAP), bottom, wide)


def _draw_one(canvas: PaperCanvas, weeks: Weeks, left: float, bottom: float, wide: float) -> None:
    write(canvas, left, bottom + HEIGHT + 18, fitting(weeks.name, TITLE, wide), TITLE)
    first = max(0, len(weeks.counts) - MOST_WEEKS)
    counts = weeks.counts[first:]
    if not counts:
        write(canvas, left, bottom + HEIGHT, "There is no whole week.", LABEL)
        return
    columns = [_aligned(weeks, column, first) for column in (weeks.ewma, weeks.low, weeks.high)]
    ewma, low, high = columns
    reached = [*map(float, counts), *(value for column in columns for value in column if value is not None)]
    least, most, step = nice_reach(reached, ticks=3)
    axes = Axes(left + 24, bottom + 18, wide - 26, HEIGHT - 8, least, most)
    _draw_band(canvas, axes, low, high)
    draw_axes(canvas, axes, step, LABEL)
    draw_line(canvas, axes, counts, COUNTS, "circle" if len(counts) == 1 else "", wide=0.7)
    draw_line(canvas, axes, ewma, SMOOTH, wide=1.3)
    slot = axes.width / len(counts)
    for place, alarm in enumerate(_aligned(weeks, weeks.alarm, first)):
        level = ewma[place]
        if alarm and level is not None:
            mark, colour = ("triangle", RISE_COLOUR) if alarm > 0 else ("fall", FALL_COLOUR)
            draw_mark(canvas, mark, axes.left + (place + 0.5) * slot, axes.up(level), colour, 2.6)
    write_labels(canvas, axes, [f"{day:%-d %b %y}" for day in weeks.mondays[first:]], LABEL)


def _aligned(weeks: Weeks, column: Sequence[float], first: int) -> list[float | None]:
    """Return a column of the judged weeks for each week from position ``first``, None before any was judged."""
    if not column:
        return [None] * (len(weeks.counts) - first)
    return [
        None if place < weeks.judged else column[place - weeks.judged]
        for place in range(first, len(weeks.counts))
    ]


def _draw_band(canvas: PaperCanvas, axes: Axes, low: list[float | None], high: list[float | None]) -> None:
    slot = axes.width / len(low)
    known = [
        (axes.left + (place + 0.5) * slot, axes.up(below), axes.up(above))
        for place, (below, above) in enumerate(zip(low, high, strict=True))
        if below is not None and above is not None
    ]
    if not known:
        return
    path = canvas.beginPath()
    path.moveTo(known[0][0], known[0][2])
    for x, _, above in known[1:]:
        path.lineTo(x, above)
    for x, below, _ in reversed(known):
        path.lineTo(x, below)
    path.close()
    canvas.setFillColor(BAND)
    canvas.drawPath(path, stroke=0, fill=1)
