"""What every method of analysis is made of: events as arrays, parameters with bounds, and what it says of itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class MethodFault(ValueError):
    """Parameters or events that a method cannot work with: one plain sentence for people.

    ``parameter`` names the parameter that is at fault, None where it is the events.
    """

    def __init__(self, sentence: str, parameter: str | None = None) -> None:
        super().__init__(sentence)
        self.parameter = parameter


@dataclass(frozen=True)
class Events:
    """Incidents as columns of one length n: the i-th of each belong together.

    ``x``, ``y``: metres in one projected system. ``begin``, ``end``: days since 1970-01-01 by the agency's own clock
    (12.5 is noon of the thirteenth); equal where the moment is known. ``kind``: number of the offence. ``key``: number
    of the record, which results name. Not finite coordinates are an incident without a place; the methods that need
    one leave it out and say how many they left.
    """

    x: Floats
    y: Floats
    begin: Floats
    end: Floats
    kind: Integers
    key: Integers

    def __len__(self) -> int:
        return len(self.x)

    def taken(self, index: Flags | Integers) -> Events:
        """Return the events of an index or mask, in its order."""
        return Events(*(getattr(self, f.name)[index] for f in fields(self)))

    def placed(self) -> Events:
        """Return the events that have a place."""
        return self.taken(np.isfinite(self.x) & np.isfinite(self.y))

    @classmethod
    def of(cls, x: Any, y: Any, begin: Any, end: Any = None, kind: Any = None, key: Any = None) -> Events:
        """Return events of any sequences; without them an end is its begin, a kind 0, a key its position."""
        x, y, begin = (np.ascontiguousarray(column, dtype=np.float64) for column in (x, y, begin))
        end = begin if end is None else np.ascontiguousarray(end, dtype=np.float64)
        kind = np.zeros(len(x), np.int64) if kind is None else np.ascontiguousarray(kind, dtype=np.int64)
        key = np.arange(len(x)) if key is None else np.ascontiguousarray(key, dtype=np.int64)
        return cls(x, y, begin, end, kind, key)


@dataclass(frozen=True)
class Grid:
    """Square cells anchored at the origin of the projected system, so that a cell keeps its name from run to run.

    Cell (column, row) covers [column·size, (column+1)·size) by [row·size, (row+1)·size) metres. ``inside`` has the
    shape (rows, columns): True where the cell belongs to the area that is studied.
    """

    size: float
    first_column: int
    first_row: int
    inside: Flags

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.inside.shape
        return rows, columns

    @classmethod
    def over(cls, x: Floats, y: Floats, size: float, *, most: int = 4_000_000) -> Grid:
        """Return the smallest grid that holds these points, all of it inside; ``most`` bounds its cells."""
        if not (math.isfinite(size) and size > 0):
            raise MethodFault("Cells must be larger than 0 m.", "cell")
        if not len(x):
            raise MethodFault("No incident with a place is in what was asked for.")
        low_column, high_column = int(np.floor(x.min() / size)), int(np.floor(x.max() / size))
        low_row, high_row = int(np.floor(y.min() / size)), int(np.floor(y.max() / size))
        shape = (high_row - low_row + 1, high_column - low_column + 1)
        if shape[0] * shape[1] > most:
            raise MethodFault(f"Cells of {size:g} m would be more than {most:,}; choose larger ones.", "cell")
        return cls(size, low_column, low_row, np.ones(shape, dtype=np.bool_))

    def cells(self, x: Floats, y: Floats) -> Integers:
        """Return each point's flat cell (row · columns + column), -1 outside of the grid or of its area."""
        rows, columns = self.shape
        column = np.floor(x / self.size).astype(np.int64) - self.first_column
        row = np.floor(y / self.size).astype(np.int64) - self.first_row
        found = row * columns + column
        found[(column < 0) | (column >= columns) | (row < 0) | (row >= rows)] = -1
        held = found >= 0
        held[held] = self.inside.ravel()[found[held]]
        found[~held] = -1
        return found

    def counts(self, x: Floats, y: Floats) -> Integers:
        """Return how many points each cell holds, shape (rows, columns); points outside are left out."""
        cells = self.cells(x, y)
        counted = np.bincount(cells[cells >= 0], minlength=self.inside.size).astype(np.int64)
        return counted.reshape(self.shape)

    def centres(self) -> tuple[Floats, Floats]:
        """Return the metres x of each column's and y of each row's middle."""
        rows, columns = self.shape
        across = np.arange(self.first_column, self.first_column + columns, dtype=np.float64)
        upwards = np.arange(self.first_row, self.first_row + rows, dtype=np.float64)
        return (across + 0.5) * self.size, (upwards + 0.5) * self.size


@dataclass(frozen=True)
class Asked:
    """How people are asked for a parameter: its label, unit and bounds; ``help`` is one sentence.

    A number that ``is_day`` counts days since 1970-01-01; people name the day, and have no usual one.
    """

    label: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    is_day: bool = False


def parameter(default: Any, label: str, **asked: Any) -> Any:
    """Return a field of a ``Parameters`` class, with what ``Asked`` takes."""
    return field(default=default, metadata={"asked": Asked(label, **asked)})


@dataclass(frozen=True)
class Parameters:
    """Parameters of a method: every field is made by ``parameter`` and checked against its bounds.

    MethodFault: the value is not a finite number, is out of its bounds, or is none of its choices.
    """

    def __post_init__(self) -> None:
        for one in fields(self):
            asked: Asked = one.metadata["asked"]
            _check(one.name, asked, getattr(self, one.name))


def _check(name: str, asked: Asked, value: Any) -> None:
    for single in value if isinstance(value, tuple) else (value,):
        if asked.choices and single not in asked.choices:
            raise MethodFault(f"{asked.label} must be one of {', '.join(asked.choices)}.", name)
        if isinstance(single, int | float) and not isinstance(single, bool):
            _check_number(name, asked, single)


def _check_number(name: str, asked: Asked, value: float) -> None:
    unit = f" {asked.unit}" if asked.unit else ""
    if not math.isfinite(value):
        raise MethodFault(f"{asked.label} must be a number.", name)
    if asked.least is not None and value < asked.least:
        raise MethodFault(f"{asked.label} must be at least {asked.least:g}{unit}.", name)
    if asked.most is not None and value > asked.most:
        raise MethodFault(f"{asked.label} must be at most {asked.most:g}{unit}.", name)


@dataclass(frozen=True)
class Method:
    """What a method says of itself: pages, API and commands are made from it.

    ``version`` rises whenever the same input would give another result. ``minimum`` is the least number of events it
    answers for. ``assumes`` and ``fails`` are sentences for analysts: what must hold, and when not to trust it.
    ``sources`` are the publications its formulas are from.
    """

    key: str
    title: str
    question: str
    version: str
    parameters: type[Parameters]
    run: Callable[..., Any]
    minimum: int
    assumes: Sequence[str]
    fails: Sequence[str]
    sources: Sequence[str]
