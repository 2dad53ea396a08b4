"""What a document of a run is made of: plain values, which whoever has the run fills in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from insights.answers.base import Scale

#: What every document says of what it counts.
REPORTED_CRIME = (
    "These figures are of crime that was reported to and recorded by the police. Crime that nobody reports is not in"
    " them, and where the police look more, more is recorded. They tell about places and times, not about who lives"
    " there; what they suggest is a reason to look, never by itself a reason to stop or search anybody."
)

Ring = Sequence[tuple[float, float]]


class Form(StrEnum):
    """What a shape of a map is drawn as."""

    AREA = "area"
    LINE = "line"
    POINT = "point"


class Paper(StrEnum):
    """The sheet that is printed on."""

    A4 = "A4"
    LETTER = "letter"


@dataclass(frozen=True)
class Shape:
    """One shape: rings of corners (an area's holes are rings too), or lines, or points; None is not coloured.

    ``grade`` is its place in the legend.
    """

    rings: tuple[Ring, ...]
    grade: int | None = None
    form: Form = Form.AREA


@dataclass(frozen=True)
class MapPlan:
    """A map: shapes of grades on a background of outlines.

    Coordinates are metres of one projected system, or, where ``is_degrees``, longitude and latitude (EPSG:4326).
    ``legend`` says in words what grade 0, 1, … stands for, ``unit`` what was measured.
    """

    title: str
    shapes: Sequence[Shape]
    legend: tuple[str, ...]
    unit: str = ""
    scale: Scale = Scale.RISING
    outlines: Sequence[Ring] = ()
    is_degrees: bool = False


class ChartKind(StrEnum):
    """How numbers are drawn."""

    MATRIX = "matrix"
    LINES = "lines"
    BARS = "bars"


@dataclass(frozen=True)
class Series:
    """Numbers in a row, one for each label of a chart; None and not finite ones are missing."""

    label: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """Numbers as a picture: a matrix has a row for each series, lines and bars a colour and a mark for each."""

    kind: ChartKind
    title: str
    labels: Sequence[str]
    series: tuple[Series, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        if any(len(one.values) != len(self.labels) for one in self.series):
            raise ValueError("Each series of a chart has one value for each label.")


@dataclass(frozen=True)
class TableColumn:
    """One column of a table, its cells as they are to be read."""

    label: str
    is_number: bool
    texts: Sequence[str]


@dataclass(frozen=True)
class RunDocument:
    """A recorded run of an analysis as it is printed.

    ``as_of`` is the aware moment up to which the data were read and ``zone`` the name of the zone it is told in.
    ``parameters`` and ``figures`` are pairs of label and text. ``counted`` incidents were counted, ``left_out`` not.
    Digests are hexadecimal. ``cut`` rows were left out before ``columns`` were filled; of these the first
    ``most_rows`` are printed. ``marking`` is what the agency has on each page, such as who may read it.
    """

    agency: str
    title: str
    question: str
    made_by: str
    why: str
    as_of: datetime
    zone: str
    filters: str
    parameters: tuple[tuple[str, str], ...]
    counted: int
    left_out: int
    input_digest: str
    result_digest: str
    version: str
    figures: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    columns: tuple[TableColumn, ...] = ()
    cut: int = 0
    most_rows: int = 200
    map: MapPlan | None = None
    charts: tuple[Chart, ...] = ()
    assumes: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    caution: str = REPORTED_CRIME
    marking: str = ""
    paper: Paper = Paper.A4
    language: str = "en"

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("The moment of a document has a time zone.")
        if len({len(column.texts) for column in self.columns}) > 1:
            raise ValueError("Columns of a table are of one length.")

    @property
    def rows(self) -> int:
        """How many rows the columns have."""
        return len(self.columns[0].texts) if self.columns else 0
