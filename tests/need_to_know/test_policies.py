"""The conditions themselves: who works on a case, what is withheld in it, which seals and shares are seen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from accounts.profiles import add_unit
from cases.access import (
    is_excluded,
    level_of,
    may_write,
    refuse_unworkable,
    require_keeping,
    require_level,
)
from cases.choices import Level
from cases.expunging import ask_expunge
from cases.models import Case, CaseIncident, CaseSeal, ExpungeOrder, InvolvedPerson, Share
from cases.people import add_person
from cases.services import link_incident
from cases.sharing import draft_share
from incidents.sealing import seal_incident
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import ROLE_CAPABILITIES, Capability, Reach, Role
from nethra.core.errors import Conflict, NotAllowed
from nethra.core.guards import refuse_saving, refuse_withheld, withhold
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, stored
from tests.support.people import Cast, access_for, make_user
from tests.support.records import make_incident
from tests.support.secrets import (
    ORDER,
    adjust,
    exclude,
    explain,
    in_an_hour,
    make_restricted,
    name_person,
    restrict,
    seal,
    share_with,
)

pytestmark = pytest.mark.django_db


def writes(user: Any, case: Case) -> bool:
    access = access_for(user)
    with agency_scope(access):
        return may_write(access, stored(case))


# Working on a case


@pytest.mark.parametrize(("level", "may"), [("view", False), ("write", True), ("close", True)])
def test_who_is_named_to_read_does_not_write(cast: Cast, level: str, may: bool) -> None:
    case, other = make_restricted(cast), make_user(cast.north, "officer", "Olga Other")
    name_person(access_for(cast.officer), case, other, level=level)

    assert writes(other, case) is may


def test_a_case_that_stands_still_is_written_by_nobody(cast: Cast) -> None:
    """Sealed, led by another agency, or expunged: each alone stops its lead."""
    plain, whole, lent, gone = (
        make_case(access_for(cast.officer), lead_id=cast.officer.pk) for _ in range(4)
    )
    seal(cast, whole)
    with agency_scope(access_for(cast.admin)):
        lent_, gone_ = stored(lent), stored(gone)
    lent_.led_by_agency_id, gone_.expunged_at = cast.south.pk, datetime.now(UTC)
    access = access_for(cast.officer)

    assert writes(cast.officer, plain)
    assert not writes(cast.auditor, whole)
    with agency_scope(access):
        assert [may_write(access, case) for case in (lent_, gone_)] == [False, False]


def test_whether_somebody_writes_is_asked_once_for_each_object_and_person(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    case, other = make_case(access_for(cast.officer)), make_user(cast.north, "officer", "Olga Other")
    access, others = access_for(cast.officer), access_for(other)
    with agency_scope(access):
        found = stored(case)
        assert may_write(access, found)
        with django_assert_num_queries(0):
            assert may_write(access, found)
        assert may_write(others, found)


@pytest.mark.parametrize(
    ("stands", "code", "sentence"),
    [
        ({"expunged_at": datetime(2026, 1, 1, tzinfo=UTC)}, "expunged", "The case was expunged by order."),
        ({"sealed_parts": ["whole"]}, "case_sealed", "The case is sealed: it can only be read."),
        (
            {"led_by_agency_id": UUID(int=1), "led_by_agency": "South Police"},
            "led_elsewhere",
            "South Police leads this case; it is worked on there.",
        ),
    ],
)
def test_a_case_that_stands_still_says_why(stands: dict[str, Any], code: str, sentence: str) -> None:
    case = Case()
    for name, value in stands.items():
        case.__dict__[name] = value
    with pytest.raises(Conflict) as refused:
        refuse_unworkable(case)

    assert (refused.value.code, refused.value.message) == (code, sentence)
    refuse_unworkable(Case())


def test_who_may_only_read_is_told_so(cast: Cast) -> None:
    case = make_restricted(cast)
    name_person(access_for(cast.officer), case, cast.analyst, level="view")
    access = access_for(cast.analyst)
    with agency_scope(access), pytest.raises(NotAllowed) as refused:
        require_level(access, stored(case), Level.WRITE)

    assert (refused.value.code, refused.value.message) == (
        "reading_only",
        "This case is open to you for reading only.",
    )


def test_a_level_is_that_of_this_person_in_this_case(cast: Cast) -> None:
    """Not what they may do in another, nor what somebody else may do here."""
    officer, other = access_for(cast.officer), make_user(cast.north, "officer", "Olga Other")
    case, elsewhere = make_restricted(cast), make_restricted(cast)
    make_case(officer)
    for named, least, where in ((other, "close", case), (cast.analyst, "view", case)):
        name_person(officer, where, named, level=least)
    name_person(officer, elsewhere, cast.analyst, level="close")

    def may(user: User, case: Case) -> Level:
        access = access_for(user)
        with agency_scope(access):
            return level_of(access, stored(case))

    assert [may(user, case) for user in (cast.analyst, other, cast.officer)] == ["view", "close", "write"]
    assert may(cast.analyst, elsewhere) == "close"


def test_who_does_not_keep_a_case_is_told_who_does(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    access = access_for(cast.analyst)
    with agency_scope(access), pytest.raises(NotAllowed) as refused:
        require_keeping(access, stored(case))

    assert refused.value.message == "The case's lead and its supervisors decide who sees it."


# What is withheld in some rows


def test_any_of_two_guards_withholds_a_name(cast: Cast) -> None:
    officer = access_for(cast.officer)
    case = make_case(officer)
    born = {"adult": date(1980, 1, 1), "child": date(2020, 1, 1)}
    with agency_scope(officer):
        for role in ("victim", "witness"):
            for age, day in born.items():
                add_person(access=officer, case=case, role=role, name=f"{role} {age}", born_on=day)
    few = ROLE_CAPABILITIES[Role.OFFICER] - {Capability.READ_VICTIMS, Capability.READ_JUVENILES}
    adjust(cast, "officer", capabilities=few)

    reader = access_for(cast.officer)
    with agency_scope(reader):
        shown = [person.name for person in InvolvedPerson.objects.visible_to(reader)]
    assert sorted(shown) == ["withheld", "withheld", "withheld", "witness adult"]


def test_who_reads_what_is_sealed_reads_sealed_notes_once_explained(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk, notes="What stands here")
    seal(cast, case, "notes")
    auditor, lead = access_for(cast.auditor), access_for(cast.officer)

    def notes(access: Access) -> str:
        with agency_scope(access):
            return str(Case.objects.visible_to(access).get(pk=case.pk).notes)

    before = notes(auditor)
    with agency_scope(auditor):
        sealed = stored(case)
    explain(auditor, sealed)
    assert (before, notes(auditor), notes(lead)) == ("withheld", "What stands here", "withheld")


def test_a_row_read_in_part_is_asked_about(cast: Cast, django_assert_num_queries: Any) -> None:
    """What withholds is not known of it, so that a field read later would come whole."""
    restricted, plain = make_restricted(cast, notes="What stands here"), make_case(access_for(cast.officer))
    sealed = make_case(access_for(cast.officer), notes="What stands here")
    seal(cast, sealed, "notes")
    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        found = Case.objects.visible_to(auditor)
        for case in (restricted, sealed):
            for read in (("number",), ("number", "sealed_parts"), ("number", "is_restricted")):
                assert found.only(*read).get(pk=case.pk).notes == "withheld", read
        with django_assert_num_queries(1):
            assert found.get(pk=plain.pk).notes == ""


# Seals and people


def test_who_places_seals_sees_them_without_reading_what_they_seal(cast: Cast) -> None:
    case, barred = make_restricted(cast), make_user(cast.north, "supervisor", "Bo Barred")
    exclude(access_for(cast.officer), case, barred)
    seal(cast, case)
    adjust(cast, "supervisor", capabilities=[Capability.VIEW_CASES, Capability.SEAL_RECORDS])

    def seen(user: Any) -> int:
        access = access_for(user)
        with agency_scope(access):
            return CaseSeal.objects.visible_to(access).count()

    assert [seen(user) for user in (cast.admin, cast.supervisor, cast.analyst, barred)] == [1, 1, 0, 0]
    whole = operator_access(cast.north.pk)
    with agency_scope(whole):
        assert CaseSeal.objects.visible_to(whole).count() == 1


def test_ones_own_cases_are_those_one_leads_or_is_named_in(cast: Cast) -> None:
    officer = access_for(cast.officer)
    led = make_case(officer, lead_id=cast.officer.pk)
    named = make_case(officer, lead_id=cast.supervisor.pk)
    others = make_case(officer, lead_id=cast.supervisor.pk)
    name_person(access_for(cast.supervisor), named, cast.officer)
    name_person(access_for(cast.supervisor), others, make_user(cast.north, "officer", "Olga Other"))
    with agency_scope(officer):
        found = set(
            Case.objects.visible_to(officer).with_person(cast.officer.pk).values_list("pk", flat=True)
        )

    assert found == {led.pk, named.pk}


@pytest.mark.parametrize(("reach", "seen"), [(Reach.AGENCY, 2), (Reach.UNIT, 1), (Reach.NAMED, 0)])
def test_only_the_reach_of_a_unit_is_by_unit(cast: Cast, reach: Reach, seen: int) -> None:
    """Who sees only cases that name them sees none of their own unit's either."""
    admin, officer = access_for(cast.admin), access_for(cast.officer)
    with agency_scope(admin):
        unit = add_unit(access=admin, name="Night")
        User._base_manager.filter(pk=cast.analyst.pk).update(unit_id=unit.pk)
    cast.analyst.unit_id = unit.pk
    adjust(cast, "analyst", reach=reach)
    make_case(officer, unit_id=unit.pk)
    make_case(officer)

    analyst = access_for(cast.analyst)
    with agency_scope(analyst):
        assert Case.objects.visible_to(analyst).count() == seen


