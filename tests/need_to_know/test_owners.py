"""Who answers for a case: who is asked for access to it, and told of what happens to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import Unit, User
from accounts.profiles import add_unit
from cases.access import (
    owners_of,
)
from cases.models import Case
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, stored
from tests.support.people import Cast, access_for, make_user
from tests.support.secrets import (
    exclude,
)

pytestmark = pytest.mark.django_db


def owners(cast: Cast, case: Case) -> list[str]:
    access = access_for(cast.admin)
    with agency_scope(access):
        found = owners_of(access, stored(case))
        return [User._base_manager.get(pk=key).name for key in found]


@pytest.fixture
def squad(cast: Cast) -> Unit:
    """A unit with a supervisor of its own."""
    chief = make_user(cast.north, "supervisor", "Vera Chief")
    access = access_for(cast.admin)
    with agency_scope(access):
        return add_unit(access=access, name="Burglary", supervisor=chief)


def test_the_lead_answers_for_a_case_then_the_unit_s_supervisor(cast: Cast, squad: Unit) -> None:
    led = make_case(access_for(cast.officer), lead_id=cast.officer.pk, unit_id=squad.pk)
    unled = make_case(access_for(cast.officer), unit_id=squad.pk)
    left = make_case(access_for(cast.officer))
    admin = access_for(cast.admin)
    with agency_scope(admin):
        set_lead(left, None)
        set_lead(unled, None)

    assert owners(cast, led) == [cast.officer.name]
    assert owners(cast, unled) == ["Vera Chief"]
    assert owners(cast, left) == [cast.supervisor.name, cast.admin.name, "Vera Chief"]
    exclude(admin, unled, squad.supervisor)
    assert owners(cast, unled) == [cast.supervisor.name, cast.admin.name]


def set_lead(case: Case, user: User | None) -> None:
    Case._base_manager.filter(pk=case.pk).update(lead=user)


def test_a_lead_who_left_answers_for_nothing(cast: Cast, squad: Unit) -> None:
    gone = make_user(cast.north, "officer", "Lee Left")
    case = make_case(access_for(cast.officer), lead_id=gone.pk, unit_id=squad.pk)
    with agency_scope(access_for(cast.admin)):
        User._base_manager.filter(pk=gone.pk).update(is_active=False, deactivated_at=datetime.now(UTC))

    assert owners(cast, case) == ["Vera Chief"]


def test_five_at_most_are_told_where_nobody_answers(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    for letter in "FEDCBA":
        make_user(cast.north, "supervisor", f"{letter} Manager")
    with agency_scope(access_for(cast.admin)):
        set_lead(case, None)

    assert owners(cast, case) == [f"{letter} Manager" for letter in "ABCDE"]
