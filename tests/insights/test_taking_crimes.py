"""Crimes for linkage: how they were done in numbers, who did several without a name, and the same digest again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from cases.access import exclude_person, set_restriction
from cases.models import Case
from cases.people import add_person
from cases.sealing import seal_case
from cases.services import link_incident
from cases.transitions import move_case
from incidents.filters import IncidentFilters
from incidents.models import Incident
from incidents.sealing import seal_incident
from incidents.services import HabitInput, OffenceInput, change_incident
from insights.methods.evidence import Crimes
from insights.methods.solved import Solved
from insights.taking import take_events
from insights.taking_crimes import (
    FIELDS,
    digest_of_crimes,
    digest_of_solved,
    take_crimes,
    take_solved,
)
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotAllowed
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db
ALL = IncidentFilters()
BORN = date(1990, 5, 1)


def crimes_of(access: Access, filters: IncidentFilters = ALL) -> Crimes:
    with agency_scope(access):
        return take_crimes(access, take_events(access, filters))


def solved_of(access: Access) -> Solved:
    with agency_scope(access):
        return take_solved(access, take_events(access, ALL))


def column(crimes: Crimes, name: str) -> list[int]:
    values: list[int] = crimes.habits[:, crimes.fields.index(name)].tolist()
    return values


def test_equal_values_have_one_number_without_case(cast: Cast) -> None:
    officer = access_for(cast.officer)
    for word in ("Ladder", "crowbar", "LADDER", None):
        make_incident(officer, modus_operandi=[HabitInput("tool", word)] if word else [])

    crimes = crimes_of(access_for(cast.analyst))

    assert crimes.fields == FIELDS
    assert column(crimes, "tool") == [1, 0, 1, -1]
    assert column(crimes, "weapon") == [-1] * 4


def test_offence_and_its_completion_are_habits_too(cast: Cast) -> None:
    officer = access_for(cast.officer)
    first, second = make_incident(officer, "23F", "220"), make_incident(officer, "220")
    with agency_scope(officer):
        change_incident(access=officer, incident=second, offences=[OffenceInput("220", "attempted")])

    crimes = crimes_of(access_for(cast.analyst))

    assert first.pk < second.pk
    assert column(crimes, "offence") == [1, 0]
    assert column(crimes, "completion") == [1, 0]


def test_the_digest_tells_how_it_was_done_and_nothing_of_who_asked(cast: Cast) -> None:
    officer = access_for(cast.officer)
    incident = make_incident(officer, modus_operandi=[HabitInput("tool", "ladder")])
    make_incident(officer, modus_operandi=[HabitInput("tool", "crowbar")])
    first = digest_of_crimes(crimes_of(access_for(cast.analyst)))
    other = digest_of_crimes(crimes_of(access_for(cast.supervisor)))
    with agency_scope(officer):
        change_incident(access=officer, incident=incident, modus_operandi=[])

    assert first == other
    assert digest_of_crimes(crimes_of(access_for(cast.analyst))) != first


def test_what_is_sealed_after_the_incidents_were_taken_is_told_to_nobody(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), modus_operandi=[HabitInput("tool", "ladder")])
    admin = access_for(cast.admin)
    with agency_scope(admin):
        taken = take_events(admin, ALL)
        seal_incident(access=admin, incident=incident, parts=["narrative"], **ORDER)
        crimes = take_crimes(admin, taken)

    assert column(crimes, "tool") == [-1]
    assert column(crimes, "completion") == [-1]


def test_another_agencys_values_are_not_told(cast: Cast) -> None:
    south, north = access_for(cast.south_officer), access_for(cast.analyst)
    make_incident(south, modus_operandi=[HabitInput("tool", "ladder")])
    with agency_scope(south):
        taken = take_events(access_for(cast.south_admin), ALL)
    with agency_scope(north):
        crimes = take_crimes(north, taken)

    assert len(crimes) == 1
    assert column(crimes, "tool") == [-1]


def test_no_incidents_are_no_crimes_and_nothing_solved(cast: Cast) -> None:
    none = IncidentFilters(occurred_before=datetime(2000, 1, 1, tzinfo=UTC))
    access = access_for(cast.analyst)

    with agency_scope(access):
        taken = take_events(access, none)
        solved = take_solved(access, taken)

    assert len(crimes_of(access, none)) == 0
    assert (len(solved.crimes), len(solved.offender), len(solved.crime)) == (0, 0, 0)


def close(cast: Cast, *incidents: Incident, name: str = "Dale Munro", born_on: date | None = BORN) -> Case:
    """Close a case about the incidents as cleared, with a suspect; return it."""
    officer, supervisor = access_for(cast.officer), access_for(cast.supervisor)
    case = make_case(officer, incidents[0], lead_id=cast.officer.pk)
    with agency_scope(officer):
        for incident in incidents[1:]:
            link_incident(access=officer, case=case, incident=incident)
        add_person(access=officer, case=case, role="suspect", name=name, born_on=born_on)
        add_person(access=officer, case=case, role="victim", name="Ines Falk", born_on=born_on)
        case = move_case(access=officer, case=case, target="under_investigation")
    with agency_scope(supervisor):
        return move_case(
            access=supervisor, case=case, target="closed_cleared", reason="Confessed", clearance="arrest"
        )


def told(solved: Solved) -> set[frozenset[int]]:
    """Return the crimes of each offender, by their positions among the solved."""
    groups: dict[int, set[int]] = {}
    for offender, crime in zip(solved.offender.tolist(), solved.crime.tolist(), strict=True):
        groups.setdefault(offender, set()).add(int(solved.crimes.events.key[crime]))
    return {frozenset(found) for found in groups.values()}


def test_one_offender_did_the_crimes_of_a_case_and_of_cases_with_the_same_name_and_birth(cast: Cast) -> None:
    made = [make_incident(access_for(cast.officer)) for _ in range(6)]
    close(cast, made[0], made[1])
    close(cast, made[3], name=" DALE munro")
    close(cast, made[4], name="Dale Munro", born_on=date(1991, 1, 1))

    solved = solved_of(access_for(cast.analyst))

    assert told(solved) == {frozenset({0, 1, 3}), frozenset({4})}
    assert solved.offender.tolist() == [0, 0, 0, 1]
    assert solved.crimes.events.key.tolist() == [0, 1, 3, 4]


def test_without_a_birth_date_a_name_joins_no_cases(cast: Cast) -> None:
    made = [make_incident(access_for(cast.officer)) for _ in range(3)]
    close(cast, made[0], made[1], name="Unknown man", born_on=None)
    close(cast, made[2], name="Unknown man", born_on=None)

    assert told(solved_of(access_for(cast.analyst))) == {frozenset({0, 1}), frozenset({2})}


def test_what_is_not_cleared_has_no_offender(cast: Cast) -> None:
    officer, supervisor = access_for(cast.officer), access_for(cast.supervisor)
    case = make_case(officer, make_incident(officer), lead_id=cast.officer.pk)
    with agency_scope(officer):
        add_person(access=officer, case=case, role="suspect", name="Dale Munro", born_on=BORN)
    with agency_scope(supervisor):
        move_case(access=supervisor, case=case, target="closed_unfounded", reason="Not so")

    assert told(solved_of(access_for(cast.analyst))) == set()


def test_a_case_that_is_hidden_restricted_or_sealed_teaches_nothing(cast: Cast) -> None:
    made = [make_incident(access_for(cast.officer)) for _ in range(4)]
    admin, lead = access_for(cast.admin), access_for(cast.officer)
    sealed, excluding, restricted, _ = [close(cast, incident) for incident in made]
    with agency_scope(admin):
        seal_case(access=admin, case_id=sealed.pk, parts=["people"], **ORDER)
    with agency_scope(lead):
        exclude_person(access=lead, case=excluding, user_id=cast.analyst.pk, reason="Kin")
        set_restriction(access=lead, case=restricted, is_restricted=True)

    # Of the four, the incidents of the excluding and the restricted case are not even taken.
    for user in (cast.analyst, cast.supervisor, cast.admin):
        assert told(solved_of(access_for(user))) == {frozenset({1})}


def test_juveniles_are_nobodys_example(cast: Cast) -> None:
    officer = access_for(cast.officer)
    close(cast, make_incident(officer), born_on=date(2012, 1, 1))
    close(cast, make_incident(officer))

    for user in (cast.analyst, cast.admin):
        assert told(solved_of(access_for(user))) == {frozenset({1})}


def test_the_digest_of_the_solved_changes_with_who_did_it(cast: Cast) -> None:
    made = [make_incident(access_for(cast.officer)) for _ in range(2)]
    close(cast, made[0])
    before = digest_of_solved(solved_of(access_for(cast.analyst)))
    again = digest_of_solved(solved_of(access_for(cast.supervisor)))
    close(cast, made[1])

    assert before == again
    assert digest_of_solved(solved_of(access_for(cast.analyst))) != before


@pytest.mark.parametrize("missing", [Capability.VIEW_INSIGHTS, Capability.VIEW_CASES])
def test_who_may_not_see_cases_learns_nothing(cast: Cast, missing: Capability) -> None:
    access = access_for(cast.analyst)
    blind = replace(access, capabilities=access.capabilities - {missing})
    with agency_scope(access):
        taken = take_events(access, ALL)
        with pytest.raises(NotAllowed):
            take_solved(blind, taken)


def test_only_numbers_leave(cast: Cast) -> None:
    close(cast, make_incident(access_for(cast.officer)))

    solved = solved_of(access_for(cast.analyst))

    assert {solved.offender.dtype, solved.crime.dtype, solved.crimes.habits.dtype} == {np.dtype(np.int64)}
