"""Reading query parameters: one sentence that names the parameter for whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

from nethra.core.errors import InvalidInput

Value = TypeVar("Value")

MAX_VALUES = 100
MAX_TEXT = 200
MAX_PARAMETER = 400
#: Characters of a whole query that is kept as text.
MOST_FILTERS = 4000
EARLIEST, LATEST = 1800, 2200
#: Codes that say less than that a parameter is wrong.
GENERAL_CODES = (InvalidInput.code, "invalid_filter")


def refusal(name: str, sentence: str, code: str = "invalid_parameter") -> InvalidInput:
    """Return the error for a parameter that is not right."""
    return InvalidInput(sentence, code=code, errors={name: [sentence]})


def refuse_unknown(query: QueryDict, known: Collection[str]) -> None:
    """Raise InvalidInput for a parameter nobody reads: a misspelt filter must not look like no filter."""
    unknown = sorted(set(query) - set(known))
    if unknown:
        errors = {name: ["This parameter is not known."] for name in unknown}
        raise InvalidInput(
            f"The parameter '{unknown[0]}' is not known.", code="unknown_parameter", errors=errors
        )


def query_of(filters: str) -> QueryDict:
    """Return filters that are written as in the query of the API's list; raise InvalidInput for too many."""
    if len(filters) > MOST_FILTERS:
        raise InvalidInput(f"The filters have more than {MOST_FILTERS:,} characters.")
    try:
        return QueryDict(filters, mutable=True)
    except TooManyFieldsSent:
        raise InvalidInput("These are too many filters.") from None


def single(query: QueryDict, name: str, read: Callable[[str], Any], *, longest: int = MAX_PARAMETER) -> Any:
    """Return what ``read`` makes of a parameter, None where it is absent or empty; raise InvalidInput."""
    texts = [text for text in query.getlist(name) if text != ""]
    if len(texts) > 1:
        raise refusal(name, f"{name} may be given once.")
    return _read(name, texts[0], read, longest) if texts else None


def several(query: QueryDict, name: str, read: Callable[[str], Value]) -> tuple[Value, ...]:
    """Return what ``read`` makes of each value of a repeatable parameter; raise InvalidInput."""
    texts = [text for text in query.getlist(name) if text != ""]
    if len(texts) > MAX_VALUES:
        raise refusal(name, f"{name} may be given {MAX_VALUES} times at most.")
    return tuple(_read(name, text, read) for text in texts)


def _read(name: str, text: str, read: Callable[[str], Any], longest: int = MAX_PARAMETER) -> Any:
    if len(text) > longest or "\x00" in text:
        raise refusal(name, f"{name} is too long or holds a character that no text has.")
    try:
        return read(text)
    except InvalidInput as problem:
        code = "invalid_parameter" if problem.code in GENERAL_CODES else problem.code
        raise refusal(name, problem.message, code) from problem
    except ValueError as problem:
        raise refusal(name, f"{name} is not an id.") from problem


def moment(text: str) -> datetime:
    """Return a time with its zone; raise InvalidInput."""
    # A plus sign that was not escaped arrives as a space.
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        found = datetime.min
    if found.tzinfo is None or not EARLIEST <= found.year <= LATEST:
        raise InvalidInput("Give the time with its zone, such as 2026-01-31T00:00:00Z.")
    return found


def words(text: str) -> str:
    """Return the text of a search; raise InvalidInput where it is too long."""
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"q may have {MAX_TEXT} characters at most.")
    return text


def whole_of(name: str, least: int, most: int) -> Callable[[str], int]:
    """Return a reader that takes nothing but a whole number within its bounds."""

    def read(text: str) -> int:
        if not text.isdecimal() or not text.isascii() or not least <= int(text) <= most:
            raise InvalidInput(f"{name} must be a whole number from {least} to {most}.")
        return int(text)

    return read


def word_of(name: str, allowed: Collection[str]) -> Callable[[str], str]:
    """Return a reader that takes nothing but the allowed words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise InvalidInput(f"{name} must be one of {', '.join(allowed)}.")
        return text

    return read


def ordering_of(allowed: Collection[str]) -> Callable[[str], str]:
    """Return a reader of an ordering by one of the names, with - in front for descending."""

    def read(text: str) -> str:
        if text.removeprefix("-") not in allowed:
            raise InvalidInput(
                f"ordering must be one of {', '.join(allowed)}, with - in front for descending."
            )
        return text

    return read
