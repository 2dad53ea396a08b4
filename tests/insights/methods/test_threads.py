"""Libraries beneath a method take one thread while it runs, and what they took before afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from insights.methods import link_models
from insights.methods.base import MethodFault
from insights.methods.boosted import boosted
from insights.methods.threads import one_thread


def threads() -> set[int]:
    """Return how many threads the libraries that are loaded would take."""
    return {library["num_threads"] for library in threadpool_info()}


def test_one_thread_is_taken_and_given_back_after_a_fault_too() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))

    @one_thread
    def told(is_wrong: bool) -> set[int]:
        if is_wrong:
            raise MethodFault("Wrong.")
        return threads()

    with threadpool_limits(limits=2):
        assert told(False) == {1}
        with pytest.raises(MethodFault):
            told(True)
        assert threads() == {2}


@pytest.mark.parametrize("function", [boosted, link_models._solve])
def test_what_learns_by_libraries_takes_one(function: object) -> None:
    assert hasattr(function, "__wrapped__")
