"""Which exports and saved searches are visible to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from nethra.core.access import Access
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from nethra.exchange import models as rows  # noqa: F401


class ExportQuerySet(ScopedQuerySet["rows.Export"]):
    """Exports of one agency; an export is visible if, and only if, the person ordered it themselves."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.is_whole else self.filter(made_by_id=access.user_id)


class SavedSearchQuerySet(ScopedQuerySet["rows.SavedSearch"]):
    """What somebody looks for is theirs alone: not even who manages people sees it; the watch itself sees all."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.is_whole else self.filter(owner_id=access.author_id)
