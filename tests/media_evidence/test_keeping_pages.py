"""Retention and disposal over the API and on the console: one story, and each wrong input."""

from __future__ import annotations

from typing import Any

import pytest

from media_evidence.models import Disposal
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import get, post, refusal
from tests.support.keeping import asked, category_of, fresh, make_due
from tests.support.people import Cast, api_client, console_client

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"
NOWHERE = "00000000-0000-7000-8000-000000000000"


def test_the_story_over_the_api(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    told = get(cast.officer, f"evidence/{evidence.pk}/retention").json()
    made = post(cast.supervisor, "disposals", {"evidence": str(evidence.pk), "reason": "Over"})
    key = made.json()["id"]
    own = post(cast.supervisor, f"disposals/{key}/approve", {})
    approved = post(cast.custodian, f"disposals/{key}/approve", {})
    early = get(cast.officer, f"disposals/{key}/certificate")
    back = post(cast.admin, f"disposals/{key}/call-back", {"reason": "The insurer asked."})
    found = get(cast.auditor, f"disposals?evidence={evidence.pk}&state=called_back").json()

    assert told == {
        "is_due": True,
        "due_at": told["due_at"],
        "reason": "Due by Returned: 0 days, counted from when the case was closed.",
        "categories": [str(category_of(cast).pk)],
    }
    assert (made.status_code, made.headers["Location"]) == (201, f"{ROOT}/disposals/{key}")
    assert refusal(own) == (403, "second_person")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert refusal(early) == (404, "not_certified")
    assert (back.status_code, back.json()["note"]) == (200, "The insurer asked.")
    assert [row["id"] for row in found["data"]] == [key]


def test_categories_over_the_api(cast: Cast) -> None:
    (evidence,) = make_due(cast)

    made = post(cast.custodian, "retention-categories", {"name": "Drugs", "days": 90}).json()
    changed = api_client(cast.custodian).patch(
        f"{ROOT}/retention-categories/{made['id']}", {"days": 120}, format="json"
    )
    given = post(cast.custodian, f"evidence/{evidence.pk}/retention", {"categories": [made["id"]]})
    again = post(cast.custodian, "retention-categories", {"name": "drugs", "days": 1})

    assert changed.json()["days"] == 120
    assert given.json()["reason"] == "Kept by Drugs: 120 days, counted from when the case was closed."
    assert refusal(again)[0] == 400
    assert "Drugs" in [row["name"] for row in get(cast.officer, "retention-categories").json()["data"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("disposals", {"evidence": "{evidence}"}, 400),
        ("disposals", {"evidence": "{evidence}", "reason": ""}, 400),
        ("disposals", {"evidence": "{evidence}", "reason": "x" * 1001}, 400),
        ("disposals", {"evidence": "no key", "reason": "x"}, 400),
        ("disposals", {"evidence": NOWHERE, "reason": "x"}, 404),
        ("disposals", {"evidence": "{evidence}", "reason": "x", "state": "approved"}, 400),
        ("retention-categories", {"name": "x", "days": -1}, 400),
        ("retention-categories", {"name": "x", "days": 36_526}, 400),
        ("retention-categories", {"name": "x", "days": 1, "starts": "birth"}, 400),
        ("evidence/{evidence}/retention", {"categories": [NOWHERE]}, 400),
        ("evidence/{evidence}/retention", {"categories": "x"}, 400),
        ("evidence/{evidence}/retention", {}, 400),
    ],
)
def test_wrong_input_is_refused_and_nothing_is_written(
    cast: Cast, path: str, body: dict[str, Any], status: int
) -> None:
    (evidence,) = make_due(cast)
    key = str(evidence.pk)
    said = {
        name: value.format(evidence=key) if value == "{evidence}" else value for name, value in body.items()
    }

    answer = post(cast.supervisor, path.format(evidence=key), said)

    assert answer.status_code == status
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        assert not Disposal.objects.visible_to(access).exists()


def test_the_story_on_the_console(cast: Cast) -> None:
    (evidence,) = make_due(cast)
    supervisor, custodian = console_client(cast.supervisor), console_client(cast.custodian)
    exhibit = f"/console/media_evidence/evidence/{evidence.pk}"

    page = supervisor.get(f"{exhibit}/change/").content.decode()
    assert "Due by Returned: 0 days" in page
    assert f"{exhibit}/dispose" in page
    empty = supervisor.post(f"{exhibit}/dispose/", {"reason": ""})
    assert "Say why it is disposed of." in empty.content.decode()
    assert supervisor.post(f"{exhibit}/dispose/", {"reason": "Over"}).status_code == 302
    disposal = only(cast)
    address = f"/console/media_evidence/disposal/{disposal.pk}"

    assert "Disposals that wait for a second person" in custodian.get("/console/").content.decode()
    assert "Disposals that wait" not in supervisor.get("/console/").content.decode()
    listed = custodian.get("/console/media_evidence/disposal/?who=me").content.decode()
    assert evidence.case.number in listed
    assert f"{address}/approve" not in supervisor.get(f"{address}/change/").content.decode()
    assert f"{address}/approve" in custodian.get(f"{address}/change/").content.decode()
    refused = custodian.post(f"{address}/decline/", {"reason": ""}).content.decode()
    assert "Say why it is kept." in refused
    assert custodian.post(f"{address}/approve/", {}).status_code == 302
    assert only(cast).state == "approved"
    assert custodian.get(f"{address}/printed/").status_code == 404
    assert custodian.post(f"{address}/call-back/", {"reason": "The insurer asked."}).status_code == 302
    assert only(cast).state == "called_back"
    assert console_client(cast.officer).post(f"{address}/approve/", {}).status_code == 403


def only(cast: Cast) -> Disposal:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return Disposal.objects.visible_to(access).get()


def test_categories_on_the_console(cast: Cast) -> None:
    (evidence,) = make_due(cast)
    custodian = console_client(cast.custodian)
    base = "/console/media_evidence/retentioncategory"

    values = {"name": "Drugs", "days": "90", "starts": "case_closed", "is_offered": "on"}
    assert custodian.post(f"{base}/add/", values).status_code == 302
    again = custodian.post(f"{base}/add/", {**values, "name": "DRUGS"})
    assert "There is a category of this name already." in again.content.decode()
    address = f"/console/media_evidence/evidence/{evidence.pk}/retention/"
    assert "Returned" in custodian.get(address).content.decode()
    assert custodian.post(address, {"categories": []}).status_code == 302
    page = custodian.get(f"/console/media_evidence/evidence/{evidence.pk}/change/").content.decode()
    assert "No category: it is kept without end." in page
    said = console_client(cast.supervisor).post(
        f"/console/media_evidence/evidence/{evidence.pk}/dispose/", {"reason": "Over"}
    )
    assert "No category: it is kept without end." in said.content.decode()
    assert console_client(cast.officer).get(address).status_code == 403
    assert fresh(evidence).custody == "held"


def test_what_is_asked_for_is_shown_to_whoever_sees_the_exhibit_alone(cast: Cast) -> None:
    (evidence,) = make_due(cast)
    disposal = asked(cast, evidence)

    assert get(cast.officer, f"disposals/{disposal.pk}").status_code == 200
    assert get(cast.analyst, f"disposals/{disposal.pk}").status_code == 403
    assert get(cast.prosecutor, f"disposals/{disposal.pk}").status_code == 404
    assert get(cast.south_admin, f"disposals/{disposal.pk}").status_code == 404
