"""Quarantine: no door hands out, shows or plays a file that is not known to be clean; one does, by right and reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from accounts.models import User
from media_evidence.bundle.gathering import gather
from media_evidence.custody.checking import custody_breaks
from media_evidence.jobs import (
    carry_out_disposals,
    inspect_evidence_job,
    make_redaction_job,
    scan_evidence_job,
)
from media_evidence.models import CustodyEvent, Evidence
from media_evidence.scanning import Choice, scan_store
from nethra.audit.models import AuditEvent
from nethra.core.errors import Conflict
from nethra.core.scope import agency_scope
from tests.api.calls import get, post, refusal
from tests.support import seeds
from tests.support.cases import make_case
from tests.support.clamd import EICAR, Clamd
from tests.support.keeping import approved, let_a_week_pass, make_due
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.scans import fresh, infected, scanned, taken_in, whole
from tests.support.secrets import make_restricted, share_with
from tests.support.stored import content_of

pytestmark = pytest.mark.django_db

WAITS = "The file is in quarantine: it waits to be scanned for malware."
HOSTILE = "The file is in quarantine: malware was found in it."
DOORS = ("file", "preview", "thumbnail")


def pictured(cast: Cast) -> Evidence:
    """Return a photo that was looked into and not scanned yet."""
    evidence = taken_in(cast, seeds.picture(), name="window.jpg")
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    return fresh(evidence)


def page(user: User, evidence: Evidence, name: str = "change") -> Any:
    return console_client(user).get(reverse(f"admin:media_evidence_evidence_{name}", args=[evidence.pk]))


def handed_out(user: User, evidence: Evidence, reason: str = "For the laboratory") -> Any:
    return post(user, f"evidence/{evidence.pk}/quarantined-file", {"reason": reason})


def events(evidence: Evidence, action: str) -> list[AuditEvent]:
    access = whole(evidence)
    with agency_scope(access):
        return list(AuditEvent.objects.visible_to(access).filter(object_id=evidence.pk, action=action))


# Closed doors


def test_until_it_is_clean_no_door_of_the_api_opens(cast: Cast, scanner: Clamd) -> None:
    evidence = pictured(cast)

    for door in DOORS:
        answer = get(cast.admin, f"evidence/{evidence.pk}/{door}")
        assert refusal(answer) == (409, "quarantined")
        assert answer.json()["detail"] == WAITS
    part = get(cast.officer, f"evidence/{evidence.pk}/file", Range="bytes=0-1")
    assert refusal(part) == (409, "quarantined")
    assert events(evidence, "evidence_downloaded") == []

    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    assert [get(cast.officer, f"evidence/{evidence.pk}/{door}").status_code for door in DOORS] == [200] * 3


def test_nor_does_one_of_the_console(cast: Cast, scanner: Clamd) -> None:
    evidence = pictured(cast)

    for door in DOORS:
        answer = page(cast.officer, evidence, door)
        assert (answer.status_code, answer.headers["Content-Type"]) == (409, "text/plain")
        assert answer.content.decode() == WAITS
    shown = page(cast.officer, evidence).content.decode()
    assert WAITS in shown
    assert f"{evidence.pk}/thumbnail/" not in shown
    assert f"{evidence.pk}/preview/" not in shown
    listed = console_client(cast.officer).get("/console/media_evidence/evidence/").content.decode()
    assert "Photo; in quarantine" in listed
    assert f"{evidence.pk}/thumbnail/" not in listed


def test_a_text_that_is_in_quarantine_is_not_shown(cast: Cast, scanner: Clamd) -> None:
    evidence = taken_in(cast, b"Meet me at the harbour. " * 30)
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    assert "harbour" not in page(cast.officer, evidence).content.decode()
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    assert "harbour" in page(cast.officer, evidence).content.decode()


def test_a_film_in_quarantine_is_not_played(cast: Cast, scanner: Clamd) -> None:
    evidence = taken_in(cast, seeds.film(), name="street.mp4")

    assert "<video" not in page(cast.officer, evidence).content.decode()
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    assert "<video" in page(cast.officer, evidence).content.decode()


def test_what_the_file_says_is_read_all_the_same(cast: Cast, scanner: Clamd) -> None:
    evidence = pictured(cast)

    assert get(cast.officer, f"evidence/{evidence.pk}/facts").json()["camera_make"] == "Northlight"


def test_an_infected_file_stays_there_when_the_scanner_is_taken_away(
    cast: Cast, scanner: Clamd, settings: Any
) -> None:
    evidence, clean, waiting = infected(cast), scanned(cast), taken_in(cast)
    settings.CLAMD = None

    answers = [get(cast.officer, f"evidence/{one.pk}/file") for one in (evidence, clean, waiting)]

    assert [answer.status_code for answer in answers] == [409, 200, 200]
    assert answers[0].json()["detail"] == HOSTILE


def test_another_agency_gets_no_file_that_is_in_quarantine(cast: Cast, scanner: Clamd) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    evidence, clean = infected(cast, case), scanned(cast, case=case)
    fields = ["case.title", "evidence.title"]
    share = share_with(access_for(cast.supervisor), case, fields=fields, level="download")
    only_read = share_with(access_for(cast.supervisor), case, fields=fields)

    answers = [
        get(cast.south_officer, f"shared/{one.pk}/files/{exhibit.pk}")
        for one, exhibit in [(share, evidence), (share, clean), (only_read, evidence)]
    ]
    shown = console_client(cast.south_officer).get(f"/console/shared/{share.pk}/files/{evidence.pk}/")

    assert [answer.status_code for answer in answers] == [409, 200, 404]
    assert refusal(answers[0]) == (409, "quarantined")
    assert (shown.status_code, shown.content.decode()) == (409, HOSTILE)


def test_a_bundle_holds_none_unless_that_is_said(cast: Cast, scanner: Clamd) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    infected(cast, case)
    scanned(cast, case=case)
    access = whole(taken_in(cast, case=case))

    with pytest.raises(Conflict, match=r"^E-01, E-03: in quarantine") as refused:
        gather(access, case.number)
    bundle = gather(access, case.number, with_quarantined=True)

    assert refused.value.code == "quarantined"
    assert [exhibit.position for exhibit in bundle.exhibits] == [1, 2, 3]


def test_no_copy_is_made_of_it_and_none_that_was_made_goes_out(cast: Cast, scanner: Clamd) -> None:
    evidence = scanned(cast, b"Meet me at the harbour. " * 30)
    order = {"regions": [{"reason": "victim", "start": 0, "end": 4}]}
    copies = [post(cast.officer, f"evidence/{evidence.pk}/redactions", order).json() for _ in range(2)]
    make_redaction_job(agency_id=cast.north.pk, redaction_id=UUID(copies[0]["id"]))
    assert get(cast.officer, f"redactions/{copies[0]['id']}/file").status_code == 200

    scanner.kill()
    scanner.learn("Nethra.Test.Harbour", b"Meet me at the harbour.")
    scanner.start()
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    told = {"to_name": "The court", "reason": "Order 12/26"}
    for answer in (
        get(cast.officer, f"evidence/{evidence.pk}/page"),
        post(cast.officer, f"evidence/{evidence.pk}/redactions", order),
        get(cast.officer, f"redactions/{copies[0]['id']}/file"),
        post(cast.supervisor, f"redactions/{copies[0]['id']}/release", told),
    ):
        assert refusal(answer) == (409, "quarantined")
    make_redaction_job(agency_id=cast.north.pk, redaction_id=UUID(copies[1]["id"]))
    failed = get(cast.officer, f"redactions/{copies[1]['id']}").json()
    assert (failed["state"], failed["note"]) == ("failed", HOSTILE)


@pytest.mark.django_db(transaction=True)
def test_what_was_disposed_of_is_neither_scanned_nor_kept_back(committed_cast: Cast, scanner: Clamd) -> None:
    cast = committed_cast
    (evidence,) = make_due(cast, EICAR)
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    assert refusal(get(cast.supervisor, f"evidence/{evidence.pk}/file")) == (409, "quarantined")

    approved(cast, evidence)
    let_a_week_pass()
    for _ in range(2):
        carry_out_disposals(agency_id=cast.north.pk)
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    assert refusal(get(cast.supervisor, f"evidence/{evidence.pk}/file")) == (410, "disposed")
    assert refusal(handed_out(cast.supervisor, evidence)) == (410, "disposed")
    assert fresh(evidence).scan == "infected", "What was said of it stays."
    assert scan_store(access=whole(evidence), choice=Choice(is_all=True)).scanned == 0
    assert "Evidence in quarantine" not in console_client(cast.supervisor).get("/console/").content.decode()


# The one that opens


@pytest.mark.parametrize("make", [infected, taken_in])
def test_who_manages_evidence_gets_it_for_a_reason(
    cast: Cast, scanner: Clamd, make: Callable[..., Evidence]
) -> None:
    evidence = make(cast)
    content = content_of(evidence)

    answer = handed_out(cast.custodian, evidence)

    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="note.txt.quarantined"'
    (event,) = events(evidence, "quarantined_evidence_downloaded")
    assert (event.reason, event.actor_id) == ("For the laboratory", cast.custodian.pk)
    assert json.loads(event.body)["scan"] == evidence.scan


def test_it_stands_in_the_chain_of_custody(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)

    list(handed_out(cast.custodian, evidence).streaming_content)

    access, stored = whole(evidence), fresh(evidence)
    with agency_scope(access):
        entries = CustodyEvent.objects.visible_to(access).filter(evidence_id=evidence.pk, kind="downloaded")
        assert [entry.recorded_by_id for entry in entries] == [cast.custodian.pk]
        assert custody_breaks(access, [stored]) == {}


def test_nobody_else_does_and_not_without_a_reason(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)

    assert refusal(handed_out(cast.officer, evidence)) == (403, "not_allowed")
    assert refusal(handed_out(cast.auditor, evidence)) == (403, "not_allowed")
    assert refusal(handed_out(cast.south_admin, evidence)) == (404, "not_found")
    for reason in ("", "   ", "x" * 1001):
        answer = handed_out(cast.custodian, evidence, reason)
        assert refusal(answer) == (400, "invalid_input")
        assert list(answer.json()["errors"]) == ["reason"]
    assert events(evidence, "quarantined_evidence_downloaded") == []


def test_a_clean_file_does_not_come_that_way(cast: Cast, scanner: Clamd) -> None:
    assert refusal(handed_out(cast.custodian, scanned(cast))) == (409, "not_quarantined")


def test_of_a_case_that_is_closed_to_them_nobody_gets_it(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast, make_restricted(cast))

    assert handed_out(cast.custodian, evidence).status_code == 404


def test_the_console_asks_for_what_it_is_needed(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)
    address = f"/console/media_evidence/evidence/{evidence.pk}/quarantined-file/"
    client = console_client(cast.custodian)

    assert address in page(cast.custodian, evidence).content.decode()
    assert f"/{evidence.pk}/download/" not in page(cast.custodian, evidence).content.decode()
    assert "For what it is needed" in client.get(address).content.decode()
    assert client.post(address, {"reason": " "}).status_code == 200
    answer: Any = client.post(address, {"reason": "For the laboratory"})
    assert b"".join(answer.streaming_content) == EICAR
    assert answer.headers["Content-Type"] == "application/octet-stream"
    (event,) = events(evidence, "quarantined_evidence_downloaded")
    assert event.reason == "For the laboratory"


def test_the_console_asks_nobody_else(cast: Cast, scanner: Clamd) -> None:
    evidence, clean = infected(cast), scanned(cast)
    address = f"/console/media_evidence/evidence/{evidence.pk}/quarantined-file/"

    assert address not in page(cast.officer, evidence).content.decode()
    assert console_client(cast.officer).get(address).status_code == 403
    assert console_client(cast.officer).post(address, {"reason": "x"}).status_code == 403
    assert "quarantined-file" not in page(cast.custodian, clean).content.decode()


# Who is told


def test_page_list_and_filters_say_how_it_stands(cast: Cast, scanner: Clamd) -> None:
    evidence, clean = infected(cast), scanned(cast)
    listed = console_client(cast.officer)

    def keys(query: str) -> list[bool]:
        shown = listed.get(f"/console/media_evidence/evidence/?{query}").content.decode()
        return [str(one.pk) in shown for one in (evidence, clean)]

    assert "was found, " in page(cast.officer, evidence).content.decode()
    assert keys("") == [True, True]
    assert keys("scan__exact=infected") == [True, False]
    assert keys("scan__exact=clean") == [False, True]
    assert keys("quarantine=yes") == [True, False]
    for state, one in (("infected", evidence), ("clean", clean)):
        assert [row["id"] for row in get(cast.officer, f"evidence?scan={state}").json()["data"]] == [
            str(one.pk)
        ]
    assert refusal(get(cast.officer, "evidence?scan=odd")) == (400, "invalid_parameter")


def test_the_page_says_that_nobody_scans(cast: Cast) -> None:
    assert "It was not scanned: no scanner is set up." in page(cast.officer, taken_in(cast)).content.decode()


def test_the_dashboard_says_it_to_those_who_manage_evidence(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)

    def first_page(user: User) -> str:
        return console_client(user).get(reverse("admin:index")).content.decode()

    assert "Evidence in quarantine" not in first_page(cast.officer)
    shown = first_page(cast.supervisor)
    assert "Evidence in quarantine" in shown
    assert evidence.scan_signature in shown


def test_nothing_of_a_scan_is_written_over_the_api(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)

    answer = api_client(cast.officer).patch(
        f"/api/v1/evidence/{evidence.pk}", {"scan": "clean"}, format="json", headers={"If-Match": "*"}
    )

    assert refusal(answer) == (400, "invalid_input")
    assert fresh(evidence).scan == "infected"


def test_the_audit_holds_what_each_scan_said(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)
    changes = [json.loads(event.body)["new"] for event in events(evidence, "update")]

    assert [(each["scan"], each["scan_signature"]) for each in changes if "scan" in each] == [
        ("infected", evidence.scan_signature)
    ]
