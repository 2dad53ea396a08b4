"""Which rows of the gazetteer are visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from incidents.gazetteer.models import GazetteerLoad, HouseNumber, Place  # noqa: F401


class GazetteerLoadQuerySet(ScopedQuerySet["GazetteerLoad"]):
    """Loads are visible to whoever may see the agency's areas."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_AREAS) else self.none()

    def current(self) -> Self:
        """Return the loads in force, one of each source."""
        return self.filter(is_current=True)


class PlaceQuerySet(ScopedQuerySet["Place"]):
    """Streets, places and landmarks are visible to whoever may see the agency's areas."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_AREAS) else self.none()


class HouseNumberQuerySet(ScopedQuerySet["HouseNumber"]):
    """House numbers are visible with their streets."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_AREAS) else self.none()