def test_an_incidents_cases_are_those_it_began_or_is_linked_to(cast: Cast) -> None:
    officer = access_for(cast.officer)
    incident = make_incident(officer)
    began, linked, other = make_case(officer, incident), make_case(officer), make_case(officer)
    further = make_incident(officer)
    with agency_scope(officer):
        link_incident(access=officer, case=linked, incident=incident)
        link_incident(access=officer, case=other, incident=further)
        found = set(Case.objects.visible_to(officer).about_incident(incident.pk).values_list("pk", flat=True))

    assert found == {began.pk, linked.pk}


@pytest.mark.parametrize("text", ["2026-000002", " 2026-000002 ", "2026-0000", "night", " NIGHT window "])
def test_cases_are_found_by_their_number_or_a_word_of_their_title(cast: Cast, text: str) -> None:
    officer = access_for(cast.officer)
    make_case(officer, title="Garage")
    night = make_case(officer, title="The Night Window")
    with agency_scope(officer):
        found = list(Case.objects.visible_to(officer).matching(text).values_list("number", flat=True))

    assert night.number in found
    assert len(found) == (2 if text == "2026-0000" else 1)


@pytest.mark.parametrize(
    ("role", "seen"),
    [("admin", 1), ("supervisor", 1), ("auditor", 1), ("officer", 0), ("analyst", 0)],
)
def test_orders_to_expunge_are_for_who_may_expunge_or_audit(cast: Cast, role: str, seen: int) -> None:
    incident = make_incident(access_for(cast.officer))
    supervisor = access_for(cast.supervisor)
    with agency_scope(supervisor):
        ask_expunge(access=supervisor, kind="incident", subject_id=incident.pk, **ORDER)

    access = access_for(getattr(cast, role))
    with agency_scope(access):
        assert ExpungeOrder.objects.visible_to(access).count() == seen
    whole = operator_access(cast.north.pk)
    with agency_scope(whole):
        assert ExpungeOrder.objects.visible_to(whole).count() == 1


