"""How the inner loops of methods become machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return the function compiled at its first call; the code is kept on disk beside its module.

    One thread and strict floating point: the same input gives the same bits.
    """
    return cast(F, njit(cache=True)(function))
