"""The verbs for the people involved in a case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.models import Case, InvolvedPerson
from cases.rules import breaches_of_birth
from cases.services import assign, check, locked_case
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.guards import refuse_withheld

PERSON_FIELDS = frozenset({"role", "name", "born_on", "contact"})


@transaction.atomic
def add_person(*, access: Access, case: Case, **values: Any) -> InvolvedPerson:
    """Return a new person involved in a case; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = _case(access, case.pk)
    person = InvolvedPerson(agency_id=access.agency_id, case=stored, created_by_id=access.author_id)
    return _save(person, values)


@transaction.atomic
def change_person(*, access: Access, case: Case, person_id: UUID, **values: Any) -> InvolvedPerson:
    """Change what the papers say about a person; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    person = _person(access, case, person_id)
    refuse_withheld(person, values)
    return _save(person, values, update_fields=[*values, "updated_at"])


@transaction.atomic
def remove_person(*, access: Access, case: Case, person_id: UUID) -> None:
    """Take a person from a case who was recorded in error; the audit keeps what was said."""
    person = _person(access, case, person_id)
    InvolvedPerson.objects.visible_to(access).filter(pk=person.pk).delete()


def _case(access: Access, case_id: UUID) -> Case:
    access.require(Capability.VIEW_CASE_PEOPLE)
    return locked_case(access, case_id)


def _person(access: Access, case: Case, person_id: UUID) -> InvolvedPerson:
    stored = _case(access, case.pk)
    person = InvolvedPerson.objects.visible_to(access).filter(case_id=stored.pk, pk=person_id).first()
    if person is None:
        raise NotFound()
    return person


def _save(
    person: InvolvedPerson, values: dict[str, Any], update_fields: list[str] | None = None
) -> InvolvedPerson:
    assign(person, values, PERSON_FIELDS)
    breaches = breaches_of_birth(person.born_on, datetime.now(UTC).date())
    if breaches:
        raise InvalidInput(errors={"born_on": breaches})
    check(person)
    person.save(update_fields=update_fields)
    return person
