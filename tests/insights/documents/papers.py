"""Documents to print in tests, and what is read from their pages."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdfium2

from insights.answers.base import Scale
from insights.documents.briefing import Briefing, BriefingRow, Change, Compared, Weeks
from insights.documents.plan import Chart, ChartKind, MapPlan, RunDocument, Series, Shape, TableColumn

HOURS = tuple(str(hour) for hour in range(24))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def square(left: float, bottom: float, side: float) -> tuple[tuple[float, float], ...]:
    """Return the closed ring of a square."""
    return (
        (left, bottom),
        (left + side, bottom),
        (left + side, bottom + side),
        (left, bottom + side),
        (left, bottom),
    )


def squares_map(count: int, **changed: Any) -> MapPlan:
    """Return a map of squares of 200 m in five grades over nine beats."""
    across = math.ceil(math.sqrt(count)) or 1
    shapes = [
        Shape((square(550_000 + 200 * (n % across), 4_180_000 + 200 * (n // across), 200),), n % 5)
        for n in range(count)
    ]
    side = across * 200 / 3
    beats = [square(550_000 + side * (n % 3), 4_180_000 + side * (n // 3), side) for n in range(9)]
    legend = ("1", "2 to 4", "5 to 9", "10 to 19", "20 to 41")
    plan: dict[str, Any] = {
        "title": "Incidents in cells of 200 m",
        "shapes": shapes,
        "legend": legend,
        "unit": "Incidents",
        "outlines": beats,
    }
    return MapPlan(**{**plan, **changed})


def words_map() -> MapPlan:
    """Return a map in degrees whose classes are words."""
    words = ("new", "persistent", "intensifying", "diminishing", "sporadic")
    shapes = [
        Shape((square(-122.45 + 0.004 * (n % 6), 37.74 + 0.004 * (n // 6), 0.003),), n % 5) for n in range(30)
    ]
    return MapPlan("Kinds of hot spot", shapes, words, scale=Scale.WORDS, is_degrees=True)


def charts() -> tuple[Chart, ...]:
    """Return a matrix, lines with a gap and below nothing, and bars."""
    matrix = tuple(
        Series(day, [(hour * (at + 1)) % 17 * 7.5 for hour in range(24)]) for at, day in enumerate(DAYS)
    )
    weeks = tuple(f"2026-W{week:02d}" for week in range(1, 53))
    waves = tuple(
        Series(name, [None if week == 20 else 20 * math.sin(week / 5 + at) + 12 for week in range(52)])
        for at, name in enumerate(
            ("Burglary", "Robbery with a long name that goes on and on and on", "Vandalism")
        )
    )
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return (
        Chart(ChartKind.MATRIX, "Hour by weekday", HOURS, matrix, "incidents"),
        Chart(ChartKind.LINES, "Weekly series", weeks, waves, "incidents a week"),
        Chart(ChartKind.BARS, "Months", months, (Series("2026", [n * n + 3 for n in range(12)]),)),
    )


def columns(rows: int) -> tuple[TableColumn, ...]:
    """Return the columns of a table of hot spots."""
    return (
        TableColumn("Place", False, [f"Cell {row}" for row in range(1, rows + 1)]),
        TableColumn("Incidents", True, [f"{row * 3:,}" for row in range(1, rows + 1)]),
        TableColumn("Incidents per km²", True, [f"{row * 75:,}" for row in range(1, rows + 1)]),
        TableColumn("First seen", False, [f"2026-0{1 + row % 9}-03" for row in range(1, rows + 1)]),
    )


def run(**changed: Any) -> RunDocument:
    """Return a document of a run, with what is changed."""
    told: dict[str, Any] = {
        "agency": "North Police Department",
        "title": "Hot spots (Getis-Ord Gi*)",
        "question": "Which places have more crime around them than chance would put there?",
        "made_by": "Ana Lyst (analyst)",
        "why": "Patrol plan of next week",
        "as_of": datetime(2026, 8, 31, 22, 5, tzinfo=UTC),
        "zone": "America/Los_Angeles",
        "filters": "Burglary, from 1 June 2026 to 30 August 2026, in the beats Central and Bayview",
        "parameters": (("Cell", "200 m"), ("False discovery rate", "5 %")),
        "counted": 4_211,
        "left_out": 37,
        "input_digest": "a1" * 32,
        "result_digest": "b2" * 32,
        "version": "1",
        "figures": (("Incidents with a place", "4,174"), ("Significant cells", "41")),
        "sentences": (
            "41 of 812 cells are hot: they hold 31 % of the incidents on 5 % of the area.",
            "The hottest lies in Central.",
        ),
        "columns": columns(12),
        "map": squares_map(100),
        "charts": charts(),
        "assumes": (
            "Incidents are placed where they happened.",
            "Cells are alike in what can happen in them.",
        ),
        "fails": ("At the edge of the area neighbours are missing.",),
        "cautions": ("Eight weeks are few for places this small.",),
        "sources": ("Getis and Ord (1992)", "Caldas de Castro and Singer (2006)"),
    }
    return RunDocument(**{**told, **changed})


def texts_of(pdf: bytes) -> list[str]:
    """Return the text of each page in one line, with letters in their plain shapes."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return [unicodedata.normalize("NFKC", " ".join(page.split())) for page in pages]


