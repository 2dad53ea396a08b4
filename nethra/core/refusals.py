"""What a rule of the database refuses, as a refusal of the domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from nethra.core.errors import Conflict, DomainError


@contextmanager
def refused_by(constraint: str, refusal: Callable[[str], DomainError] | None = None) -> Iterator[None]:
    """Write within a savepoint; where the rule of this name refuses, raise what ``refusal`` makes of its sentence.

    Without one that is Conflict, with the rule's name as its code. What another rule refuses stays an IntegrityError.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        told = getattr(problem.__cause__, "diag", None)
        if told is None or told.constraint_name != constraint:
            raise
        said = str(told.message_primary)
        raise (refusal(said) if refusal else Conflict(said, code=constraint)) from problem
