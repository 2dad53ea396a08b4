"""Sharing with other agencies: exactly what was previewed, until it is revoked; the lead handed over and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from cases.models import Case, CaseStatusChange, Share, ShareReading
from cases.people import add_person
from cases.services import change_case
from cases.shared import (
    end_passing_on,
    move_led_case,
    pass_on,
    read_shared,
    return_lead,
    shared_with_us,
    take_lead,
)
from cases.sharing import draft_share, offer_lead, preview, release_share, revoke_share
from nethra.core.capabilities import ROLE_CAPABILITIES, Capability, Role
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client, make_agency, make_user
from tests.support.secrets import adjust, in_an_hour, seal, share_with

pytestmark = pytest.mark.django_db
ALL = [
    "case.title",
    "case.status",
    "case.notes",
    "person.role",
    "person.name",
    "evidence.title",
    "history.to_status",
]


@pytest.fixture
def case(cast: Cast) -> Case:
    access = access_for(cast.supervisor)
    found = make_case(access, title="Night burglaries", notes="The van is grey", lead_id=cast.officer.pk)
    with agency_scope(access):
        add_person(access=access, case=found, role="victim", name="Vera Voss", contact="3 Elm")
        change_case(access=access, case=found, informant_notes="The barber told us")
    make_evidence(access, found, title="Rear window")
    return found


def share(cast: Cast, case: Case, **values: Any) -> Share:
    return share_with(access_for(cast.supervisor), case, **values)


def seen_by(user: Any, share_id: UUID) -> dict[str, Any]:
    access = access_for(user)
    with agency_scope(access):
        return read_shared(access, share_id)


def previewed(cast: Cast, shared: Share) -> dict[str, Any]:
    access = access_for(cast.supervisor)
    with agency_scope(access):
        return preview(access, shared)


def revoke(cast: Cast, shared: Share) -> None:
    access = access_for(cast.supervisor)
    with agency_scope(access):
        revoke_share(access=access, share=shared)


def test_the_other_agency_sees_exactly_what_the_preview_shows(cast: Cast, case: Case) -> None:
    shared = share(cast, case, fields=ALL)

    assert seen_by(cast.south_officer, shared.pk) == previewed(cast, shared)


def test_only_what_was_chosen_is_shared(cast: Cast, case: Case) -> None:
    shared = share(cast, case, fields=["case.title", "person.role"])

    record = seen_by(cast.south_officer, shared.pk)

    assert record["case"] == {"number": case.number, "title": "Night burglaries"}
    assert [set(row) for row in record["people"]] == [{"id", "role"}]
    assert (record["incidents"], record["tasks"], record["evidence"], record["history"]) == ([], [], [], [])


def test_informant_notes_cannot_be_shared(cast: Cast, case: Case) -> None:
    with pytest.raises(InvalidInput) as problem:
        share(cast, case, fields=["case.informant_notes"])
    assert problem.value.errors == {"fields": ["These cannot be shared: case.informant_notes."]}


def test_a_draft_is_seen_by_nobody(cast: Cast, case: Case) -> None:
    access = access_for(cast.supervisor)
    with agency_scope(access):
        draft = draft_share(
            access=access, case=case, recipient="south", fields=["case.title"], until=in_an_hour()
        )
    south = access_for(cast.south_officer)

    with agency_scope(south):
        assert shared_with_us(south) == []
    with pytest.raises(NotFound):
        seen_by(cast.south_officer, draft.pk)
    assert previewed(cast, draft)["case"]["title"] == "Night burglaries"


def test_what_is_revoked_is_gone_at_once(cast: Cast, case: Case) -> None:
    shared = share(cast, case)
    seen_by(cast.south_officer, shared.pk)

    revoke(cast, shared)

    south = access_for(cast.south_officer)
    with agency_scope(south):
        assert shared_with_us(south) == []
    assert refusal(api_client(cast.south_officer).get(f"{ROOT}/shared/{shared.pk}")) == (404, "not_found")


def test_what_is_over_is_gone(cast: Cast, case: Case) -> None:
    shared = share(cast, case)
    access = access_for(cast.supervisor)
    with agency_scope(access):
        Share.objects.visible_to(access).filter(pk=shared.pk).update(until=in_an_hour() - timedelta(hours=2))

    with pytest.raises(NotFound):
        seen_by(cast.south_officer, shared.pk)


def test_a_third_agency_sees_nothing(cast: Cast, case: Case) -> None:
    shared = share(cast, case)
    west = make_user(make_agency("west"), "admin", "Wes Admin")

    with pytest.raises(NotFound):
        seen_by(west, shared.pk)


def test_a_sealed_case_is_shared_no_more_and_sealed_parts_never(cast: Cast, case: Case) -> None:
    shared = share(cast, case, fields=ALL)
    seal(cast, case, "people", "evidence", "notes")
    partly = seen_by(cast.south_officer, shared.pk)
    assert (partly["people"], partly["evidence"], "notes" in partly["case"]) == ([], [], False)

    access = access_for(cast.admin)
    with agency_scope(access):
        from cases.sealing import remove_case_seal

        remove_case_seal(access=access, case_id=case.pk, order_number="CR-9")
    seal(cast, case)
    with pytest.raises(NotFound):
        seen_by(cast.south_officer, shared.pk)


def test_an_incident_that_another_case_hides_is_not_shared(cast: Cast, case: Case) -> None:
    from cases.services import link_incident
    from incidents.models import Incident
    from tests.support.secrets import make_restricted

    secret = make_restricted(cast)
    access = access_for(cast.officer)
    with agency_scope(access):
        link_incident(access=access, case=secret, incident=Incident(pk=case.primary_incident_id))
    shared = share(cast, case, fields=["case.title", "incident.address"])

    assert seen_by(cast.south_officer, shared.pk)["incidents"] == []


def test_owners_see_who_of_the_other_agency_read_it(cast: Cast, case: Case) -> None:
    shared = share(cast, case)
    seen_by(cast.south_officer, shared.pk)

    access = access_for(cast.supervisor)
    with agency_scope(access):
        (reading,) = ShareReading.objects.visible_to(access)
    assert (reading.reader_name, reading.reader_agency) == ("Sue Officer", "South Police")


def test_it_is_passed_on_where_that_is_allowed_no_more_and_no_longer(cast: Cast, case: Case) -> None:
    west = make_user(make_agency("west"), "officer", "Wes Officer")
    shared = share(cast, case, fields=["case.title", "case.status"], may_reshare=True)
    south = access_for(cast.south_admin)
    until = shared.until - timedelta(minutes=10)

    def onward(**values: Any) -> UUID:
        with agency_scope(south):
            return pass_on(
                access=south,
                share_id=shared.pk,
                **{"recipient": "west", "fields": ["case.title"], "until": until, **values},
            )

    with pytest.raises(InvalidInput, match="no more"):
        onward(fields=["case.title", "case.notes"])
    with pytest.raises(InvalidInput, match="no more"):
        onward(until=shared.until + timedelta(minutes=1))
    with pytest.raises(InvalidInput, match="no more"):
        onward(recipient="north")
    made = onward()

    assert seen_by(west, made)["case"] == {"number": case.number, "title": "Night burglaries"}
    assert seen_by(west, made)["passed_on_by"] == "South Police"
    revoke(cast, shared)
    with pytest.raises(NotFound):
        seen_by(west, made)


def test_who_passed_it_on_takes_it_back(cast: Cast, case: Case) -> None:
    west = make_user(make_agency("west"), "officer", "Wes Officer")
    shared = share(cast, case, may_reshare=True)
    south = access_for(cast.south_admin)
    with agency_scope(south):
        made = pass_on(
            access=south, share_id=shared.pk, recipient="west", fields=["case.title"], until=shared.until
        )
        end_passing_on(access=south, share_id=made)

    with pytest.raises(NotFound):
        seen_by(west, made)


def test_it_is_not_passed_on_otherwise(cast: Cast, case: Case) -> None:
    make_agency("west")
    shared = share(cast, case)
    south = access_for(cast.south_admin)

    with agency_scope(south), pytest.raises(NotAllowed):
        pass_on(access=south, share_id=shared.pk, recipient="west", fields=["case.title"], until=shared.until)


def test_the_lead_is_handed_over_and_back(cast: Cast, case: Case) -> None:
    shared = share(cast, case)
    north, south = access_for(cast.supervisor), access_for(cast.south_admin)
    with agency_scope(south), pytest.raises(Conflict, match="not offered"):
        take_lead(access=south, share_id=shared.pk)
    with agency_scope(north):
        offer_lead(access=north, share=shared)
    with agency_scope(south):
        take_lead(access=south, share_id=shared.pk)
    with agency_scope(north), pytest.raises(Conflict, match="South Police leads"):
        change_case(access=north, case=case, title="Other")
    with agency_scope(south):
        move_led_case(access=south, share_id=shared.pk, target="suspended", reason="Waiting for us")
        with pytest.raises(Conflict):
            move_led_case(access=south, share_id=shared.pk, target="open", reason="x")
        with pytest.raises(InvalidInput):
            move_led_case(access=south, share_id=shared.pk, target="referred", reason="x")
        return_lead(access=south, share_id=shared.pk)
        with pytest.raises(Conflict):
            return_lead(access=south, share_id=shared.pk)
    with agency_scope(north):
        changed = change_case(access=north, case=case, title="Ours again")
        steps = [(step.to_status, step.reason) for step in CaseStatusChange.objects.visible_to(north)]

    assert (changed.status, changed.led_by_agency) == ("suspended", "")
    assert ("suspended", "Waiting for us") in steps


def test_revoking_brings_the_lead_home(cast: Cast, case: Case) -> None:
    shared = share(cast, case)
    north, south = access_for(cast.supervisor), access_for(cast.south_admin)
    with agency_scope(north):
        offer_lead(access=north, share=shared)
    with agency_scope(south):
        take_lead(access=south, share_id=shared.pk)

    revoke(cast, shared)

    with agency_scope(north):
        assert Case.objects.visible_to(north).get(pk=case.pk).led_by_agency_id is None
    with agency_scope(south), pytest.raises(DomainError):
        move_led_case(access=south, share_id=shared.pk, target="suspended", reason="x")


def test_files_go_along_where_the_level_says_so(cast: Cast, case: Case) -> None:
    fields = ["case.title", "evidence.title"]
    viewing = share(cast, case, fields=fields)
    loading = share(cast, case, fields=fields, level="download")
    client = api_client(cast.south_officer)
    (exhibit,) = seen_by(cast.south_officer, loading.pk)["evidence"]

    refused = client.get(f"{ROOT}/shared/{viewing.pk}/files/{exhibit['id']}")
    sent = client.get(f"{ROOT}/shared/{loading.pk}/files/{exhibit['id']}")

    assert refusal(refused) == (404, "not_found")
    body: Any = sent
    assert b"".join(body.streaming_content).startswith(b"\xff\xd8\xff")
    revoke(cast, loading)
    assert client.get(f"{ROOT}/shared/{loading.pk}/files/{exhibit['id']}").status_code == 404


@pytest.mark.parametrize(
    ("withheld", "field"),
    [(Capability.READ_VICTIMS, "person.name"), (Capability.VIEW_EVIDENCE, "evidence.file_name")],
)
def test_nobody_shares_what_is_withheld_from_themselves(
    cast: Cast, case: Case, withheld: Capability, field: str
) -> None:
    adjust(cast, "supervisor", capabilities=ROLE_CAPABILITIES[Role.SUPERVISOR] - {withheld})

    with pytest.raises(NotAllowed):
        share(cast, case, fields=[field])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipient": "nowhere"}, "recipient"),
        ({"recipient": "north"}, "recipient"),
        ({"fields": []}, "fields"),
        ({"level": "own"}, "level"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(
    cast: Cast, case: Case, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as problem:
        share(cast, case, **values)
    assert set(problem.value.errors) == {field}


def test_a_revoked_share_is_not_released_again(cast: Cast, case: Case) -> None:
    access = access_for(cast.supervisor)
    with agency_scope(access):
        draft = draft_share(
            access=access, case=case, recipient="south", fields=["case.title"], until=in_an_hour()
        )
        revoke_share(access=access, share=draft)
        with pytest.raises(Conflict, match="revoked"):
            release_share(access=access, share=draft)


def test_the_rows_themselves_stay_at_home(cast: Cast, case: Case) -> None:
    share(cast, case)
    south = access_for(cast.south_admin)

    with agency_scope(south), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_share")
        shares = cursor.fetchone()[0]
        assert not Case.objects.visible_to(south).exists()
    assert shares == 0


def test_an_incident_is_shared_too(cast: Cast, case: Case) -> None:
    from incidents.models import Incident

    access = access_for(cast.supervisor)
    with agency_scope(access):
        incident = Incident.objects.visible_to(access).get(pk=case.primary_incident_id)
        draft = draft_share(
            access=access,
            incident=incident,
            recipient="south",
            fields=["incident.address"],
            until=in_an_hour(),
        )
        release_share(access=access, share=draft)

    (row,) = seen_by(cast.south_officer, draft.pk)["incidents"]
    assert row == {"id": str(incident.pk), "number": incident.number, "address": "12 Mission Street"}
