"""One thread for libraries that would take all there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with OpenMP and BLAS held to one thread while it runs.

    The same input gives the same bits on any number of processors. And threads of OpenMP wait for each other by
    spinning: beside other work on the machine they take a hundred times as long as one does.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1):
            return function(*args, **kwargs)

    return limited