def test_a_link_is_seen_by_who_sees_both_its_ends(cast: Cast) -> None:
    officer, supervisor = access_for(cast.officer), access_for(cast.supervisor)
    open_case, closed_case = make_case(supervisor), make_case(officer, lead_id=cast.officer.pk)
    plain, hidden = make_incident(officer), make_incident(officer)
    with agency_scope(officer):
        for case, incident in ((open_case, plain), (open_case, hidden), (closed_case, hidden)):
            link_incident(access=officer, case=case, incident=incident)
    restrict(officer, closed_case)

    def links(access: Access) -> set[tuple[Any, Any]]:
        with agency_scope(access):
            found = CaseIncident.objects.visible_to(access).filter(incident__in=[plain.pk, hidden.pk])
            return set(found.values_list("case_id", "incident_id"))

    every = {(open_case.pk, plain.pk), (open_case.pk, hidden.pk), (closed_case.pk, hidden.pk)}
    assert links(access_for(cast.analyst)) == {(open_case.pk, plain.pk)}
    assert links(officer) == links(operator_access(cast.north.pk)) == every


# Exclusions, shares, and what was taken off an object


def test_an_exclusion_is_from_one_case_and_of_one_person(cast: Cast) -> None:
    case, other = make_restricted(cast), make_restricted(cast)
    exclude(access_for(cast.officer), case, cast.analyst)

    with agency_scope(access_for(cast.admin)):
        told = [
            is_excluded(each, user.pk) for each in (case, other) for user in (cast.analyst, cast.supervisor)
        ]
    assert told == [True, False, False, False]


