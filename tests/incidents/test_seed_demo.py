"""The demonstration: a city, people to sign in as, and two agencies beside it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import F

from accounts.authentication import sign_in
from accounts.choices import SessionKind
from accounts.models import Agency, User
from accounts.operators import DEMO_PASSWORD_PREFIX
from accounts.services import agency_exists, find_agency
from cases.models import Case
from cases.shared import shared_with_us
from incidents.choices import AreaKind
from incidents.demo.logins import LOGINS
from incidents.models import Area, Incident, IncidentOffence
from incidents.placing import place
from media_evidence.models import Item
from nethra.core.access import operator_access
from nethra.core.scope import Scope, agency_scope
from tests.support.people import access_for


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_seeds_once_and_says_so_the_second_time(db: None) -> None:
    first = json.loads(seed("--json"))
    again = seed()

    assert first["incidents"] == 5000
    assert first["areas"] == 20
    assert first["people"] == len(LOGINS)
    assert again == "Harrow Bay is there already; nothing was changed.\n"
    check_incidents()
    check_neighbour()
    check_platform()
    check_need_to_know()
    check_room()
    check_logins()


def check_incidents() -> None:
    access = operator_access(find_agency("demo"))
    with agency_scope(access):
        agency = Agency.objects.visible_to(access).get()
        incidents = Incident.objects.visible_to(access)
        offences = IncidentOffence.objects.visible_to(access)
        assert agency.boundary is not None
        assert incidents.count() == 5000
        assert not incidents.filter(beat=None).exists()
        assert not incidents.filter(district=None).exists()
        assert offences.filter(is_primary=True).count() == 5000
        assert offences.filter(position=2).count() > 50
        assert incidents.filter(occurred_until__gt=F("occurred_from")).exists()
        for incident in incidents.order_by("number")[:20]:
            placement = place(access, incident.location)
            assert (incident.beat_id, incident.district_id) == (placement.beat_id, placement.district_id)
        assert Area.objects.visible_to(access).current().filter(kind=AreaKind.BEAT).count() == 16


def check_neighbour() -> None:
    access = operator_access(find_agency("demo-south"))
    with agency_scope(access):
        assert 0 < Incident.objects.visible_to(access).count() < 50
        assert [user.role for user in User.objects.visible_to(access)] == ["officer"]


def check_platform() -> None:
    access = operator_access(find_agency("platform"))
    with agency_scope(access):
        assert User.objects.visible_to(access).get().is_platform_admin


def check_need_to_know() -> None:
    """Show each way to guard something, on cases that the others see too."""
    agency_id = find_agency("demo")
    people = _people(agency_id)
    seen = {role: _cases_of(user) for role, user in people.items()}
    restricted = seen["officer"] - seen["supervisor"]

    assert len(restricted) == 1
    assert seen["analyst"] == seen["supervisor"]
    assert len(seen["prosecutor"]) == 1
    with agency_scope(operator_access(agency_id)):
        sealed = Incident.objects.visible_to(operator_access(agency_id)).exclude(sealed_parts=[])
        assert [incident.sealed_parts for incident in sealed] == [["narrative"]]
    (neighbour,) = _people(find_agency("demo-south")).values()
    with agency_scope(access_for(neighbour)):
        assert [row.owner for row in shared_with_us(access_for(neighbour))] == ["Harrow Bay Police"]


def _people(agency_id: UUID) -> dict[str, User]:
    access = operator_access(agency_id)
    with agency_scope(access):
        return {user.role: user for user in User.objects.visible_to(access)}


def _cases_of(user: User) -> set[str]:
    access = access_for(user)
    with agency_scope(access):
        return set(Case.objects.visible_to(access).values_list("number", flat=True))


def check_room() -> None:
    access = operator_access(find_agency("demo"))
    with agency_scope(access):
        items = Item.objects.visible_to(access).order_by("bag_number").select_related("evidence", "location")
        lies = [
            (item.evidence.title, item.location.path if item.location else item.purpose) for item in items
        ]
    assert lies == [
        ("Crowbar", "PR1/A/1"),
        ("Cash from the kitchen drawer", "PR1/SAFE"),
        ("Laptop without a lid", "laboratory"),
    ]


def check_logins() -> None:
    """Sign everybody in with what --logins lists."""
    listed = seed("--logins").splitlines()

    assert len(listed) == len(LOGINS)
    for line in listed:
        _, email, password = line.split()
        with transaction.atomic():
            session = sign_in(email=email, password=password, kind=SessionKind.API, scope=Scope())
            assert session.user.email == email


def test_an_administrator_cannot_take_a_password_of_the_demonstration() -> None:
    assert all(login.password.startswith(DEMO_PASSWORD_PREFIX) for login in LOGINS)


def test_a_dry_run_leaves_no_agency(db: None) -> None:
    seed("--dry-run")

    assert not agency_exists("demo")
    assert not agency_exists("platform")


def test_no_logins_are_listed_before_the_demonstration_is_stored(db: None) -> None:
    with pytest.raises(CommandError, match="run seed_demo first"):
        seed("--logins")


@pytest.mark.parametrize("arguments", [[], ["--logins"]])
def test_is_refused_in_production(db: None, settings: Any, arguments: list[str]) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="refused in ENVIRONMENT=production"):
        seed(*arguments)
    assert not agency_exists("demo")
