"""Retention and disposal: who decides, what keeps an exhibit, and what the database refuses whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cases.sealing import seal_case
from media_evidence.custody import verbs
from media_evidence.keeping.categories import add_category, change_category, set_categories
from media_evidence.keeping.defaults import CATEGORIES
from media_evidence.keeping.disposing import (
    approve_disposal,
    ask_disposal,
    call_back,
    decline_disposal,
)
from media_evidence.keeping.rules import RECOVERY
from media_evidence.models import Disposal, Evidence, ExhibitCategory, RetentionCategory
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope
from tests.support.cases import move
from tests.support.keeping import CATEGORY, approved, asked, categorise, fresh, make_due
from tests.support.people import Cast, access_for
from tests.support.secrets import ORDER

pytestmark = pytest.mark.django_db


def done(user: Any, verb: Callable[..., Any], **values: Any) -> Any:
    access = access_for(user)
    with agency_scope(access):
        return verb(access=access, **values)


def refused(user: Any, verb: Callable[..., Any], **values: Any) -> Any:
    with pytest.raises((NotAllowed, NotFound, Conflict, InvalidInput)) as caught:
        done(user, verb, **values)
    return caught.value


def category_named(cast: Cast, name: str = CATEGORY) -> RetentionCategory:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return RetentionCategory.objects.visible_to(access).get(name=name)


def as_person(user: Any, statement: str, *values: Any) -> None:
    """Run raw SQL as the application does in this person's request."""
    with agency_scope(access_for(user)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


# Categories


def test_a_new_agency_begins_with_categories(cast: Cast) -> None:
    access = access_for(cast.custodian)
    with agency_scope(access):
        found = dict(RetentionCategory.objects.visible_to(access).values_list("name", "days"))

    assert found == CATEGORIES


def test_categories_are_managed_by_whoever_manages_evidence(cast: Cast) -> None:
    made = done(cast.custodian, add_category, name="Drugs", days=90)
    changed = done(cast.custodian, change_category, category=made, days=120, is_offered=False)

    assert (changed.name, changed.days, changed.is_offered) == ("Drugs", 120, False)
    for nobody in (cast.officer, cast.auditor, cast.analyst):
        assert refused(nobody, add_category, name="More", days=1).code == "not_allowed"
        assert refused(nobody, change_category, category=made, days=1).code == "not_allowed"
    assert isinstance(refused(cast.south_admin, change_category, category=made, days=1), NotFound)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "", "days": 90},
        {"name": "Drugs", "days": 36_526},
        {"name": "Drugs", "days": "many"},
        {"name": "Drugs", "days": -1},
        {"name": "Drugs", "days": 90, "starts": "birth"},
        {"name": "no CRIME found", "days": 90},
        {"name": "x" * 101, "days": 90},
        {"name": "Drugs", "days": 90, "agency_id": "x"},
    ],
)
def test_categories_that_make_no_sense_are_refused(cast: Cast, values: dict[str, Any]) -> None:
    assert isinstance(refused(cast.custodian, add_category, **values), InvalidInput)


def test_an_exhibit_has_exactly_the_categories_it_is_given(cast: Cast) -> None:
    (evidence,) = make_due(cast)
    violent, access = category_named(cast, "Violent offences"), access_for(cast.custodian)

    done(cast.custodian, set_categories, evidence=evidence, categories=[violent.pk])

    with agency_scope(access):
        given = ExhibitCategory.objects.visible_to(access).filter(evidence_id=evidence.pk)
        assert [(row.category_id, row.given_by_id) for row in given] == [(violent.pk, cast.custodian.pk)]
    assert refused(cast.officer, set_categories, evidence=evidence, categories=[]).code == "not_allowed"
    for unknown in (uuid7(), category_of_south(cast)):
        said = refused(cast.custodian, set_categories, evidence=evidence, categories=[unknown])
        assert list(said.errors) == ["categories"]
    done(cast.custodian, change_category, category=category_named(cast), is_offered=False)
    said = refused(cast.custodian, set_categories, evidence=evidence, categories=[category_named(cast).pk])
    assert list(said.errors) == ["categories"]


