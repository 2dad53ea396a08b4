"""Records are changed by version: nobody overwrites what somebody else just wrote."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["case", "evidence"])
def address(request: Any, cast: Cast) -> str:
    """The address of a record that is changed by version."""
    case = make_case(access_for(cast.officer), title="Night")
    if request.param == "case":
        return f"{ROOT}/cases/{case.pk}"
    return f"{ROOT}/evidence/{make_evidence(access_for(cast.officer), case).pk}"


def change(client: Any, address: str, title: str, **headers: str) -> Any:
    return client.patch(address, {"title": title}, format="json", headers=headers)


def test_a_change_says_which_version_it_is_of(cast: Cast, address: str) -> None:
    client = api_client(cast.officer)
    tag = client.get(address).headers["ETag"]

    blind, done = change(client, address, "One"), change(client, address, "Two", **{"If-Match": tag})
    late = change(client, address, "Three", **{"If-Match": tag})
    forced = change(client, address, "Four", **{"If-Match": "*"})

    assert refusal(blind) == (428, "precondition_required")
    assert (done.status_code, done.json()["title"]) == (200, "Two")
    assert done.headers["ETag"] not in ("", tag)
    assert refusal(late) == (412, "changed_meanwhile")
    assert (forced.status_code, client.get(address).json()["title"]) == (200, "Four")


def test_one_of_several_versions_is_enough_and_a_weak_one_is_not(cast: Cast, address: str) -> None:
    client = api_client(cast.officer)
    tag = client.get(address).headers["ETag"]

    assert refusal(change(client, address, "One", **{"If-Match": f"W/{tag}"})) == (412, "changed_meanwhile")
    assert change(client, address, "One", **{"If-Match": f'"0", {tag}'}).status_code == 200


def test_the_version_comes_after_whether_it_is_there(cast: Cast, address: str) -> None:
    absent = address[: address.rindex("/") + 1] + str(cast.north.pk)

    assert refusal(change(api_client(cast.officer), absent, "One")) == (404, "not_found")
    assert refusal(change(api_client(cast.south_officer), address, "One")) == (404, "not_found")
