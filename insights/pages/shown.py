"""What the page of a run shows: its map, pictures and table, as templates take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from insights.answers.base import Kind
from insights.running.colours import Legend, legend_of
from insights.running.reading import Result
from insights.running.telling import MISSING, NUMBERS, header_of, told
from nethra.core.charts import Chart, Series

#: Rows that a page shows; the file has all.
SHOWN_ROWS = 200
#: Shades of a matrix, from the palest.
SHADES = 6


@dataclass(frozen=True)
class MatrixCell:
    """One cell: its number as text, and its shade from 0."""

    text: str
    shade: int


@dataclass(frozen=True)
class Matrix:
    """A table of numbers with shades: names across, and rows with a name and their cells."""

    id: str
    title: str
    across: list[str]
    rows: list[tuple[str, list[MatrixCell]]]


def figures_of(result: Result) -> list[tuple[str, str, str]]:
    """Return each figure as its label, its text, and the key of the incident that it names or ''."""
    return [
        (
            figure["label"],
            told(figure["value"], figure["kind"], figure["unit"]),
            figure["value"] or "" if figure["kind"] == Kind.INCIDENT else "",
        )
        for figure in result.body["figures"]
    ]


def table_of(result: Result) -> dict[str, Any]:
    """Return the first rows as texts, with their headers."""
    headers = [
        {
            "label": header_of(column),
            "is_number": column["kind"] in NUMBERS,
            "is_incident": column["kind"] == Kind.INCIDENT,
        }
        for column in result.columns
    ]
    lists = [column["values"][:SHOWN_ROWS] for column in result.columns]
    kinds = [column["kind"] for column in result.columns]
    rows = [
        [
            {**header, "text": told(value, kind), "key": value if header["is_incident"] else ""}
            for header, kind, value in zip(headers, kinds, values, strict=True)
        ]
        for values in zip(*lists, strict=True)
    ]
    return {"headers": headers, "rows": rows, "more": max(0, result.body["rows"] - SHOWN_ROWS)}


def map_of(result: Result, together: list[Any] | None = None) -> dict[str, Any] | None:
    """Return what the map's script draws, None where rows have no place: GeoJSON with the class of each."""
    shapes = result.body["shapes"]
    if not shapes:
        return None
    legend = legend_for(result, together or [])
    texts = [
        [f"{column['label']}: {told(value, column['kind'], column['unit'])}" for value in column["values"]]
        for column in result.columns
        if column["kind"] != Kind.INCIDENT
    ]
    features = [
        {"type": "Feature", "geometry": shape, "properties": {"class": legend.rows[at], "words": [*words]}}
        for at, (shape, *words) in enumerate(zip(shapes, *texts, strict=True))
    ]
    return {
        "type": "FeatureCollection",
        "scale": legend.scale,
        "labels": list(legend.labels),
        "title": legend.title,
        "features": features,
    }


def legend_for(result: Result, together: list[Any]) -> Legend:
    """Return the legend of the column that colours the map."""
    column = next((one for one in result.columns if one["name"] == result.body["coloured_by"]), None)
    if column is None:
        return Legend("", "words", ("found",), (0,) * int(result.body["rows"]))
    title = header_of(column)
    return legend_of(title, column["values"], result.body["scale"], together)


def values_of_colour(result: Result) -> list[Any]:
    """Return the values that colour the map."""
    column = next((one for one in result.columns if one["name"] == result.body["coloured_by"]), None)
    return [] if column is None else list(column["values"])


def charts_of(result: Result, summary: str) -> list[Chart]:
    """Return the lines and bars of a result."""
    columns = {column["name"]: column for column in result.columns}
    return [
        Chart(
            f"picture-{at}",
            picture["title"],
            summary,
            columns[picture["across"]]["label"],
            [
                told(value, columns[picture["across"]]["kind"])
                for value in columns[picture["across"]]["values"]
            ],
            [Series(columns[name]["label"], columns[name]["values"]) for name in picture["values"]],
            kind="line" if picture["kind"] == "lines" else "bar",
        )
        for at, picture in enumerate(result.body["pictures"])
        if picture["kind"] in ("lines", "bars")
    ]


def matrices_of(result: Result) -> list[Matrix]:
    """Return the matrices of a result, shaded from their least to their greatest number."""
    columns = {column["name"]: column for column in result.columns}
    return [
        _matrix(f"matrix-{at}", picture, columns)
        for at, picture in enumerate(result.body["pictures"])
        if picture["kind"] == "matrix"
    ]


def _matrix(key: str, picture: dict[str, Any], columns: dict[str, Any]) -> Matrix:
    across, down, values = (
        columns[name] for name in (picture["across"], picture["down"], picture["values"][0])
    )
    names = [told(value, across["kind"]) for value in across["values"]]
    rows = [told(value, down["kind"]) for value in down["values"]]
    numbers = [value for value in values["values"] if value is not None]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    held: dict[str, dict[str, MatrixCell]] = {row: {} for row in dict.fromkeys(rows)}
    for name, row, value in zip(names, rows, values["values"], strict=True):
        part = 0.0 if value is None or high <= low else (value - low) / (high - low)
        held[row][name] = MatrixCell(told(value, values["kind"]), min(int(part * SHADES), SHADES - 1))
    header = list(dict.fromkeys(names))
    empty = MatrixCell(MISSING, 0)
    return Matrix(
        key,
        picture["title"],
        header,
        [(row, [cells.get(name, empty) for name in header]) for row, cells in held.items()],
    )
