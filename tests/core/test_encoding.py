"""What is encoded is decoded once: what then still looks encoded is taken as it stands."""

from __future__ import annotations

import pytest
from django.test import Client

from cases.models import Case
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get, patch, refusal
from tests.support.cases import make_case
from tests.support.people import PASSWORD, Cast, access_for, console_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "status"),
    [("%63ases", 200), ("%2563ases", 404), ("cases%252F..%252Fusers", 404), ("cases%253Fq=a", 404)],
)
def test_a_path_is_decoded_once(cast: Cast, path: str, status: int) -> None:
    assert get(cast.officer, path).status_code == status


@pytest.mark.parametrize(
    "path", ["..%252f..%252fnethra/settings.py", "%252e%252e/settings.py", "nethra/..%255c..%255csettings.py"]
)
def test_no_file_is_reached_by_a_path_that_is_encoded_twice(path: str) -> None:
    assert Client().get(f"/static/{path}").status_code == 404


def test_a_query_is_decoded_once(cast: Cast) -> None:
    assert get(cast.officer, "cases?status=%6Fpen").status_code == 200
    assert refusal(get(cast.officer, "cases?status=%256Fpen"))[0] == 400
    assert refusal(get(cast.officer, "cases?%2571=bakery")) == (400, "unknown_parameter")


def test_a_form_is_decoded_once(cast: Cast) -> None:
    form = "application/x-www-form-urlencoded"

    def sign_in(address: str) -> int:
        body = f"email={address}&password={PASSWORD.replace(' ', '+')}"
        return Client().post("/console/login/", body, content_type=form).status_code

    assert sign_in("noel.officer%40north.test") == 302
    # Refused with the page itself.
    assert sign_in("noel.officer%2540north.test") == 200


@pytest.mark.parametrize("text", ["Bakery %253Cb%253E", "Bakery &amp;lt;b&amp;gt;", "Bakery \\u003cb\\u003e"])
def test_a_body_is_decoded_once_and_stays_as_it_was_meant(cast: Cast, text: str) -> None:
    access = access_for(cast.officer)
    case = make_case(access)

    answer = patch(cast.officer, f"cases/{case.pk}", {"title": text})
    page = console_client(cast.officer).get(f"/console/cases/case/{case.pk}/change/").content.decode()

    assert answer.json()["title"] == text
    with agency_scope(access):
        assert Case.objects.visible_to(access).get(pk=case.pk).title == text
    assert text.replace("&", "&amp;") in page
    assert "<b>Bakery" not in page
    assert f"{ROOT}/cases" in answer.request["PATH_INFO"]
