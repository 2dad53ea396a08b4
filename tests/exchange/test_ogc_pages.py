"""The pages of the OGC API for people: the same documents, by f or by Accept."""

from __future__ import annotations

import re

import pytest

from incidents.choices import AreaKind
from tests.api.calls import anonymous
from tests.exchange.ogc import ROOT, ask
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def page(cast: Cast, path: str, **query: str) -> str:
    answer = ask(cast.officer, path, {"f": "html", **query})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), path
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    return str(answer.content.decode())


def test_every_document_has_a_page(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), "220", "290", address="<b>12 Mission</b>")
    case = make_case(access_for(cast.officer), incident)
    area = make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))

    assert "QGIS" in page(cast, "")
    assert "conf/core" in page(cast, "conformance")
    assert "occurred_after" in page(cast, "api")
    assert "Incidents where they happened" in page(cast, "collections")
    assert "2026-03-02 14:30 UTC" in page(cast, "collections/incidents")
    assert "&lt;b&gt;12 Mission&lt;/b&gt;" in page(cast, "collections/incidents/items")
    assert "220 completed, 290 completed" in page(cast, "collections/incidents/items")
    assert incident.number in page(cast, f"collections/incidents/items/{incident.pk}")
    assert case.number in page(cast, "collections/cases/items")
    assert case.number in page(cast, f"collections/cases/items/{case.pk}")
    assert "a shape" in page(cast, "collections/areas/items")
    assert "B1" in page(cast, f"collections/areas/items/{area.pk}")


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        (BROWSER, "text/html; charset=utf-8"),
        ("*/*", "application/json"),
        ("application/geo+json, application/json", "application/json"),
        ("application/vnd.nobody+json", "application/json"),
        ("application/json, text/html", "application/json"),
    ],
)
def test_accept_chooses_and_nobody_is_refused_for_it(cast: Cast, accept: str, type_: str) -> None:
    assert ask(cast.officer, "collections", Accept=accept).headers["Content-Type"] == type_
    assert ask(cast.officer, "collections", {"f": "json"}, Accept=accept).headers["Content-Type"] == (
        "application/json"
    )


def test_the_next_page_for_people_is_as_long_as_the_first(cast: Cast) -> None:
    for _ in range(3):
        make_incident(access_for(cast.officer))

    first = page(cast, "collections/incidents/items", limit="2")
    following = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    second = ask(cast.officer, following.removeprefix("http://testserver/ogc/")).content.decode()

    assert "2 of 3" in first
    assert "limit=2" in following
    assert "1 more" in second
    assert "Next page" not in second


def test_nothing_is_a_page_too(cast: Cast) -> None:
    assert "0 of 0" in page(cast, "collections/incidents/items")
    assert "Incidents" in page(cast, "collections/incidents")


def test_a_refusal_is_a_page_for_people(cast: Cast) -> None:
    refused = ask(cast.officer, "collections/incidents/items", {"speed": "1"}, Accept=BROWSER)
    stranger = anonymous().get(f"{ROOT}/collections", headers={"Accept": BROWSER})

    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "The parameter &#x27;speed&#x27; is not known." in refused.content.decode()
    assert (stranger.status_code, stranger.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert stranger.headers["WWW-Authenticate"].startswith("Basic ")
