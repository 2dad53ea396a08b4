"""Everything that can be asked for, asked by those who must not get it: no byte of it may answer.

script/drill leaks asks as everybody, in requests that commit, over a pool of one connection and over pgbouncer.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tests.architecture.leaks import names_with_canary, paths, sweep
from tests.architecture.planting import EXCLUDED, GUARDED, SEALED, World, plant
from tests.architecture.routes import all_routes
from tests.support.people import Cast

DOORS = ("api", "console")


@pytest.fixture
def world(cast: Cast) -> World:
    return plant(cast)


def test_the_sweep_knows_the_routes() -> None:
    templates = [route.template for route in all_routes()]

    assert len(templates) > 40
    assert any("incidents" in template and template.startswith("api/v1/") for template in templates)
    assert any(template.startswith("console/incidents/") for template in templates)


@pytest.mark.parametrize(
    ("person", "door"),
    [("south_admin", "api"), ("south_officer", "console"), ("analyst", "api"), ("officer", "console")],
)
def test_nobody_is_answered_what_is_not_theirs(
    world: World, evidence_dir: Path, door: str, person: str
) -> None:
    found = sweep(world, person, door)

    assert found.leaks == []
    assert found.failures == []
    assert found.asked > 200
    assert names_with_canary(evidence_dir) == []


def test_the_same_sweep_finds_what_is_the_askers(world: World) -> None:
    """A sweep that finds nothing proves nothing: the lead sees their case, auditors what is sealed and guarded."""
    assert EXCLUDED in sweep(world, "lead", "api").seen
    seen = sweep(world, "auditor", "api").seen

    assert seen >= {SEALED, *GUARDED} - {"CANARYRAW", "CANARYCONTACT"}


def test_anonymous_requests_show_nothing_at_all(world: World) -> None:
    client = Client()
    answers = [
        (path, client.get(path)) for door in DOORS for path in paths(world.keys, door) if "?" not in path
    ]

    leaks = [path for path, answer in answers if not answer.streaming and b"CANARY" in answer.content]

    assert leaks == []
