"""A chart and its table from one set of numbers, for `nethra/chart.html`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# The theme draws ticks too pale to read on white; this grey keeps about 4:1 on its light and its dark ground.
TICK = "#757f8f"
# Longer names run out of the picture on a phone; the table has them whole.
NAME_LENGTH = 22
COLOURS = ("var(--color-primary-600)", "#0e9384", "#c2410c", "#2563eb", "#be185d")


def shorten(label: str) -> str:
    """Return the label as it fits beside a sideways bar."""
    return label if len(label) <= NAME_LENGTH else f"{label[: NAME_LENGTH - 1].rstrip()}…"


@dataclass(frozen=True)
class Series:
    """One line or one set of bars: a name and a number for each label of its chart."""

    name: str
    numbers: Sequence[int | float | None]


@dataclass(frozen=True)
class Chart:
    """What a chart shows; screen readers get `summary` in place of the picture, and everybody the table.

    `id` is unique on the page. `labels` and each series have the same length.
    """

    id: str
    title: str
    summary: str
    label_header: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: Literal["line", "bar"] = "line"
    sideways: bool = False
    height: int = 220

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.numbers) != len(self.labels):
                raise ValueError(
                    f"Series {series.name} has {len(series.numbers)} numbers for {len(self.labels)} labels."
                )

    @property
    def headers(self) -> list[str]:
        return [self.label_header, *(series.name for series in self.series)]

    @property
    def rows(self) -> list[tuple[str, list[int | float | None]]]:
        """Return each label with its numbers, in the order of the series."""
        return [
            (label, [series.numbers[index] for series in self.series])
            for index, label in enumerate(self.labels)
        ]

    @property
    def data(self) -> str:
        """Return Chart.js data as JSON."""
        datasets = [
            {
                "label": series.name,
                "data": list(series.numbers),
                # A line without borderColor is drawn grey.
                "borderColor": COLOURS[index % len(COLOURS)],
                "backgroundColor": COLOURS[index % len(COLOURS)],
            }
            for index, series in enumerate(self.series)
        ]
        labels = [shorten(label) for label in self.labels] if self.sideways else list(self.labels)
        return json.dumps({"labels": labels, "datasets": datasets})

    @property
    def options(self) -> str:
        """Return Chart.js options as JSON; the theme's own hide the scale and make bars four pixels thin."""
        ticks = {"color": TICK, "precision": 0}
        values = {"beginAtZero": True, "ticks": ticks, "grid": {}, "border": {"display": False}}
        names = {"ticks": {**ticks, "maxTicksLimit": 40 if self.sideways else 12}, "grid": {"display": False}}
        return json.dumps(
            {
                "animation": False,
                "responsive": True,
                "maintainAspectRatio": False,
                "indexAxis": "y" if self.sideways else "x",
                "scales": {"x": values, "y": names} if self.sideways else {"x": names, "y": values},
                "datasets": {
                    "line": {"borderWidth": 2, "pointRadius": 0, "tension": 0.2},
                    "bar": {"borderRadius": 4},
                },
                "plugins": {
                    "legend": {
                        "display": len(self.series) > 1,
                        "labels": {"color": TICK, "boxWidth": 12, "boxHeight": 12},
                    }
                },
            }
        )
