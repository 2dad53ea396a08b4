"""The verbs for profiles, contacts, units and postings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Contact, Posting, Profile, Unit, User
from accounts.pictures import small_picture
from accounts.rows import assign, clean
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed
from nethra.core.querysets import unscoped

PROFILE_FIELDS = (
    "preferred_name",
    "pronouns",
    "spoken_languages",
    "job_title",
    "call_sign",
    "qualifications",
    "joined_on",
)
OWN_SETTINGS = ("language", "time_zone")
UNIT_FIELDS = ("name", "parent", "supervisor")
CONTACT_FIELDS = ("kind", "value", "is_primary")
POSTING_FIELDS = ("unit", "rank", "starts_on", "ends_on", "place_name")
DEEPEST = 20


def find_unit(access: Access, key: UUID, *, field: str = "unit") -> Unit:
    """Return an open unit of the agency; raise InvalidInput."""
    unit = Unit.objects.visible_to(access).filter(pk=key, deactivated_at=None).first()
    if unit is None:
        raise InvalidInput(errors={field: ["There is no such unit."]})
    return unit


def find_colleague(access: Access, key: UUID, *, field: str) -> User:
    """Return an active person of the agency; raise InvalidInput."""
    person: User | None = User.objects.colleagues_of(access).filter(pk=key, is_active=True).first()
    if person is None:
        raise InvalidInput(errors={field: ["There is no such person."]})
    return person


@transaction.atomic
def add_unit(*, access: Access, **values: Any) -> Unit:
    """Return a new unit of the agency."""
    access.require(Capability.MANAGE_USERS)
    unit = Unit(agency_id=access.agency_id)
    _fill_unit(unit, values)
    unit.save(force_insert=True)
    return unit


@transaction.atomic
def change_unit(*, access: Access, unit: Unit, **values: Any) -> Unit:
    """Change a unit's name, place in the agency, or supervisor."""
    access.require(Capability.MANAGE_USERS)
    _fill_unit(unit, values)
    unit.save()
    return unit


def _fill_unit(unit: Unit, values: dict[str, Any]) -> None:
    assign(unit, values, UNIT_FIELDS)
    clean(unit)
    above, steps = unit.parent, 0
    while above is not None:
        steps += 1
        if above.pk == unit.pk or steps > DEEPEST:
            raise InvalidInput(errors={"parent": ["A unit cannot be part of itself."]})
        above = above.parent


@transaction.atomic
def close_unit(*, access: Access, unit: Unit) -> Unit:
    """Close a unit without people and open parts; its name stays in old postings."""
    access.require(Capability.MANAGE_USERS)
    with unscoped("who still belongs to a unit at hand"):
        is_used = (
            User.objects.filter(unit_id=unit.pk, is_active=True).exists()
            or Unit.objects.filter(parent_id=unit.pk, deactivated_at=None).exists()
        )
    if is_used:
        raise Conflict("Somebody belongs to this unit, or it has parts: move them first.", code="unit_in_use")
    unit.deactivated_at = datetime.now(UTC)
    unit.save(update_fields=["deactivated_at", "updated_at"])
    return unit


def profile_of(user: User) -> Profile:
    """Return the person's profile; an empty one that is not stored yet where they have none."""
    with unscoped("the profile of a person at hand"):
        found = Profile.objects.filter(user_id=user.pk).first()
    return found or Profile(agency_id=user.agency_id, user=user)


def _require_own_or_manage(access: Access, user: User) -> None:
    if user.pk != access.user_id or access.session_id is None:
        access.require(Capability.MANAGE_USERS)


@transaction.atomic
def change_profile(*, access: Access, user: User, picture: Any = None, **values: Any) -> Profile:
    """Change what stands about a person, theirs to change; ``picture`` is a file, or False to take it away."""
    _require_own_or_manage(access, user)
    own = {name: values.pop(name) for name in OWN_SETTINGS if name in values}
    assign(user, own, OWN_SETTINGS)
    clean(user)
    user.save(update_fields=[*own, "updated_at"])
    profile = profile_of(user)
    assign(profile, values, PROFILE_FIELDS)
    if picture is False:
        profile.picture = None
    elif picture is not None:
        profile.picture = small_picture(picture)
    clean(profile)
    profile.save()
    return profile


@transaction.atomic
def add_contact(*, access: Access, user: User, **values: Any) -> Contact:
    """Return a new contact of the person."""
    _require_own_or_manage(access, user)
    contact = Contact(agency_id=user.agency_id, user=user)
    _fill_contact(contact, values)
    contact.save(force_insert=True)
    return contact


@transaction.atomic
def change_contact(*, access: Access, contact: Contact, **values: Any) -> Contact:
    """Change a contact."""
    _require_own_or_manage(access, contact.user)
    _fill_contact(contact, values)
    contact.save()
    return contact


def _fill_contact(contact: Contact, values: dict[str, Any]) -> None:
    assign(contact, values, CONTACT_FIELDS)
    if contact.is_primary:
        # A new primary one takes the place of the old one.
        with unscoped("the contacts of a person at hand"):
            same = Contact.objects.filter(user_id=contact.user_id, kind=contact.kind, is_primary=True)
            same.exclude(pk=contact.pk).update(is_primary=False, updated_at=datetime.now(UTC))
    clean(contact)


@transaction.atomic
def close_contact(*, access: Access, contact: Contact) -> None:
    """Take a contact away; the audit keeps that it was there."""
    _require_own_or_manage(access, contact.user)
    contact.deactivated_at = datetime.now(UTC)
    contact.save(update_fields=["deactivated_at", "updated_at"])


@transaction.atomic
def add_posting(*, access: Access, user: User, **values: Any) -> Posting:
    """Return a new posting; one that has begun and not ended makes its unit the person's own."""
    access.require(Capability.MANAGE_USERS)
    posting = Posting(agency_id=user.agency_id, user=user)
    _fill_posting(posting, values)
    posting.save(force_insert=True)
    _follow_posting(posting)
    return posting


@transaction.atomic
def change_posting(*, access: Access, posting: Posting, **values: Any) -> Posting:
    """Change a posting."""
    access.require(Capability.MANAGE_USERS)
    _fill_posting(posting, values)
    posting.save()
    _follow_posting(posting)
    return posting


def _fill_posting(posting: Posting, values: dict[str, Any]) -> None:
    assign(posting, values, POSTING_FIELDS)
    if posting.unit_id is not None and posting.unit.deactivated_at is not None:
        raise InvalidInput(errors={"unit": ["This unit is closed."]})
    clean(posting)


def _follow_posting(posting: Posting) -> None:
    today = datetime.now(UTC).astimezone(posting.user.zone).date()
    if not _is_current(posting, today) or posting.user.unit_id == posting.unit_id:
        return
    with unscoped("the person posted"):
        User.objects.filter(pk=posting.user_id).update(unit_id=posting.unit_id, updated_at=datetime.now(UTC))


def _is_current(posting: Posting, today: date) -> bool:
    return posting.starts_on <= today and (posting.ends_on is None or posting.ends_on >= today)


@transaction.atomic
def withdraw_posting(*, access: Access, posting: Posting) -> None:
    """Take back a posting that was entered by mistake; the audit keeps it."""
    access.require(Capability.MANAGE_USERS)
    if posting.agency_id != access.agency_id:
        raise NotAllowed()
    posting.deactivated_at = datetime.now(UTC)
    posting.save(update_fields=["deactivated_at", "updated_at"])
