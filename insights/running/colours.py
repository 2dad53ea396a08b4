"""In which class of a legend each row of a result falls: the same for the console's maps and for documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from insights.answers.base import Scale

CLASSES = 5
#: Further words share the last colour.
MOST_WORDS = 8
#: Significant digits of a legend's bounds.
BOUND_DIGITS = 3


@dataclass(frozen=True)
class Legend:
    """The classes of a map: a label each, and the class of each row, -1 where it has no value.

    ``scale`` says which colours are meant: rising, around zero, or words.
    """

    title: str
    scale: str
    labels: tuple[str, ...]
    rows: tuple[int, ...]


def legend_of(title: str, values: Sequence[Any], scale: str, together: Sequence[Any] = ()) -> Legend:
    """Return the legend of a column; with the values of maps that are compared, one scale for all."""
    if scale == Scale.WORDS:
        return _of_words(title, values, together)
    known = [float(value) for value in (*values, *together) if value is not None]
    bounds = _around_zero(known) if scale == Scale.AROUND_ZERO else _rising(known)
    inner = np.array(bounds[1:-1])
    rows = tuple(
        -1 if value is None else int(np.searchsorted(inner, float(value), side="right")) for value in values
    )
    labels = tuple(f"{low:,g} to {high:,g}" for low, high in pairwise(bounds))
    return Legend(title, scale, labels, rows)


def _of_words(title: str, values: Sequence[Any], together: Sequence[Any]) -> Legend:
    words = list(dict.fromkeys(str(value) for value in (*values, *together) if value is not None))
    shown = words if len(words) <= MOST_WORDS else [*words[: MOST_WORDS - 1], "other"]
    number_of = {word: min(number, len(shown) - 1) for number, word in enumerate(words)}
    rows = tuple(-1 if value is None else number_of[str(value)] for value in values)
    return Legend(title, Scale.WORDS, tuple(shown), rows)


def _rising(known: Sequence[float]) -> list[float]:
    """Return bounds of as many rows each, or of one step each where the values are few."""
    if not known:
        return [0.0, 1.0]
    found = np.quantile(known, np.arange(CLASSES + 1) / CLASSES)
    whole = all(value == int(value) for value in known)
    bounds = sorted({_rounded(bound, is_whole=whole) for bound in found})
    return bounds if len(bounds) > 1 else [min(bounds[0], 0.0), max(bounds[0], 1.0)]


def _around_zero(known: Sequence[float]) -> list[float]:
    reach = _rounded(max((abs(value) for value in known), default=1.0) or 1.0, is_whole=False)
    return [_rounded(reach * part, is_whole=False) for part in (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0)]


def _rounded(value: float, *, is_whole: bool) -> float:
    return float(round(value)) if is_whole else float(f"{value:.{BOUND_DIGITS}g}")
