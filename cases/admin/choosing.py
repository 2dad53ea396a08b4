"""Choosing colleagues in forms: active ones, and whoever stands there already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import roles_with
from nethra.core.access import Access, access_of
from nethra.core.capabilities import Capability


def colleagues(access: Access, capability: Capability, keep: Collection[UUID | None] = ()) -> QuerySet[Any]:
    """Return the active people whose role has the capability, and those to keep, by name."""
    roles = roles_with(access, capability)
    chosen = Q(is_active=True, role__in=roles) | Q(pk__in=[key for key in keep if key])
    return User.objects.colleagues_of(access).filter(chosen).order_by("name", "id")


class ChoosesColleagues:
    """For pages and tabs with a field of a person: every colleague is a choice that the service then judges."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.remote_field.model is User:
            kwargs["queryset"] = User.objects.colleagues_of(access_of(request)).order_by("name", "id")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
