"""The table of analyses, loaded when somebody first asks for it.

The libraries behind it take two seconds to import: no other command should wait for them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights.answers.base import Analysis


@cache
def analyses() -> dict[str, Analysis]:
    """Return every analysis by its key, in the order of the questions."""
    from insights.answers.table import ANALYSES

    return ANALYSES


def title_of(key: str) -> str:
    """Return what people call a method; its key where it is none any more."""
    found = analyses().get(key)
    return key if found is None else found.method.title
