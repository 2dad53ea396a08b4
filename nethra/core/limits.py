"""How large and how deep a JSON body may be: what is beyond is refused before anything looks at it."""

from __future__ import annotations

from typing import Any

from nethra.core.errors import DomainError

MAX_DEPTH = 20
MAX_MEMBERS = 2_000
MAX_ITEMS = 200_000
#: So many unknown names are told; a body of ten thousand must not be answered with ten thousand sentences.
MAX_TOLD = 20
MAX_NAME = 100


class BodyTooLarge(DomainError):
    """More than DATA_UPLOAD_MAX_MEMORY_SIZE without a file."""

    status = 413
    code = "body_too_large"
    message = "The body is too large."


class TooIntricate(DomainError):
    """Too deep, or of too many parts."""

    status = 400
    code = "body_too_intricate"


def check_json(body: Any) -> None:
    """Raise TooIntricate for JSON of more levels, members or items than any request of ours has."""
    members = items = 0
    # By hand, since a recursive walk would itself be what a deep body breaks.
    level, depth = [body], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise TooIntricate(f"The body is nested more than {MAX_DEPTH} levels deep.")
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                members += len(value)
                deeper += value.values()
            elif isinstance(value, list):
                items += len(value)
                deeper += value
        if members > MAX_MEMBERS or items > MAX_ITEMS:
            raise TooIntricate(f"The body has more than {MAX_MEMBERS:,} fields or {MAX_ITEMS:,} items.")
        level = deeper


def shortened(names: list[str]) -> list[str]:
    """Return the names of fields that a refusal tells: not all of very many, and none at any length."""
    return [name[:MAX_NAME] for name in names[:MAX_TOLD]]
