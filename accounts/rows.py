"""Filling and checking rows the same way in every verb."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from nethra.core.errors import InvalidInput
from nethra.core.querysets import unscoped


def clean(row: models.Model) -> None:
    """Validate a row; raise InvalidInput with Django's sentences per field."""
    try:
        with unscoped("uniqueness is not a matter of who asks"):
            row.full_clean()
    except ValidationError as problem:
        raise InvalidInput(errors=problem.message_dict) from problem


def assign(row: Any, values: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Set the values; raise InvalidInput for a name that is not allowed."""
    unknown = set(values) - set(allowed)
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in sorted(unknown)})
    for name, value in values.items():
        setattr(row, name, value)