def category_of_south(cast: Cast) -> Any:
    access = operator_access(cast.south.pk)
    with agency_scope(access):
        return RetentionCategory.objects.visible_to(access).get(name="Violent offences").pk


# The plan


def told(capsys: Any) -> dict[str, Any]:
    call_command("retention", agency="north", plan=True, json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_plan_says_of_each_exhibit_why(cast: Cast, capsys: Any) -> None:
    due, held, without = make_due(cast, b"one", b"two", b"three")
    (unfinished,) = make_due(cast, closed=False)
    done(cast.supervisor, verbs.place_hold, evidence=held, reason="Order 12 of the county court")
    done(cast.supervisor, set_categories, evidence=without, categories=[])

    plan = told(capsys)

    said = {line["id"]: (line["is_due"], line["reason"]) for line in plan["exhibits"]}
    assert plan["due"] == 1
    assert said == {
        str(due.pk): (True, "Due by Returned: 0 days, counted from when the case was closed."),
        str(held.pk): (False, "On legal hold: Order 12 of the county court."),
        str(without.pk): (False, "No category: it is kept without end."),
        str(unfinished.pk): (False, f"The case {unfinished.case.number} is open."),
    }
    call_command("retention", agency="north", plan=True)
    assert "4 exhibits, 1 of them due." in capsys.readouterr().out


# Two people


def test_one_asks_another_approves_and_a_week_is_left_to_call_it_back(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    request = asked(cast, evidence)
    said = refused(cast.supervisor, approve_disposal, disposal=request)
    answered = done(cast.custodian, approve_disposal, disposal=request)

    assert (request.state, request.asked_by_id, said.code) == ("waiting", cast.supervisor.pk, "second_person")
    assert (answered.state, answered.answered_by_id) == ("approved", cast.custodian.pk)
    assert answered.due_at - answered.answered_at == RECOVERY == timedelta(days=7)
    back = done(cast.admin, call_back, disposal=answered, reason="The insurer asked.")
    assert (back.state, back.ended_by_id, back.note) == ("called_back", cast.admin.pk, "The insurer asked.")
    assert fresh(evidence).custody == "held"
    # And it can be asked for once more.
    assert asked(cast, evidence).state == "waiting"


def test_a_request_is_declined_by_another_and_withdrawn_by_its_own(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    first = asked(cast, evidence)
    assert refused(cast.supervisor, decline_disposal, disposal=first, reason="No").code == "second_person"
    assert refused(cast.custodian, call_back, disposal=first, reason="No").code == "not_yours"
    assert list(refused(cast.custodian, decline_disposal, disposal=first, reason=" ").errors) == ["reason"]
    declined = done(cast.custodian, decline_disposal, disposal=first, reason="An appeal is announced.")
    second = asked(cast, evidence)
    withdrawn = done(cast.supervisor, call_back, disposal=second, reason="The wrong one.")

    assert (declined.state, declined.answered_by_id, declined.due_at) == ("declined", cast.custodian.pk, None)
    assert (withdrawn.state, withdrawn.answered_by_id) == ("called_back", None)
    for over in (declined, withdrawn):
        assert refused(cast.admin, approve_disposal, disposal=over).code == "answered_already"
        assert refused(cast.admin, call_back, disposal=over, reason="x").code == "answered_already"


def test_what_is_not_due_is_not_asked_for(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    assert refused(cast.officer, ask_disposal, evidence=evidence, reason="x").code == "not_allowed"
    assert isinstance(refused(cast.south_admin, ask_disposal, evidence=evidence, reason="x"), NotFound)
    assert list(refused(cast.supervisor, ask_disposal, evidence=evidence, reason=" ").errors) == ["reason"]
    said = refused(cast.supervisor, ask_disposal, evidence=evidence, reason="x" * 1001)
    assert list(said.errors) == ["reason"]
    categorise(access_for(cast.supervisor), [evidence], "Violent offences")
    said = refused(cast.supervisor, ask_disposal, evidence=evidence, reason="x")
    assert (said.code, said.message.startswith("Kept by Violent offences: 7300 days")) == ("not_due", True)
    categorise(access_for(cast.supervisor), [evidence])
    asked(cast, evidence)
    assert refused(cast.supervisor, ask_disposal, evidence=evidence, reason="x").code == "under_way"


# What keeps it after it was asked for


def _hold(cast: Cast, evidence: Evidence) -> None:
    done(cast.supervisor, verbs.place_hold, evidence=evidence, reason="Order 12")


def _reopen(cast: Cast, evidence: Evidence) -> None:
    move(access_for(cast.supervisor), evidence.case, "reopened", reason="A witness came.")


def _seal(cast: Cast, evidence: Evidence) -> None:
    done(cast.admin, seal_case, case_id=evidence.case_id, parts=["notes"], **ORDER)


def _keep_longer(cast: Cast, evidence: Evidence) -> None:
    categorise(access_for(cast.supervisor), [evidence], "Violent offences")


def _keep_for_ever(cast: Cast, evidence: Evidence) -> None:
    done(cast.supervisor, set_categories, evidence=evidence, categories=[])


def _change_the_rule(cast: Cast, evidence: Evidence) -> None:
    done(cast.supervisor, change_category, category=category_named(cast), days=30)


def _release(cast: Cast, evidence: Evidence) -> None:
    done(cast.supervisor, verbs.release, evidence=evidence, to_name="Laboratory", reason="Analysis")


KEEPS = {
    _hold: ("On legal hold: Order 12.", "The exhibit is on legal hold."),
    _reopen: ("is open.", "The case is open."),
    _seal: ("is sealed by order.", "The case is sealed."),
    _keep_longer: ("Kept by Violent offences", "The exhibit is not due yet."),
    _keep_for_ever: ("No category: it is kept without end.", "so it is kept without end."),
    _change_the_rule: ("Kept by Returned: 30 days", "The exhibit is not due yet."),
    _release: ("but not in custody here: released.", "The exhibit is not in custody here."),
}
APPROVE = "UPDATE media_evidence_disposal SET state = 'approved' WHERE id = %s"


@pytest.mark.parametrize("keep", KEEPS)
def test_what_keeps_an_exhibit_meanwhile_keeps_it(cast: Cast, keep: Callable[..., None]) -> None:
    (evidence,) = make_due(cast)
    request = asked(cast, evidence)
    keep(cast, evidence)
    by_service, by_database = KEEPS[keep]

    said = refused(cast.custodian, approve_disposal, disposal=request)

    assert by_service in said.message
    with pytest.raises(DatabaseError, match=by_database):
        as_person(cast.custodian, APPROVE, request.pk)


# Walls: raw SQL past the services, as the application's role


DISPOSE = """
INSERT INTO media_evidence_custodyevent (id, agency_id, case_id, evidence_id, kind, happened_at, position, is_late,
    recorded_by_name, from_name, to_name, place, seal_number, reason, record, salt, previous_hash, hash)
SELECT app.uuid7(), agency_id, case_id, id, 'disposed', now(), 0, false, '', '', '', '', '', %s, '', '', '', ''
FROM media_evidence_evidence WHERE id = %s
"""


def test_nobody_approves_their_own_request_in_the_database_either(cast: Cast) -> None:
    (evidence,) = make_due(cast)
    request = asked(cast, evidence)

    with pytest.raises(DatabaseError, match="disposal_two_people"):
        as_person(cast.supervisor, APPROVE, request.pk)
    with pytest.raises(DatabaseError, match="disposal_two_people"):
        # Whoever is signed in answers, not whom the statement names.
        as_person(
            cast.supervisor,
            "UPDATE media_evidence_disposal SET state = 'approved', answered_by_id = %s WHERE id = %s",
            cast.custodian.pk,
            request.pk,
        )


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE media_evidence_disposal SET reason = 'x' WHERE id = %s", "never changes"),
        ("UPDATE media_evidence_disposal SET state = 'done' WHERE id = %s", "with a certificate"),
        ("UPDATE media_evidence_disposal SET due_at = now() WHERE id = %s", "does not move this way"),
        ("UPDATE media_evidence_disposal SET state = 'waiting' WHERE id = %s", "does not move this way"),
        ("DELETE FROM media_evidence_disposal WHERE id = %s", r"permission denied|never deleted"),
        ("TRUNCATE media_evidence_disposal", "permission denied"),
    ],
)
def test_what_was_decided_is_not_rewritten(cast: Cast, statement: str, sentence: str) -> None:
    (evidence,) = make_due(cast)
    disposal = approved(cast, evidence)

    with pytest.raises(DatabaseError, match=sentence):
        as_person(cast.admin, statement, *([disposal.pk] if "%s" in statement else []))


def test_requests_are_made_in_ones_own_name_and_begin_as_requests(cast: Cast) -> None:
    (evidence,) = make_due(cast)
    insert = """
        INSERT INTO media_evidence_disposal
            (id, agency_id, case_id, evidence_id, state, reason, asked_at, asked_by_id, note)
        SELECT app.uuid7(), agency_id, case_id, id, %s, 'x', now(), %s, '' FROM media_evidence_evidence WHERE id = %s
    """
    for state, person, sentence in (
        ("waiting", cast.custodian.pk, "in their own name"),
        ("approved", cast.supervisor.pk, "begins as a request"),
    ):
        with pytest.raises(DatabaseError, match=sentence):
            as_person(cast.supervisor, insert, state, person, evidence.pk)
    asked(cast, evidence)
    with pytest.raises(DatabaseError, match="disposal_one_under_way"):
        as_person(cast.supervisor, insert, "waiting", cast.supervisor.pk, evidence.pk)


def test_nothing_is_disposed_of_without_two_people_and_a_week(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    for make in (lambda: None, lambda: asked(cast, evidence), lambda: approve_now(cast, evidence)):
        make()
        with pytest.raises(DatabaseError, match="Two people decide"):
            as_person(cast.admin, DISPOSE, "x", evidence.pk)
    with pytest.raises(DatabaseError, match="evidence_disposed_by_its_chain"):
        as_person(
            cast.admin,
            "UPDATE media_evidence_evidence SET integrity = 'disposed' WHERE id = %s",
            evidence.pk,
        )
    with pytest.raises(DatabaseError, match="follows the entry of custody"):
        as_person(
            cast.admin,
            """INSERT INTO media_evidence_disposalcertificate (id, agency_id, number, evidence_id, disposal_id)
               SELECT app.uuid7(), agency_id, 'D-1', evidence_id, id FROM media_evidence_disposal LIMIT 1""",
        )


def approve_now(cast: Cast, evidence: Evidence) -> None:
    access = access_for(cast.custodian)
    with agency_scope(access):
        request = Disposal.objects.visible_to(access).get(evidence_id=evidence.pk)
        approve_disposal(access=access, disposal=request)


def test_categories_cannot_be_given_across_agencies(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    with pytest.raises(DatabaseError, match="agency_fk"):
        as_person(
            cast.admin,
            """INSERT INTO media_evidence_exhibitcategory (id, agency_id, case_id, evidence_id, category_id, given_at)
               SELECT app.uuid7(), agency_id, case_id, id, %s, now() FROM media_evidence_evidence WHERE id = %s""",
            category_of_south(cast),
            evidence.pk,
        )
