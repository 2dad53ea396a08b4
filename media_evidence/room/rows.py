"""Inserting a row whose key somebody may have taken."""

from __future__ import annotations

from django.db import IntegrityError, models, transaction

from nethra.core.errors import InvalidInput


def insert(row: models.Model, *, once: str, field: str, sentence: str) -> None:
    """Insert a row; raise InvalidInput with the sentence at the field where the constraint ``once`` refuses it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as problem:
        told = getattr(problem.__cause__, "diag", None)
        if told is None or told.constraint_name != once:
            raise
        raise InvalidInput(errors={field: [sentence]}) from problem
