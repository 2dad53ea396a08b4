"""Who is asking: one immutable value that every query, policy and service receives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from nethra.core.capabilities import Capability, Reach
from nethra.core.errors import NotAllowed, NotSignedIn, ProofNeeded

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True)
class Access:
    """A person or a program acting in one agency.

    ``source`` is console, api, command or job. ``user_id`` is None for operators' commands and jobs,
    which act for the agency as a whole.
    """

    agency_id: UUID
    user_id: UUID | None
    capabilities: frozenset[Capability]
    source: str
    session_id: UUID | None = None
    is_visiting: bool = False
    #: When the person last proved who they are; a program's key proves nothing about a person.
    confirmed_at: datetime | None = None
    #: Which cases are seen without being named in them; GUEST unless somebody says more.
    reach: Reach = Reach.GUEST
    unit_id: UUID | None = None
    #: Until when an emergency opened a case to this session: every request of it is recorded.
    emergency_until: datetime | None = None
    #: The guarded incidents that are seen, where they were looked up for one answer; None: each statement asks.
    seen_guarded: tuple[UUID, ...] | None = None

    def may(self, capability: Capability) -> bool:
        """Return whether this access includes the capability."""
        return capability in self.capabilities

    def require(self, capability: Capability) -> None:
        """Raise NotAllowed unless this access includes the capability."""
        if not self.may(capability):
            raise NotAllowed()

    def require_proof(self) -> None:
        """Raise ProofNeeded unless the person proved lately who they are; operators stand at the server itself."""
        if self.user_id is None:
            return
        lately = datetime.now(UTC) - timedelta(seconds=settings.STEP_UP_SECONDS)
        if self.confirmed_at is None or self.confirmed_at < lately:
            raise ProofNeeded()

    @property
    def is_whole(self) -> bool:
        """Whether this is the agency itself at work (an operator's command, a job): nothing of it is hidden."""
        return self.user_id is None

    @property
    def sees_no_guarded(self) -> bool:
        """Whether it was looked up for one answer that no guarded incident is seen."""
        return self.seen_guarded == ()

    @property
    def author_id(self) -> UUID | None:
        """The user to write into this agency's rows: a visiting superadmin is no user of it."""
        return None if self.is_visiting else self.user_id


def operator_access(agency_id: UUID, source: str = "command") -> Access:
    """Return the access of an operator's command or a job: everything, within one named agency."""
    return Access(agency_id, None, frozenset(Capability), source, reach=Reach.AGENCY)


def access_of(request: HttpRequest) -> Access:
    """Return the request's access; raise NotSignedIn when nobody is signed in."""
    access = getattr(request, "access", None)
    if not isinstance(access, Access):
        raise NotSignedIn()
    return access
