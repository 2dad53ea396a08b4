"""What every answer carries, of whatever kind it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Profile
from media_evidence.jobs import inspect_evidence_job
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client, console_client

pytestmark = pytest.mark.django_db


def answers(cast: Cast) -> Iterator[tuple[str, Any]]:
    """Yield one answer of every kind: pages, data, files, static files, redirects and refusals."""
    access = access_for(cast.officer)
    evidence = make_evidence(access, make_case(access))
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    with agency_scope(access), unscoped("test"):
        Profile.objects.update_or_create(
            user_id=cast.officer.pk, defaults={"agency_id": cast.north.pk, "picture": b"\xff\xd8\xff"}
        )
    console, nobody = console_client(cast.officer), Client()
    exhibit = f"/console/media_evidence/evidence/{evidence.pk}"
    for path in (
        "/console/",
        "/console/cases/case/",
        "/console/map/",
        "/console/account/",
        "/console/nowhere/",
        f"{exhibit}/file/",
        f"{exhibit}/thumbnail/",
        f"/console/people/{cast.officer.pk}/picture.jpg",
        reverse("admin:session_state"),
    ):
        yield path, console.get(path)
    yield "API file", get(cast.officer, f"evidence/{evidence.pk}/file")
    yield "API thumbnail", get(cast.officer, f"evidence/{evidence.pk}/thumbnail")
    yield "API list", get(cast.officer, "cases")
    yield "API refusal", get(cast.analyst, f"evidence/{evidence.pk}")
    yield "API method", api_client(cast.officer).delete(f"{ROOT}/cases")
    for path in ("/console/login/", "/console/", f"{ROOT}/cases", f"{ROOT}/nowhere", "/nowhere", "/health"):
        yield f"{path} for nobody", nobody.get(path)
    yield "/static/nethra/console.css", nobody.get("/static/nethra/console.css")
    yield "a form without its token", Client(enforce_csrf_checks=True).post("/console/login/", {})


def test_every_answer_has_a_policy_and_no_other_site_frames_it(cast: Cast) -> None:
    for name, answer in answers(cast):
        policy = dict(
            part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'", name
        assert policy.get("object-src", policy["default-src"]) == "'none'", name
        assert (policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'"), name


def test_no_answer_may_be_stored_but_static_files(cast: Cast) -> None:
    kept = [
        name for name, answer in answers(cast) if "no-store" not in answer.headers.get("Cache-Control", "")
    ]

    assert kept == ["/static/nethra/console.css"]


def test_the_kinds_of_answers_are_all_there(cast: Cast) -> None:
    statuses = {name: answer.status_code for name, answer in answers(cast)}

    found = {name for name, status in statuses.items() if status == 200}
    assert {name for name in statuses if re.search("file|thumbnail|picture|static", name)} <= found
    assert set(statuses.values()) >= {200, 302, 401, 403, 404, 405}


@pytest.mark.parametrize("https", [True, False])
def test_the_browser_forgets_what_it_kept_when_somebody_signs_out(
    cast: Cast, settings: Any, https: bool
) -> None:
    settings.HTTPS = https

    answers = [
        console_client(cast.officer).post("/console/logout/"),
        api_client(cast.officer).post(f"{ROOT}/auth/logout"),
        api_client(cast.officer).post(f"{ROOT}/auth/logout-all"),
    ]

    told = '"cache", "storage"' if https else None
    assert [answer.headers.get("Clear-Site-Data") for answer in answers] == [told] * 3
