"""The verbs for retention categories: what an agency keeps for how long, and which exhibits are of which."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.rows import clean
from cases.access import refuse_unworkable
from cases.models import Case
from cases.services import assign
from media_evidence.models import Evidence, ExhibitCategory, RetentionCategory
from media_evidence.querysets import RetentionCategoryQuerySet
from media_evidence.services import find_evidence
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound

CATEGORY_FIELDS = frozenset({"name", "days", "starts", "is_offered"})


@transaction.atomic
def add_category(*, access: Access, **values: Any) -> RetentionCategory:
    """Return a new category; raise NotAllowed, InvalidInput."""
    access.require(Capability.MANAGE_EVIDENCE)
    category = RetentionCategory(agency_id=access.agency_id)
    assign(category, values, CATEGORY_FIELDS)
    clean(category)
    category.save(force_insert=True)
    return category


@transaction.atomic
def change_category(*, access: Access, category: RetentionCategory, **values: Any) -> RetentionCategory:
    """Change a category, for all its exhibits at once; raise NotAllowed, NotFound, InvalidInput."""
    access.require(Capability.MANAGE_EVIDENCE)
    found = RetentionCategory.objects.visible_to(access).filter(pk=category.pk)
    stored: RetentionCategory | None = found.select_for_update().first()
    if stored is None:
        raise NotFound()
    assign(stored, values, CATEGORY_FIELDS)
    clean(stored)
    stored.save(update_fields=[*CATEGORY_FIELDS, "updated_at"])
    return stored


@transaction.atomic
def set_categories(*, access: Access, evidence: Evidence, categories: Collection[UUID]) -> Evidence:
    """Let an exhibit be of these categories and no others; an empty set keeps it without end.

    Raise NotAllowed, NotFound, Conflict where the case is sealed or led elsewhere or the exhibit was disposed of,
    InvalidInput for a category that is not there or no longer offered.
    """
    stored = locked_exhibit(access, evidence.pk)
    given = ExhibitCategory.objects.visible_to(access).filter(evidence_id=stored.pk)
    before, wanted = set(given.values_list("category_id", flat=True)), set(categories)
    offered = RetentionCategory.objects.visible_to(access).filter(pk__in=wanted - before, is_offered=True)
    if offered.count() != len(wanted - before):
        raise InvalidInput(errors={"categories": ["There is no such category, or it is no longer offered."]})
    given.filter(category_id__in=before - wanted).delete()
    for key in sorted(wanted - before):
        ExhibitCategory(
            agency_id=stored.agency_id,
            case_id=stored.case_id,
            evidence_id=stored.pk,
            category_id=key,
            given_by_id=access.author_id,
        ).save(force_insert=True)
    return stored


def locked_exhibit(access: Access, evidence_id: UUID) -> Evidence:
    """Return an exhibit, locked with its case, for whoever manages evidence; of a closed case as well.

    Raise NotAllowed, NotFound, Conflict where the case is sealed or led elsewhere, or the exhibit was disposed of.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    seen = find_evidence(access, evidence_id)
    own = {"agency_id": access.agency_id}
    case = Case._base_manager.select_for_update().get(**own, pk=seen.case_id)
    stored: Evidence = Evidence._base_manager.select_for_update().get(**own, pk=evidence_id)
    refuse_unworkable(case)
    if stored.is_disposed:
        raise Conflict("The exhibit was disposed of.", code="disposed")
    return stored


def categories_of(access: Access, evidence: Evidence) -> list[RetentionCategory]:
    """Return the categories of an exhibit that the access sees, by name."""
    given = ExhibitCategory.objects.visible_to(access).filter(evidence_id=evidence.pk)
    return [row.category for row in given.select_related("category").order_by("category__name")]


def choosable_categories(access: Access, evidence: Evidence) -> RetentionCategoryQuerySet:
    """Return the categories that the exhibit may be given, with those that it has already."""
    given = ExhibitCategory.objects.visible_to(access).filter(evidence_id=evidence.pk)
    seen = RetentionCategory.objects.visible_to(access)
    return seen.filter(Q(is_offered=True) | Q(pk__in=given.values("category_id"))).order_by("name")
