"""How the inner loops of methods become machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return the function compiled at its first call; the code is kept on disk where that can be written.

    One thread and strict floating point: the same input gives the same bits.
    """
    try:
        return cast(F, njit(cache=True)(function))
    except RuntimeError:
        # Nowhere to keep it: neither the folder of the sources nor that of the user can be written.
        return cast(F, njit(function))