def test_a_share_is_seen_by_who_sees_what_is_shared(cast: Cast) -> None:
    """By nobody else: that a hidden case is shared tells that it is there."""
    officer, supervisor = access_for(cast.officer), access_for(cast.supervisor)
    case, plain = make_case(officer, lead_id=cast.officer.pk), make_case(officer)
    loose, sealed = make_incident(officer), make_incident(officer)
    for one in (case, plain):
        share_with(supervisor, one)
    with agency_scope(supervisor):
        for incident in (loose, sealed):
            draft_share(
                access=supervisor,
                incident=incident,
                recipient="south",
                fields=["incident.status"],
                until=in_an_hour(),
            )
    restrict(officer, case)
    admin = access_for(cast.admin)
    with agency_scope(admin):
        seal_incident(access=admin, incident=sealed, parts=["whole"], **ORDER)

    def shared(access: Access) -> set[Any]:
        with agency_scope(access):
            found = Share.objects.visible_to(access).values_list("case_id", "incident_id")
            return {case or incident for case, incident in found}

    assert shared(access_for(cast.analyst)) == {plain.pk, loose.pk}
    assert shared(officer) == {case.pk, plain.pk, loose.pk}
    assert shared(admin) == {plain.pk, loose.pk, sealed.pk}
    assert shared(operator_access(cast.north.pk)) == {case.pk, plain.pk, loose.pk, sealed.pk}


def test_what_was_taken_off_an_object_is_named_when_it_is_written(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    withhold(incident, ["beat", "description"])

    with pytest.raises(NotAllowed) as refused:
        refuse_withheld(incident, ["description", "beat_id", "status"])
    refuse_withheld(incident, ["status"])
    assert refused.value.message == "What may not be read cannot be changed: beat, description."
    assert (incident.description, incident.beat_id) == ("withheld", None)
    for written in (None, ["beat"], ["status", "description"]):
        with pytest.raises(RuntimeError, match="Incident with values withheld"):
            refuse_saving(incident, written)
    refuse_saving(incident, ["status"])
