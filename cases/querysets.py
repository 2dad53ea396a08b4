"""Which cases are visible, and the named ways to narrow them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from cases.choices import CLOSED, ENDED
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from cases import models as rows  # noqa: F401


class CaseQuerySet(ScopedQuerySet["rows.Case"]):
    """A case is visible if, and only if, it belongs to the access's agency.

    Whether its lead or its members are still active does not matter: a case never goes with a person.
    """

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


class CaseIncidentQuerySet(ScopedQuerySet["rows.CaseIncident"]):
    """Links are visible with their case."""


class CaseMemberQuerySet(ScopedQuerySet["rows.CaseMember"]):
    """Members are visible with their case."""


class CaseStatusChangeQuerySet(ScopedQuerySet["rows.CaseStatusChange"]):
    """The history is visible with its case."""


class InvolvedPersonQuerySet(ScopedQuerySet["rows.InvolvedPerson"]):
    """People are visible with their case, to whoever may see names."""


class CaseTaskQuerySet(ScopedQuerySet["rows.CaseTask"]):
    """Tasks are visible with their case."""

    def unfinished(self) -> Self:
        """Return tasks with something left to do."""
        return self.exclude(status__in=ENDED)


class CaseCounterQuerySet(ScopedQuerySet["rows.CaseCounter"]):
    """An agency's counters, one a year."""
