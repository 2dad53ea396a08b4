"""What every row of an agency has in common."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, cast

import uuid_utils
from django.db import models

from nethra.core.guards import refuse_saving
from nethra.core.querysets import unscoped


def uuid7() -> uuid.UUID:
    """Return a new time-ordered key: such keys load faster and keep indexes dense."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class AgencyForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key within one agency; the composite constraint (agency_id, id) is made by the migration.

    Django's own constraint would accept another agency's parent, and would say so only at COMMIT.
    """

    def __init__(self, to: Any, **options: Any) -> None:
        options["db_constraint"] = False
        options.setdefault("on_delete", models.PROTECT)
        super().__init__(to, **options)


class ScopedModel(models.Model):
    """A row whose manager raises unless it is scoped; validating may look for its like without a scope."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        refuse_saving(self, options.get("update_fields"))
        super().save(*args, **options)

    def _perform_unique_checks(self, unique_checks: Any) -> Any:
        with unscoped("uniqueness within the agency"):
            return super()._perform_unique_checks(unique_checks)  # type: ignore[misc]

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        with unscoped("constraints within the agency"):
            super().validate_constraints(exclude=cast(Any, exclude))


class AgencyModel(ScopedModel):
    """A row that belongs to one agency for good."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(
        "accounts.Agency",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        abstract = True
