"""Searching the audit: who did what, when, why, to which record, from where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict

from nethra.audit.models import AuditEvent, AuditEventQuerySet
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.parameters import moment, refuse_unknown, several, single, word_of

PARAMETERS = frozenset(
    {
        "actor",
        "action",
        "entity",
        "object",
        "request",
        "source",
        "address",
        "result",
        "reason",
        "since",
        "until",
    }
)
MAX_WORD = 100


def _word(text: str) -> str:
    if len(text) > MAX_WORD:
        raise InvalidInput(f"This may have {MAX_WORD} characters at most.")
    return text


@dataclass(frozen=True)
class AuditFilters:
    """Which events are wanted; None and empty mean no bound. ``since`` is included, ``until`` is not."""

    actor: UUID | None = None
    object: UUID | None = None
    actions: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    result: str = ""
    request: str = ""
    address: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def from_query(cls, query: QueryDict, *, also: Collection[str] = ()) -> AuditFilters:
        """Return the filters of a query; raise InvalidInput naming a parameter that is unknown or malformed."""
        refuse_unknown(query, PARAMETERS | set(also))
        found = cls(
            actor=single(query, "actor", UUID),
            object=single(query, "object", UUID),
            actions=several(query, "action", _word),
            entities=several(query, "entity", _word),
            sources=several(query, "source", _word),
            result=single(query, "result", word_of("result", AuditEvent.Result.values)) or "",
            request=single(query, "request", _word) or "",
            address=single(query, "address", _word) or "",
            reason=single(query, "reason", _word) or "",
            since=single(query, "since", moment),
            until=single(query, "until", moment),
        )
        if found.since and found.until and found.since >= found.until:
            raise InvalidInput(
                "until must be later than since.", errors={"until": ["until must be later than since."]}
            )
        return found

    def where(self) -> Q:
        """Return the filters as a condition on events."""
        equal = {
            "actor_id": self.actor,
            "object_id": self.object,
            "action__in": self.actions,
            "entity__in": self.entities,
            "source__in": self.sources,
            "result": self.result,
            "request_id": self.request,
            "address": self.address,
            "reason__icontains": self.reason,
            "recorded_at__gte": self.since,
            "recorded_at__lt": self.until,
        }
        return Q(**{name: value for name, value in equal.items() if value})


def wanted_by(access: Access, filters: AuditFilters) -> AuditEventQuerySet:
    """Return the events that this access sees and the filters want."""
    found: AuditEventQuerySet = AuditEvent.objects.visible_to(access).filter(filters.where())
    return found
