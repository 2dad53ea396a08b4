"""Custody over the API and on the console's pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from media_evidence.admin.custody import STEPS
from media_evidence.custody.chain import Link, breaks_of
from media_evidence.custody.verbs import BY_HAND
from media_evidence.models import Evidence
from nethra.audit.models import AuditEvent
from nethra.core.scope import agency_scope
from tests.api.calls import get, post, refusal
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db


def exhibit(cast: Cast) -> Evidence:
    access = access_for(cast.officer)
    return make_evidence(access, make_case(access, lead_id=cast.officer.pk))


def step(user: Any, evidence: Evidence, kind: str, **values: Any) -> Any:
    return post(user, f"evidence/{evidence.pk}/custody", {"kind": kind, **values})


def page(name: str, evidence: Evidence, *more: str) -> str:
    return reverse(f"admin:media_evidence_evidence_{name}", args=[evidence.pk, *more])


# The API


def test_a_program_checks_the_chain_itself(cast: Cast) -> None:
    evidence = exhibit(cast)
    assert step(cast.officer, evidence, "analysed", reason="Enlarged").status_code == 201

    entries = get(cast.officer, f"evidence/{evidence.pk}/custody").json()["data"]

    links = [Link(e["position"], e["record"], e["previous_hash"], e["hash"]) for e in entries]
    shown = get(cast.officer, f"evidence/{evidence.pk}").json()
    assert [entry["kind"] for entry in entries] == ["received", "analysed"]
    assert breaks_of(shown["id"], shown["sha256"], links, count=2, head=shown["custody_head"]) == []


def test_a_hand_over_from_hand_to_hand(cast: Cast) -> None:
    evidence = exhibit(cast)
    person = str(cast.supervisor.pk)

    offered = step(cast.officer, evidence, "transferred", to_person=person, seal_number="S-17")
    waiting = get(cast.supervisor, "evidence?offered_to=me").json()["data"]
    accepted = step(cast.supervisor, evidence, "accepted")

    assert (offered.status_code, accepted.status_code) == (201, 201)
    assert [row["id"] for row in waiting] == [str(evidence.pk)]
    assert accepted.json()["answers"] == offered.json()["id"]
    held = get(cast.supervisor, "evidence?holder=me&custody=held").json()["data"]
    assert [(row["id"], row["holder"]) for row in held] == [(str(evidence.pk), person)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "burnt"}, "kind"),
        ({"kind": "received"}, "kind"),
        ({"kind": "transferred"}, "to_person"),
        ({"kind": "transferred", "to_person": "01a2021d-9776-72a7-b9c5-aad12a7bd734"}, "to_person"),
        ({"kind": "analysed"}, "reason"),
        ({"kind": "analysed", "reason": "x" * 2001}, "reason"),
        ({"kind": "analysed", "reason": "x", "to_name": "y"}, "to_name"),
        ({"kind": "released", "reason": "x"}, "to_name"),
        ({"kind": "analysed", "reason": "x", "happened_at": "2999-01-01T00:00:00Z"}, "happened_at"),
        ({"kind": "analysed", "reason": "x", "hash": "0"}, "hash"),
    ],
)
def test_what_is_wrong_is_said_by_its_field(cast: Cast, body: dict[str, Any], field: str) -> None:
    evidence = exhibit(cast)

    answer = post(cast.officer, f"evidence/{evidence.pk}/custody", body)

    assert refusal(answer)[0] == 400
    assert list(answer.json()["errors"]) == [field]
    assert get(cast.officer, f"evidence/{evidence.pk}").json()["custody_events"] == 1


def test_what_cannot_be_now_is_a_conflict(cast: Cast) -> None:
    evidence = exhibit(cast)

    assert refusal(step(cast.officer, evidence, "accepted")) == (409, "custody_step")
    assert refusal(step(cast.officer, evidence, "returned")) == (409, "custody_step")


def test_nobody_steps_in_from_outside(cast: Cast) -> None:
    evidence = exhibit(cast)

    assert refusal(step(cast.south_officer, evidence, "analysed", reason="x")) == (404, "not_found")
    assert refusal(step(cast.analyst, evidence, "analysed", reason="x"))[0] == 403
    assert refusal(step(cast.auditor, evidence, "analysed", reason="x"))[0] == 403
    assert refusal(get(cast.south_officer, f"evidence/{evidence.pk}/custody")) == (404, "not_found")


def test_a_download_is_an_entry(cast: Cast) -> None:
    evidence = exhibit(cast)

    for _ in range(3):
        answer = get(cast.auditor, f"evidence/{evidence.pk}/file", Range="bytes=0-9")
        assert answer.status_code == 206
        b"".join(answer.streaming_content)

    entries = get(cast.officer, f"evidence/{evidence.pk}/custody").json()["data"]
    assert [(e["kind"], e["recorded_by_name"]) for e in entries[1:]] == [("downloaded", str(cast.auditor))]


def test_the_audit_keeps_what_was_said_where_it_can_be_blanked(cast: Cast) -> None:
    evidence = exhibit(cast)
    step(cast.officer, evidence, "analysed", reason="A word nobody else says")

    access = access_for(cast.admin)
    with agency_scope(access):
        events = AuditEvent.objects.visible_to(access).filter(entity="media_evidence_custodyevent")
        bodies = [event.body for event in events]
    assert bodies
    assert not any("A word nobody else says" in body for body in bodies)


# The console


def test_the_page_shows_where_it_stands_and_keeps_who_looked(cast: Cast) -> None:
    evidence = exhibit(cast)

    first = console_client(cast.officer).get(page("change", evidence)).content.decode()
    console_client(cast.officer).get(page("change", evidence))
    whole = console_client(cast.supervisor).get(page("custody", evidence)).content.decode()

    assert f"In custody: {cast.officer}" in first
    assert "The chain holds" in whole
    assert "2 entries" in whole


def test_buttons_are_those_that_make_sense(cast: Cast) -> None:
    evidence = exhibit(cast)

    def offered(user: Any) -> set[str]:
        text = console_client(user).get(page("change", evidence)).content.decode()
        return {kind for kind in BY_HAND if f'href="{page("step", evidence, kind)}"' in text}

    noted = {"collected", "analysed", "corrected"}
    assert offered(cast.officer) == noted | {"transferred", "released"}
    assert offered(cast.supervisor) == noted | {"transferred", "released", "hold_set"}
    assert offered(cast.auditor) == set()
    step(cast.officer, evidence, "transferred", to_person=str(cast.supervisor.pk))
    assert offered(cast.officer) == noted | {"withdrawn"}
    assert offered(cast.supervisor) == noted | {"withdrawn", "accepted", "declined", "hold_set"}


def test_handing_over_and_accepting_by_hand(cast: Cast) -> None:
    evidence = exhibit(cast)
    giver, taker = console_client(cast.officer), console_client(cast.supervisor)
    asked = giver.get(page("step", evidence, "transferred")).content.decode()

    sent = giver.post(
        page("step", evidence, "transferred"), {"to_person": str(cast.supervisor.pk), "place": "Desk"}
    )
    told = taker.get(page("change", evidence)).content.decode()
    accepted = taker.post(page("step", evidence, "accepted"), {})

    assert str(cast.analyst.pk) not in asked
    assert (sent.status_code, accepted.status_code) == (302, 302)
    assert "handed over to you" in told
    assert get(cast.officer, f"evidence/{evidence.pk}").json()["holder"] == str(cast.supervisor.pk)


def test_a_refused_step_says_why_and_writes_nothing(cast: Cast) -> None:
    evidence = exhibit(cast)
    client = console_client(cast.officer)

    answer = client.post(page("step", evidence, "accepted"), {})
    late = client.post(
        page("step", evidence, "collected"),
        {
            "happened_at_0": (datetime.now(UTC) + timedelta(days=2)).date().isoformat(),
            "happened_at_1": "10:00",
        },
    )

    assert "offered to nobody" in answer.content.decode()
    assert "cannot have happened in the future" in late.content.decode()
    assert client.get(page("step", evidence, "received")).status_code == 404
    assert get(cast.officer, f"evidence/{evidence.pk}").json()["custody_events"] == 1


def test_every_kind_has_its_words() -> None:
    assert set(STEPS) == set(BY_HAND)