def text_of(pdf: bytes) -> str:
    """Return the text of all pages."""
    return " ".join(texts_of(pdf))


def change(now: int, before: int) -> Change:
    """Return a change with its percent and z, notable beyond a z of 3."""
    z = 2 * (math.sqrt(now) - math.sqrt(before))
    verdict = 0 if abs(z) <= 3 else 1 if z > 0 else -1
    return Change(now, before, 100 * (now - before) / before if before else None, z, verdict)


COMPARED = (
    Compared("7 days", "the 7 days before"),
    Compared("7 days", "the same days last year", is_summed_up=False),
    Compared("28 days", "the 28 days before"),
    Compared("28 days", "the same days last year", is_summed_up=False),
    Compared("year to date", "the same period last year"),
)


def briefing_row(name: str, *pairs: tuple[int, int]) -> BriefingRow:
    """Return a row of now and before for each of the five comparisons."""
    return BriefingRow(name, tuple(change(*pair) for pair in pairs))


def weeks(name: str, count: int = 60, judged: int = 26) -> Weeks:
    """Return a weekly series about 20 whose last three weeks are far above it."""
    counts = [20 + (n * 7) % 9 - 4 + (25 if n >= count - 3 else 0) for n in range(count)]
    ewma = [20.0 + (9.0 if n >= count - 3 else 0.5) for n in range(judged, count)]
    mondays = [date(2025, 7, 7) + timedelta(weeks=n) for n in range(count)]
    alarm = [int(level > 25) for level in ewma]
    return Weeks(name, mondays, counts, judged, ewma, [15.0] * len(ewma), [25.0] * len(ewma), alarm)


def briefing(**changed: Any) -> Briefing:
    """Return a briefing, with what is changed."""
    told: dict[str, Any] = {
        "agency": "North Police Department",
        "last_on": date(2026, 8, 30),
        "as_of": datetime(2026, 8, 31, 22, 5, tzinfo=UTC),
        "zone": "America/Los_Angeles",
        "made_by": "Ana Lyst (analyst)",
        "why": "Weekly meeting",
        "filters": "All offences of the city",
        "comparisons": COMPARED,
        "offences": (
            briefing_row("Burglary", (40, 12), (30, 28), (110, 60), (112, 108), (1_212, 1_190)),
            briefing_row("Robbery", (3, 5), (3, 2), (4, 30), (14, 15), (150, 260)),
            briefing_row("Arson", (0, 0), (1, 0), (4, 0), (4, 2), (12, 10)),
        ),
        "beats": tuple(
            briefing_row(f"Beat {n}", (n, 5), (n, n), (4 * n, 20), (4 * n, 22), (50 * n, 251))
            for n in range(1, 13)
        ),
        "rule": "A change is called more than noise where z is beyond 3.",
        "input_digest": "c3" * 32,
        "result_digest": "d4" * 32,
        "version": "1",
        "series": (weeks("Burglary"), weeks("Robbery", 30), Weeks("Arson", (date(2026, 8, 24),), (1,), 1)),
        "maps": (squares_map(100, title="Now"), squares_map(64, title="Last month")),
    }
    return Briefing(**{**told, **changed})
