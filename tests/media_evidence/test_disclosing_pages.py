"""The console's pages for disclosures, and the API: giving, the list, what was fetched, revoking."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case
from media_evidence.jobs import make_disclosed_files
from media_evidence.models import Disclosure, Redaction
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import get, post, refusal
from tests.support.cases import make_case
from tests.support.disclosing import LINK, RECIPIENT, case_with_copies, fetched, files_of, give, given, let_in
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db
SHOWN = re.compile(r"data-secret>([^<]+)<")


def address(name: str, key: Any) -> str:
    return reverse(f"admin:media_evidence_disclosure_{name}", args=[key])


def disclose_page(case: Case) -> str:
    return reverse("admin:cases_case_disclose", args=[case.pk])


def filled_in(given_copies: list[Redaction], **values: Any) -> dict[str, Any]:
    keys = [str(copy.pk) for copy in given_copies]
    return {**RECIPIENT, "copies": keys, "days": "7", "most_downloads": "2", **values}


def the_disclosure(cast: Cast) -> Disclosure:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return Disclosure.objects.visible_to(access).get()


def test_copies_go_from_the_case_s_page_to_revoking(cast: Cast) -> None:
    case, copies = case_with_copies(cast)
    supervisor = console_client(cast.supervisor)
    page = supervisor.get(reverse("admin:cases_case_change", args=[case.pk])).content.decode()
    assert disclose_page(case) in page
    asked = supervisor.get(disclose_page(case)).content.decode()
    assert f"{copies[0].evidence}: {copies[0]}" in asked

    shown = supervisor.post(disclose_page(case), filled_in(copies))

    link = SHOWN.search(shown.content.decode())
    disclosure = the_disclosure(cast)
    assert link is not None
    assert Client().get(urlsplit(link.group(1)).path).status_code == 200
    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    told = supervisor.get(address("change", disclosure.pk)).content.decode()
    (file,) = files_of(disclosure)
    for words in (disclosure.number, "Dana Defence", "dana@defence.example", "Order 7", file.sha256, "Open"):
        assert words in told
    page = supervisor.get(reverse("admin:cases_case_change", args=[case.pk])).content.decode()
    assert address("revoke", disclosure.pk) in page
    revoked = supervisor.post(address("revoke", disclosure.pk), {"reason": "The trial is over."}, follow=True)
    assert "The trial is over." in revoked.content.decode()
    assert address("revoke", disclosure.pk) not in revoked.content.decode()


def test_what_was_fetched_stands_on_its_page(cast: Cast) -> None:
    disclosure, path = given(cast)
    (file,) = files_of(disclosure)
    fetched(let_in(disclosure, path), path, file.pk)

    page = console_client(cast.auditor).get(address("change", disclosure.pk)).content.decode()

    assert "127.0.0.1" in page
    assert address("revoke", disclosure.pk) not in page


@pytest.mark.parametrize(
    "values",
    [
        {"copies": []},
        {"recipient_email": "dana"},
        {"recipient_name": ""},
        {"days": "0"},
        {"days": "31"},
        {"days": "99999999999"},
        {"most_downloads": "101"},
    ],
)
def test_what_is_filled_in_wrong_comes_back(cast: Cast, values: dict[str, Any]) -> None:
    case, copies = case_with_copies(cast)

    answer = console_client(cast.supervisor).post(disclose_page(case), filled_in(copies, **values))

    assert answer.status_code == 200
    assert answer.context["form"].errors
    with agency_scope(operator_access(cast.north.pk)):
        assert not Disclosure._base_manager.exists()


def test_without_a_copy_the_page_says_what_comes_first(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)

    page = console_client(cast.supervisor).get(disclose_page(case)).content.decode()

    assert "There is no redacted copy that can be given" in page


def test_who_does_not_manage_evidence_gives_nothing(cast: Cast) -> None:
    case, copies = case_with_copies(cast)
    officer = console_client(cast.officer)

    assert (
        disclose_page(case)
        not in officer.get(reverse("admin:cases_case_change", args=[case.pk])).content.decode()
    )
    assert officer.post(disclose_page(case), filled_in(copies)).status_code == 403


def test_disclosures_are_found_by_number_and_recipient(cast: Cast) -> None:
    case, copies = case_with_copies(cast)
    disclosure, _ = give(cast, case, copies)
    client = console_client(cast.supervisor)
    listed = reverse("admin:media_evidence_disclosure_changelist")

    found = [
        client.get(listed, {"q": words}).content.decode()
        for words in (disclosure.number, "defence", "nobody")
    ]

    assert [address("change", disclosure.pk) in page for page in found] == [True, True, False]


def test_the_api_gives_lists_and_revokes(cast: Cast) -> None:
    case, (copy,) = case_with_copies(cast)
    body = {**RECIPIENT, "copies": [str(copy.pk)]}
    place = f"cases/{case.pk}/disclosures"
    assert refusal(post(cast.officer, place, body))[0] == 403
    assert refusal(post(cast.supervisor, place, {**body, "copies": []}))[0] == 400

    made = post(cast.supervisor, place, body)

    told = made.json()
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1/disclosures/{told['id']}")
    assert LINK.fullmatch(told["link"])
    assert (told["state"], told["most_downloads"], told["downloads"]) == ("preparing", 3, 0)
    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=told["id"])
    (listed,) = get(cast.officer, place).json()["data"]
    assert (listed["state"], "link" in listed, listed["files"][0]["downloads"]) == ("open", False, 0)
    assert listed["files"][0]["redaction"] == str(copy.pk)
    assert refusal(get(cast.south_admin, f"disclosures/{told['id']}"))[0] == 404
    assert refusal(post(cast.south_admin, f"disclosures/{told['id']}/revoke", {"reason": "x"}))[0] == 404
    revoked = post(
        cast.supervisor, f"disclosures/{told['id']}/revoke", {"reason": "The trial is over."}
    ).json()
    assert (revoked["state"], revoked["revoke_reason"]) == ("revoked", "The trial is over.")
    assert refusal(post(cast.supervisor, f"disclosures/{told['id']}/revoke", {"reason": "x"}))[0] == 409
