"""Inserting a row whose key somebody may have taken."""

from __future__ import annotations

from django.db import models

from nethra.core.errors import InvalidInput
from nethra.core.refusals import refused_by


def insert(row: models.Model, *, once: str, field: str, sentence: str) -> None:
    """Insert a row; raise InvalidInput with the sentence at the field where the constraint ``once`` refuses it."""
    with refused_by(once, lambda _: InvalidInput(errors={field: [sentence]})):
        row.save(force_insert=True)
