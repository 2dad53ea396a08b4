"""Which saved searches are visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from nethra.core.access import Access
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from nethra.exchange import models as rows  # noqa: F401  (named in a string)


class SavedSearchQuerySet(ScopedQuerySet["rows.SavedSearch"]):
    """What somebody looks for is theirs alone: not even who manages people sees it; the watch itself sees all."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.is_whole else self.filter(owner_id=access.author_id)
