"""Runs as documents: what is printed of one, filled in from what is kept of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.gis.geos import MultiPolygon

from accounts.models import Agency
from incidents.models import Area
from insights.answers.base import Kind
from insights.area_counts import kind_in_force
from insights.documents.briefing import Briefing, BriefingRow, Change, Compared, Weeks
from insights.documents.compstat_pdf import compstat_pdf
from insights.documents.plan import (
    Chart,
    ChartKind,
    Form,
    MapPlan,
    Ring,
    RunDocument,
    Series,
    Shape,
    TableColumn,
)
from insights.documents.run_pdf import run_pdf
from insights.models import AnalysisRun
from insights.running.catalogue import analyses, title_of
from insights.running.colours import legend_of
from insights.running.gathering import EPOCH
from insights.running.givers import in_metres
from insights.running.methods import parameters_told
from insights.running.reading import Result
from insights.running.stored_forecasts import kept_of
from insights.running.telling import NUMBERS, header_of, told
from nethra.core.access import Access

#: Rows that a document prints.
PRINTED_ROWS = 200
#: Metres by which outlines are simplified for paper.
OUTLINE_METRES = 20.0
DEGREE_METRES = 111_320
HOT = ("90 %", "95 %", "99 %")


def pdf_of(access: Access, run: AnalysisRun, result: Result) -> bytes:
    """Return a done run as PDF: a briefing as such, any other as its result with the method's note."""
    kept = kept_of(access, run.pk)
    return (
        compstat_pdf(briefing_of(access, run, result, kept))
        if run.analysis == "briefing"
        else run_pdf(document_of(access, run, result))
    )


def document_of(access: Access, run: AnalysisRun, result: Result) -> RunDocument:
    """Return what is printed of a run."""
    analysis = analyses().get(run.analysis)
    method = None if analysis is None else analysis.method
    body = result.body
    return RunDocument(
        agency=_agency(access).name,
        title=title_of(run.analysis),
        question=method.question if method else "",
        made_by=str(run.made_by or "an operator"),
        why=run.why,
        as_of=run.as_of,
        zone=run.zone,
        filters=run.words,
        parameters=parameters_told(run.analysis, run.parameters),
        counted=run.input_rows or 0,
        left_out=_left_out(body),
        input_digest=run.input_digest,
        result_digest=run.result_digest,
        version=run.version,
        figures=tuple(
            (figure["label"], told(figure["value"], figure["kind"], figure["unit"]))
            for figure in body["figures"]
            if figure["kind"] != Kind.INCIDENT
        ),
        sentences=tuple(body["sentences"]),
        columns=tuple(_column(column) for column in result.columns if column["kind"] != Kind.INCIDENT),
        cut=body["cut"],
        most_rows=PRINTED_ROWS,
        map=_map(access, result),
        charts=_charts(result),
        assumes=tuple(method.assumes) if method else (),
        fails=tuple(method.fails) if method else (),
        sources=tuple(method.sources) if method else (),
        cautions=(*body["cautions"], *_withheld(result)),
    )


def _withheld(result: Result) -> tuple[str, ...]:
    if not result.hidden:
        return ()
    is_one = result.hidden == 1
    rows = "1 row is" if is_one else f"{result.hidden:,} rows are"
    of = "an incident" if is_one else "incidents"
    return (f"{rows} about {of} that the reader may not see, and left out here.",)


def _agency(access: Access) -> Agency:
    found: Agency = Agency.objects.visible_to(access).get()
    return found


def _left_out(body: dict[str, Any]) -> int:
    names = {"unplaced", "undated", "left_out", "outside"}
    return sum(int(figure["value"] or 0) for figure in body["figures"] if figure["name"] in names)


def _column(column: dict[str, Any]) -> TableColumn:
    texts = [told(value, column["kind"]) for value in column["values"]]
    return TableColumn(header_of(column), column["kind"] in NUMBERS, texts)


def _map(access: Access, result: Result) -> MapPlan | None:
    shapes = result.body["shapes"]
    if not shapes:
        return None
    column = next((one for one in result.columns if one["name"] == result.body["coloured_by"]), None)
    label = "" if column is None else column["label"]
    values = [0] * len(shapes) if column is None else column["values"]
    legend = legend_of(label, values, result.body["scale"])
    drawn = [_shape(shape, grade) for shape, grade in zip(shapes, legend.rows, strict=True)]
    unit = "" if column is None else column["unit"]
    return MapPlan(
        label or "Map",
        drawn,
        legend.labels,
        unit,
        result.body["scale"],
        _outlines(access),
        is_degrees=True,
    )


def _shape(geometry: dict[str, Any], grade: int) -> Shape:
    rings, form = rings_of(geometry)
    return Shape(rings, grade if grade >= 0 else None, form)


