"""Every page of the console for every role: one table says who sees what."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.test import Client

from nethra.core.admin import ConsoleAdmin
from nethra.core.console import console
from tests.console.rows import fill, first_of, page
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db

ROLES = ("admin", "supervisor", "officer", "analyst", "auditor", "custodian", "prosecutor")
EVERYBODY = set(ROLES)
#: A guest of a case finds nothing of the agency's own.
MEMBERS = EVERYBODY - {"prosecutor"}
INVESTIGATORS = {"admin", "supervisor", "officer"}
#: Model: who may see, who may add, who may change.
WHO: dict[str, tuple[set[str], set[str], set[str]]] = {
    "audit.AuditEvent": ({"admin", "auditor"}, set(), set()),
    "audit.AuditHold": ({"admin", "auditor"}, set(), set()),
    "accounts.User": ({"admin", "supervisor", "auditor"}, {"admin"}, {"admin"}),
    "accounts.UserSession": ({"admin"}, set(), set()),
    "accounts.ApiKey": ({"admin"}, set(), set()),
    "accounts.SignInEvent": ({"admin", "auditor"}, set(), set()),
    "accounts.Unit": ({"admin", "supervisor", "auditor"}, {"admin"}, {"admin"}),
    "accounts.WorkingHours": ({"admin", "supervisor", "auditor"}, {"admin"}, set()),
    "accounts.HoursException": ({"admin", "supervisor", "auditor"}, {"admin"}, set()),
    "accounts.Agency": (EVERYBODY, set(), {"admin"}),
    "cases.AccessRequest": (EVERYBODY, set(), set()),
    "cases.Emergency": (EVERYBODY, set(), set()),
    "cases.Share": (EVERYBODY, set(), set()),
    "cases.ExpungeOrder": ({"admin", "supervisor", "auditor"}, set(), set()),
    "cases.CaseReading": ({"admin", "supervisor", "auditor"}, set(), set()),
    "cases.Case": (EVERYBODY, INVESTIGATORS, INVESTIGATORS),
    "cases.CaseTask": (EVERYBODY, set(), set()),
    "media_evidence.Evidence": (
        INVESTIGATORS | {"auditor", "custodian", "prosecutor"},
        INVESTIGATORS | {"custodian"},
        INVESTIGATORS | {"custodian"},
    ),
    "media_evidence.Disclosure": (INVESTIGATORS | {"auditor", "custodian", "prosecutor"}, set(), set()),
    "media_evidence.Disposal": (INVESTIGATORS | {"auditor", "custodian", "prosecutor"}, set(), set()),
    "media_evidence.RetentionCategory": (
        INVESTIGATORS | {"auditor", "custodian", "prosecutor"},
        {"admin", "supervisor", "custodian"},
        {"admin", "supervisor", "custodian"},
    ),
    "media_evidence.Item": (
        INVESTIGATORS | {"auditor", "custodian", "prosecutor"},
        INVESTIGATORS | {"custodian"},
        set(),
    ),
    "media_evidence.StorageLocation": (
        INVESTIGATORS | {"auditor", "custodian"},
        {"admin", "supervisor", "custodian"},
        {"admin", "supervisor", "custodian"},
    ),
    "media_evidence.Inventory": (
        INVESTIGATORS | {"auditor", "custodian"},
        {"admin", "supervisor", "custodian"},
        set(),
    ),
    "incidents.Incident": (EVERYBODY, INVESTIGATORS, INVESTIGATORS),
    "incidents.Area": (MEMBERS, set(), set()),
    "incidents.AreaSet": (MEMBERS, {"admin", "analyst"}, set()),
    "incidents.AreaPlacing": (MEMBERS, set(), set()),
    "incidents.ImportBatch": ({"admin", "analyst", "auditor"}, {"admin", "analyst"}, set()),
    "incidents.OffenceCategory": (EVERYBODY, set(), set()),
    "insights.AnalysisRun": (MEMBERS - {"custodian"}, set(), set()),
    "insights.AnalysisSchedule": (MEMBERS - {"custodian"}, set(), set()),
    "exchange.SavedSearch": (EVERYBODY, EVERYBODY, EVERYBODY),
    "exchange.Export": (EVERYBODY, set(), set()),
}
OWN = ("", "profile/", "contacts/add/", "second-factor/", "keys/", "confirm/")
PLAIN_PAGES = {
    "": EVERYBODY,
    "map/": EVERYBODY,
    "search/?s=in&extended=1": EVERYBODY,
    "password_change/": EVERYBODY,
    **{f"account/{name}": EVERYBODY for name in OWN},
    "roles/": EVERYBODY,
    "analyses/": {"admin", "supervisor", "officer", "analyst"},
    "analyses/counts/": {"admin", "supervisor", "officer", "analyst"},
    "export/incidents/": EVERYBODY,
    "export/cases/": EVERYBODY,
    "shared/": {"admin", "supervisor", "officer", "auditor"},
    "roles/officer/": {"admin"},
}
SIGN_OUT = re.compile(
    r'<form[^>]*method="post"[^>]*action="/console/logout/"|<form[^>]*action="/console/logout/"[^>]*method="post"'
)
MODELS = {model._meta.label: model for model in console._registry}


def test_the_table_names_every_registered_model() -> None:
    assert set(WHO) == set(MODELS)


def test_every_page_has_the_base() -> None:
    assert [
        label for label, model in MODELS.items() if not isinstance(console._registry[model], ConsoleAdmin)
    ] == []


@pytest.mark.parametrize("role", ROLES)
def test_the_models_pages_open_for_whom_they_should(cast: Cast, role: str) -> None:
    fill(cast)
    user = getattr(cast, role)
    client = console_client(user)
    told, found = {}, {}
    for label, (may_view, may_add, may_change) in WHO.items():
        model = MODELS[label]
        # Reading, adding and changing are decided before whose row it is.
        row = first_of(model, access_for(user)) or first_of(model, access_for(cast.admin))
        point = transaction.savepoint()
        found[label] = {
            "list": client.get(page(model, "changelist"), follow=True).status_code,
            "add": client.get(page(model, "add")).status_code,
            "change": client.get(page(model, "change", row.pk)).status_code,
            "history": client.get(page(model, "history", row.pk)).status_code,
            "save": client.post(page(model, "change", row.pk), {}).status_code,
            "delete": client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code,
        }
        transaction.savepoint_rollback(point)
        is_shown = 200 if role in may_view else 403
        told[label] = {
            "list": is_shown,
            "add": 200 if role in may_add else 403,
            "change": is_shown,
            "history": is_shown,
            # An empty form comes back with its errors.
            "save": 200 if role in may_change else 403,
            "delete": 403,
        }

    assert found == told


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_no_model_open_for_whom_they_should(cast: Cast, role: str) -> None:
    fill(cast)
    client = console_client(getattr(cast, role))

    found = {path: client.get(f"/console/{path}").status_code for path in PLAIN_PAGES}

    assert found == {path: 200 if role in roles else 403 for path, roles in PLAIN_PAGES.items()}


@pytest.mark.parametrize("label", WHO)
def test_nobody_gets_past_the_sign_in_page(cast: Cast, label: str) -> None:
    address = page(MODELS[label], "changelist")

    answer = Client().get(address)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/console/login/?next={address}")


@pytest.mark.parametrize("role", ROLES)
def test_the_sidebar_lists_what_opens(cast: Cast, role: str) -> None:
    client = console_client(getattr(cast, role))
    sections = client.get("/console/").context["sidebar_navigation"]
    links = [str(item["link"]) for section in sections for item in section["items"]]

    assert links
    assert {client.get(link, follow=True).status_code for link in links} == {200}


@pytest.mark.parametrize("parameter", ["password__startswith=a", "agency_id=1", "is_platform_admin=1"])
def test_a_column_that_is_no_filter_cannot_be_filtered_by(cast: Cast, parameter: str) -> None:
    answer = console_client(cast.admin).get(f"/console/accounts/user/?{parameter}")

    assert answer.status_code == 400


def test_every_page_offers_to_sign_out(cast: Cast) -> None:
    fill(cast)
    client, admin = console_client(cast.admin), access_for(cast.admin)
    addresses = [f"/console/{path}" for path, roles in PLAIN_PAGES.items() if "admin" in roles]
    for label, (_, may_add, _) in WHO.items():
        model = MODELS[label]
        row = first_of(model, admin)
        addresses += [
            page(model, "changelist"),
            page(model, "change", row.pk),
            page(model, "history", row.pk),
        ]
        addresses += [page(model, "add")] if "admin" in may_add else []
    # What the palette finds is part of a page.
    asked = {path: client.get(path, follow=True) for path in addresses if "search/" not in path}

    assert {answer.status_code for answer in asked.values()} == {200}
    assert [path for path, answer in asked.items() if not SIGN_OUT.search(answer.content.decode())] == []
