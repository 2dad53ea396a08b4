"""What a run gives a method, and what the method's answer to people is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from insights.methods.base import Events, Flags, Floats, Grid, Integers, Method, MethodFault, Parameters

if TYPE_CHECKING:
    # They compile their inner loops; whoever only names a kind need not wait for that.
    from insights.methods.evidence import Crimes
    from insights.methods.solved import Solved
    from insights.methods.streets import Network

#: Rows that an answer keeps; what comes after them in its order is counted, not kept.
MOST_ROWS = 5_000


class Need(StrEnum):
    """What a method is given beyond the events, where it asks for it."""

    #: ``Study.groups``: the beat of each event.
    BEATS = "beats"
    #: ``Study.crimes``: how each was done.
    HABITS = "habits"
    #: ``Study.solved``: which of them one offender did.
    SOLVED = "solved"
    #: ``Study.texts``: what their reports tell.
    TEXTS = "texts"
    #: ``Study.subject``: the incident that is asked about.
    SUBJECT = "subject"
    #: ``Study.zones``: the area of an operation and its control.
    ZONES = "zones"
    #: ``Study.degrees``: each event's longitude and latitude.
    DEGREES = "degrees"
    #: ``Study.network``: the streets of the gazetteer.
    STREETS = "streets"
    #: ``Study.kept``: the forecast that is asked about, as it was stored.
    FORECAST = "forecast"


class Kind(StrEnum):
    """What the values of a column or figure are, by which they are written for people."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    #: 0 to 1, told in per cent.
    SHARE = "share"
    #: A chance, told to three digits.
    P = "p"
    #: Days since 1970-01-01 by the agency's clock, told as a date; with ``MOMENT`` as date, hour and minute.
    DAY = "day"
    MOMENT = "moment"
    #: The key of an event; a reader who may not see that incident is not shown the row.
    INCIDENT = "incident"
    FLAG = "flag"


@dataclass(frozen=True)
class Study:
    """What is studied: ``events`` and what belongs to each of them by position.

    ``kinds`` names the numbers of ``events.kind``. ``first_day`` (included) and ``until`` (not) are the days that were
    asked for, None without a bound; ``today`` is the moment of asking; days as in ``Events``. ``area`` is what was
    asked for in the events' metres, None for everywhere. ``progress`` hears the part that is done, 0 to 1, and may
    raise. The rest is None where the method does not need it; ``degrees`` has the shape (n, 2), not finite without a
    place.
    """

    events: Events
    today: float
    kinds: Sequence[str] = ()
    first_day: float | None = None
    until: float | None = None
    area: shapely.Geometry | None = None
    progress: Callable[[float], None] | None = None
    groups: Integers | None = None
    group_names: Sequence[str] = ()
    crimes: Crimes | None = None
    solved: Solved | None = None
    texts: Sequence[str] | None = None
    subject: int | None = None
    zones: tuple[shapely.Geometry, shapely.Geometry] | None = None
    kept: dict[str, Any] | None = None
    degrees: Floats | None = None
    network: Network | None = None

    def grid(self, size: float) -> Grid | None:
        """Return the grid whose cells' centres lie in the area, None where none was asked for.

        MethodFault: no cell of this size has its centre in the area.
        """
        if self.area is None:
            return None
        left, bottom, right, top = shapely.bounds(self.area)
        over = Grid.over(np.array([left, right]), np.array([bottom, top]), size)
        across, upwards = over.centres()
        shapely.prepare(self.area)
        inside: Flags = shapely.contains_xy(self.area, *np.meshgrid(across, upwards))
        if not inside.any():
            raise MethodFault(f"The area holds no cell of {size:g} m; choose smaller cells.", "cell")
        return Grid(over.size, over.first_column, over.first_row, inside)


@dataclass(frozen=True)
class Figure:
    """One number that sums the answer up, such as Gini .82 or p .004."""

    name: str
    label: str
    value: float | int | str | bool | None
    kind: Kind = Kind.NUMBER
    unit: str = ""


@dataclass(frozen=True)
class Column:
    """One column of the rows; not finite numbers are told as missing."""

    name: str
    label: str
    values: Sequence[Any] | Floats | Integers | Flags
    kind: Kind = Kind.NUMBER
    unit: str = ""


class Scale(StrEnum):
    """How a map is coloured by a column: from nothing upwards, around a middle (0), or one colour for each word."""

    RISING = "rising"
    AROUND_ZERO = "around zero"
    WORDS = "words"


@dataclass(frozen=True)
class Picture:
    """How rows without shapes are drawn, or rows with shapes besides: columns by name.

    ``matrix``: ``across`` and ``down`` name the labels, ``values`` has one column; ``lines`` and ``bars``: ``across``
    names the labels and each of ``values`` is a series.
    """

    kind: str
    title: str
    across: str
    values: tuple[str, ...]
    down: str = ""


@dataclass(frozen=True)
class Answer:
    """What was found: sentences for people, the most important first, figures, and rows in their order.

    All columns are of one length n. ``shapes`` are n geometries in the events' metres, or in degrees of EPSG:4326
    where they are ``in_degrees``, or none at all; the map is coloured by the column ``coloured_by`` on ``scale``.
    ``cautions`` are those of this result, besides the method's own. ``cut`` rows were left out after the last.
    ``kept`` is what a later run needs of this one, as JSON.
    """

    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...] = ()
    shapes: Sequence[shapely.Geometry] | None = None
    in_degrees: bool = False
    coloured_by: str = ""
    scale: Scale = Scale.RISING
    pictures: tuple[Picture, ...] = ()
    cautions: tuple[str, ...] = ()
    cut: int = 0
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(column.values) for column in self.columns}
        if self.shapes is not None:
            lengths.add(len(self.shapes))
        if len(lengths) > 1:
            raise ValueError(f"Columns and shapes of an answer are of one length, not {sorted(lengths)}.")

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].values) if self.columns else 0


@dataclass(frozen=True)
class Analysis:
    """A method as people run it: what it needs, how it answers, and about how many seconds it takes."""

    method: Method
    answer: Callable[[Study, Any], Answer]
    needs: frozenset[Need] = frozenset()
    cost: Callable[[Study, Any], float] | None = None

    @property
    def key(self) -> str:
        """Return what the method is called by programs."""
        return self.method.key

    @property
    def parameters(self) -> type[Parameters]:
        """Return the class of its parameters."""
        return self.method.parameters


def of_many(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun, such as 1 cell or 1,204 cells."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def squares(grid: Grid, rows: Integers, columns: Integers) -> Sequence[shapely.Geometry]:
    """Return the squares of cells of a grid in metres, given by their row and column in it."""
    left = (columns + grid.first_column) * grid.size
    bottom = (rows + grid.first_row) * grid.size
    boxes: Sequence[shapely.Geometry] = shapely.box(left, bottom, left + grid.size, bottom + grid.size)
    return boxes
