"""Forecasts as they are stored before their period begins: everything that scoring them needs later, as JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from insights.methods.base import Floats, Grid, MethodFault
from insights.methods.forecast import BASELINE, Forecast

#: Rises when what is stored is stored otherwise.
FORM = 1


def stored(found: Forecast, share: float, made: float) -> dict[str, Any]:
    """Return a forecast as JSON: its grid, both surfaces, named cells and period; ``made`` is a moment in days."""
    rows, columns = found.grid.shape
    return {
        "form": FORM,
        "model": found.model,
        "baseline": BASELINE,
        "start_day": float(found.start_day),
        "days": found.days,
        "share": share,
        "cells": found.cells,
        "made": float(made),
        "named": found.named.tolist(),
        "expected": _of_numbers(found.expected),
        "expected_of_baseline": _of_numbers(found.baseline),
        "hits_before": list(found.hits_before),
        "total_before": found.total_before,
        "grid": {
            "size": found.grid.size,
            "first_column": found.grid.first_column,
            "first_row": found.grid.first_row,
            "rows": rows,
            "columns": columns,
            "inside": _text(np.packbits(found.grid.inside.ravel()).tobytes()),
        },
    }


def grid_of(kept: dict[str, Any]) -> Grid:
    """Return the grid of a stored forecast. MethodFault: none is stored."""
    try:
        told = kept["grid"]
        shape = (told["rows"], told["columns"])
        bits = np.frombuffer(base64.b64decode(told["inside"], validate=True), np.uint8)
        inside = np.unpackbits(bits, count=shape[0] * shape[1]).astype(np.bool_).reshape(shape)
        return Grid(told["size"], told["first_column"], told["first_row"], inside)
    except (KeyError, TypeError, ValueError, binascii.Error) as fault:
        raise MethodFault("This run has stored no forecast that can be scored.") from fault


def surface_of(kept: dict[str, Any], name: str) -> Floats:
    """Return the stored ``expected`` or ``expected_of_baseline`` of each cell inside. MethodFault: it is not there."""
    try:
        return np.frombuffer(base64.b64decode(kept[name], validate=True), "<f8").astype(np.float64)
    except (KeyError, TypeError, ValueError, binascii.Error) as fault:
        raise MethodFault("This run has stored no forecast that can be scored.") from fault


def _of_numbers(values: Floats) -> str:
    return _text(np.ascontiguousarray(values, dtype="<f8").tobytes())


def _text(held: bytes) -> str:
    return base64.b64encode(held).decode("ascii")
