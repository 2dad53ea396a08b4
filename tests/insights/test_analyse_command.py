"""Operators run analyses as everybody else does, and are told the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from insights.models import AnalysisRun
from insights.running import services
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.insights.test_runs import plant
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db(transaction=True)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("analyse", *arguments, "--agency", "north", "--why", "Test", "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_tells_what_was_found(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    plant(access_for(cast.officer))

    facts = told(capsys, "counts", "--parameter", "size=500", "--filter", "offence=220")

    assert facts["status"] == "done"
    assert facts["result"]["columns"][0]["values"] == [9, 3]
    call_command("analyse", "counts", "--agency", "north", "--why", "Test")
    assert "12 incidents lie in 2 cells; the fullest holds 9." in capsys.readouterr().out


def test_a_long_one_is_run_at_once_all_the_same(
    cast: Cast, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(access_for(cast.officer))
    monkeypatch.setattr(services, "AT_ONCE_INCIDENTS", -1)
    assert told(capsys, "counts")["status"] == "done"
    # Left to a worker as well it would be run twice.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'insights%'")
        assert cursor.fetchone() == (0,)


def test_dry_keeps_nothing(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    plant(access_for(cast.officer))
    assert told(capsys, "counts", "--dry-run")["result_digest"]
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        assert not AnalysisRun.objects.visible_to(access).exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["counts", "--parameter", "size=0"], "size: Size of the cells must be at least 10 m."),
        (["counts"], "No incident with a place is in what was asked for"),
        (["palmistry"], "There is no analysis 'palmistry'"),
        (["counts", "--filter", "offense=220"], "offense: This parameter is not known."),
    ],
)
@pytest.mark.usefixtures("cast")
def test_what_is_wrong_is_said_in_one_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("analyse", *arguments, "--agency", "north", "--why", "Test")
    assert sentence in str(caught.value)
