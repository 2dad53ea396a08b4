"""Which cases are visible, and the named ways to narrow them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q

from cases.choices import CLOSED, ENDED, SealedPart
from cases.policies import (
    CASE_GUARDS,
    EXCLUDED,
    PERSON_GUARDS,
    STATUS_GUARDS,
    about_excluded,
    among,
    seen_cases,
)
from incidents.policies import sealed, seen_incidents
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from cases import models as rows

_M = TypeVar("_M", bound=Model)


class CaseQuerySet(ScopedQuerySet["rows.Case"]):
    """A case is visible if, and only if, it belongs to the access's agency and cases.policies lets it be seen.

    Whether its lead or its members are still active does not matter: a case never goes with a person.
    """

    row_guards = CASE_GUARDS

    def bounded_to(self, access: Access) -> Self:
        seen = seen_cases(access)
        return self if seen is None else self.filter(seen)

    def may_withhold(self, row: rows.Case) -> bool:
        # Of a row read in part it is not known, and asked.
        return bool(row.__dict__.get("sealed_parts", True) or row.__dict__.get("is_restricted", True))

    def unfinished(self) -> Self:
        """Return cases that are not closed."""
        return self.exclude(status__in=CLOSED)

    def with_person(self, user_id: UUID) -> Self:
        """Return cases that this user leads or is a member of."""
        from cases.models import CaseMember

        member = CaseMember._base_manager.filter(
            agency_id=OuterRef("agency_id"), case_id=OuterRef("pk"), user_id=user_id
        )
        return self.filter(Q(lead_id=user_id) | Exists(member))

    def about_incident(self, incident_id: UUID) -> Self:
        """Return cases that the incident began or is linked to."""
        from cases.models import CaseIncident

        link = CaseIncident._base_manager.filter(
            agency_id=OuterRef("agency_id"), case_id=OuterRef("pk"), incident_id=incident_id
        )
        return self.filter(Q(primary_incident_id=incident_id) | Exists(link))

    def matching(self, text: str) -> Self:
        """Return cases whose number begins with the text, or whose title holds it."""
        words = text.strip()
        return self.filter(Q(number__startswith=words.upper()) | Q(title__icontains=words))


class CasePartQuerySet(ScopedQuerySet[_M]):
    """What hangs on a case is visible with it."""

    def bounded_to(self, access: Access) -> Self:
        seen = seen_cases(access, "case__")
        return self if seen is None else self.filter(seen)

    def unsealed(self, access: Access, part: str) -> Self:
        """Return the rows whose case has this part open to the access."""
        return self if access.may(Capability.READ_SEALED) else self.exclude(sealed(part, "case__"))


class CaseIncidentQuerySet(CasePartQuerySet["rows.CaseIncident"]):
    """Links are visible to whoever sees both the case and the incident."""

    def bounded_to(self, access: Access) -> Self:
        seen = seen_incidents(access, "incident__")
        found = super().bounded_to(access)
        return found if seen is None else found.filter(seen)


class CaseMemberQuerySet(CasePartQuerySet["rows.CaseMember"]):
    """Members are visible with their case."""


class CaseExclusionQuerySet(CasePartQuerySet["rows.CaseExclusion"]):
    """Exclusions are visible to whoever leads the case or manages who sees cases."""

    def bounded_to(self, access: Access) -> Self:
        return super().bounded_to(access).filter(kept_by(access))


class CaseSealQuerySet(CasePartQuerySet["rows.CaseSeal"]):
    """Seals are visible to whoever sees the case, and to whoever places them: a sealed case is seen by few."""

    def bounded_to(self, access: Access) -> Self:
        if access.is_whole or not access.may(Capability.SEAL_RECORDS):
            return super().bounded_to(access)
        return self.exclude(among(EXCLUDED, access, "case_id"))


class AskedQuerySet(CasePartQuerySet[_M]):
    """What somebody asked for or took is visible to them, to the case's lead, and to whoever manages who sees cases."""

    def bounded_to(self, access: Access) -> Self:
        if access.is_whole:
            return self
        seen = kept_by(access) & ~Q(among(EXCLUDED, access, "case_id"))
        return self.filter(Q(user=access.user_id) | seen)


class AccessRequestQuerySet(AskedQuerySet["rows.AccessRequest"]):
    """Requests for access."""


class EmergencyQuerySet(AskedQuerySet["rows.Emergency"]):
    """Cases opened in an emergency."""


class CaseReadingQuerySet(CasePartQuerySet["rows.CaseReading"]):
    """Who looked is visible to the case's lead, and to whoever manages access, reviews or reads the audit."""

    def bounded_to(self, access: Access) -> Self:
        return super().bounded_to(access).filter(kept_by(access))


class ShareQuerySet(ScopedQuerySet["rows.Share"]):
    """What is shared is visible to whoever sees the case or incident."""

    def bounded_to(self, access: Access) -> Self:
        return self.filter(_shared(access, ""))


class ShareReadingQuerySet(ScopedQuerySet["rows.ShareReading"]):
    """Who read a share is visible with it."""

    def bounded_to(self, access: Access) -> Self:
        return self.filter(_shared(access, "share__"))


def _shared(access: Access, prefix: str) -> Q:
    from cases.models import Case
    from incidents.models import Incident

    case, incident = seen_cases(access), seen_incidents(access)
    if case is None or incident is None:
        return Q()
    cases = Case._base_manager.filter(case, agency_id=access.agency_id).values("pk")
    incidents = Incident._base_manager.filter(incident, agency_id=access.agency_id).values("pk")
    return Q(**{f"{prefix}case__in": cases}) | Q(**{f"{prefix}incident__in": incidents})


def kept_by(access: Access) -> Q:
    """Return the parts of cases whose access this person looks after: as the lead, or by role."""
    roles = (Capability.MANAGE_CASE_ACCESS, Capability.REVIEW_READINGS, Capability.VIEW_AUDIT)
    if access.is_whole or any(access.may(capability) for capability in roles):
        return Q()
    return Q(case__lead_id=access.author_id)


class CaseStatusChangeQuerySet(CasePartQuerySet["rows.CaseStatusChange"]):
    """The history is visible with its case."""

    row_guards = STATUS_GUARDS


class InvolvedPersonQuerySet(CasePartQuerySet["rows.InvolvedPerson"]):
    """People are visible with their case, to whoever may see people, unless an order seals them."""

    row_guards = PERSON_GUARDS

    def bounded_to(self, access: Access) -> Self:
        if access.is_whole:
            return self
        if not access.may(Capability.VIEW_CASE_PEOPLE):
            return self.none()
        return super().bounded_to(access).unsealed(access, SealedPart.PEOPLE)


class CaseTaskQuerySet(CasePartQuerySet["rows.CaseTask"]):
    """Tasks are visible with their case."""

    def unfinished(self) -> Self:
        """Return tasks with something left to do."""
        return self.exclude(status__in=ENDED)


class CaseCounterQuerySet(ScopedQuerySet["rows.CaseCounter"]):
    """An agency's counters, one a year."""


class ExpungeOrderQuerySet(ScopedQuerySet["rows.ExpungeOrder"]):
    """Orders are visible to whoever may expunge, and to whoever reads the audit."""

    def bounded_to(self, access: Access) -> Self:
        may_read = access.may(Capability.EXPUNGE_RECORDS) or access.may(Capability.VIEW_AUDIT)
        if access.is_whole or not may_read:
            return self if may_read else self.none()
        return self.exclude(Q(about_excluded(access)))