def rings_of(geometry: dict[str, Any]) -> tuple[tuple[Ring, ...], Form]:
    """Return the corners of a GeoJSON geometry, ring by ring, and what it is drawn as."""
    places = geometry["coordinates"]
    match geometry["type"]:
        case "Point":
            return ((_pairs([places]),), Form.POINT)
        case "LineString":
            return ((_pairs(places),), Form.LINE)
        case "MultiPolygon":
            return tuple(_pairs(ring) for polygon in places for ring in polygon), Form.AREA
        case _:
            return tuple(_pairs(ring) for ring in places), Form.AREA


def _pairs(places: Any) -> Ring:
    return [(float(place[0]), float(place[1])) for place in places]


def _outlines(access: Access, srid: int | None = None) -> list[Ring]:
    """Return the outlines of the agency's beats or districts, in degrees or in the metres of a system."""
    areas = Area.objects.visible_to(access).current().filter(kind=kind_in_force(access))
    found: list[Ring] = []
    for shape in areas.order_by("code").values_list("shape", flat=True):
        found.extend(_rings(shape, srid))
    return found


def _rings(shape: MultiPolygon, srid: int | None) -> list[Ring]:
    if srid is not None:
        metric = in_metres(shape, srid).simplify(OUTLINE_METRES)
        return [_pairs(polygon.exterior.coords) for polygon in getattr(metric, "geoms", [metric])]
    simple: Any = shape.simplify(OUTLINE_METRES / DEGREE_METRES, preserve_topology=True)
    polygons: Any = simple if isinstance(simple, MultiPolygon) else [simple]
    return [_pairs(polygon.coords[0]) for polygon in polygons]


def _charts(result: Result) -> tuple[Chart, ...]:
    columns = {column["name"]: column for column in result.columns}
    return tuple(_chart(picture, columns) for picture in result.body["pictures"])


def _chart(picture: dict[str, Any], columns: dict[str, Any]) -> Chart:
    across = columns[picture["across"]]
    labels = [told(value, across["kind"]) for value in across["values"]]
    if picture["kind"] != "matrix":
        series = tuple(Series(columns[name]["label"], columns[name]["values"]) for name in picture["values"])
        kind = ChartKind.LINES if picture["kind"] == "lines" else ChartKind.BARS
        return Chart(kind, picture["title"], labels, series)
    down, values = columns[picture["down"]], columns[picture["values"][0]]
    rows = [told(value, down["kind"]) for value in down["values"]]
    held = {(row, label): value for row, label, value in zip(rows, labels, values["values"], strict=True)}
    header = list(dict.fromkeys(labels))
    series = tuple(Series(row, [held.get((row, label)) for label in header]) for row in dict.fromkeys(rows))
    return Chart(ChartKind.MATRIX, picture["title"], header, series, values["unit"])


def briefing_of(access: Access, run: AnalysisRun, result: Result, kept: dict[str, Any]) -> Briefing:
    """Return what is printed of a run of the briefing."""
    return Briefing(
        agency=_agency(access).name,
        last_on=_date(kept["last_day"]),
        as_of=run.as_of,
        zone=run.zone,
        made_by=str(run.made_by or "an operator"),
        why=run.why,
        filters=run.words,
        comparisons=tuple(_compared(one) for one in kept["comparisons"]),
        offences=_rows(kept["offences"]),
        beats=_rows(kept["beats"]),
        rule=kept["rule"],
        input_digest=run.input_digest,
        result_digest=run.result_digest,
        version=run.version,
        series=tuple(_weeks(one) for one in kept["series"]),
        maps=tuple(_hot_map(access, run, one, float(kept["cell"])) for one in kept["maps"]),
        cautions=tuple(result.body["cautions"]),
    )


def _compared(one: dict[str, Any]) -> Compared:
    span, _, against = one["name"].partition(", ")
    is_summed_up = against == "before" or span.startswith("year")
    return Compared(span, against, is_summed_up, one["is_covered"])


def _rows(rows: list[dict[str, Any]]) -> tuple[BriefingRow, ...]:
    return tuple(
        BriefingRow(row["name"], tuple(Change(**change) for change in row["changes"])) for row in rows
    )


def _weeks(one: dict[str, Any]) -> Weeks:
    return Weeks(**{**one, "mondays": [_date(day) for day in one["mondays"]]})


def _date(days: int) -> date:
    return (EPOCH + timedelta(days=days)).date()


def _hot_map(access: Access, run: AnalysisRun, one: dict[str, Any], cell: float) -> MapPlan:
    shapes = [
        Shape((_square(column * cell, row * cell, cell),), grade)
        for column, row, grade in zip(one["columns"], one["rows"], one["grades"], strict=True)
    ]
    title = f"Hot spots of {one['name']} ({one['incidents']:,} incidents)"
    return MapPlan(title, shapes, HOT, "confidence", outlines=_outlines(access, run.srid))


def _square(left: float, bottom: float, size: float) -> Ring:
    right, top = left + size, bottom + size
    return [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
