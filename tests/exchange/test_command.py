"""`manage.py export_incidents`."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nethra.audit.models import AuditEvent
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from nethra.exchange.choices import ExportFormat
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("export_incidents", "--agency", "north", "--reason", "Map", *arguments, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_a_file_is_written_and_the_audit_knows_of_it(cast: Cast, tmp_path: Path) -> None:
    make_incident(access_for(cast.officer), "220")
    make_incident(access_for(cast.officer), "290")
    path = tmp_path / "out.csv"

    told = run("--format", "csv", "--output", str(path), "--filter", "offence=290")

    assert (told["rows"], told["sha256"]) == (1, hashlib.sha256(path.read_bytes()).hexdigest())
    with agency_scope(operator_access(cast.north.pk)):
        event = AuditEvent._base_manager.get(action="export", entity="incidents_incident")
    assert (event.source, event.reason) == ("command", "Map")
    assert json.loads(event.body)["rows"] == 1


@pytest.mark.parametrize("format", ExportFormat.values)
def test_every_format_is_written(cast: Cast, tmp_path: Path, format: str) -> None:
    make_incident(access_for(cast.officer))
    path = tmp_path / f"out.{format}"

    told = run("--format", format, "--output", str(path))

    assert (told["rows"], told["sha256"]) == (1, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_dry_run_counts_and_writes_nothing(cast: Cast, tmp_path: Path) -> None:
    make_incident(access_for(cast.officer))
    path = tmp_path / "out.gpkg"

    told = run("--format", "gpkg", "--output", str(path), "--dry-run")

    assert (told["rows"], told["dry_run"], path.exists()) == (1, True, False)


@pytest.mark.parametrize("wrong", [["--filter", "colour=red"], ["--filter", "colour"], ["--reason", " "]])
def test_wrong_usage_writes_nothing(cast: Cast, tmp_path: Path, wrong: list[str]) -> None:
    path = tmp_path / "out.csv"

    with pytest.raises(CommandError):
        run("--format", "csv", "--output", str(path), *wrong)

    assert not path.exists()


def test_a_file_that_is_there_is_left_alone(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        run("--format", "csv", "--output", str(path))
    with pytest.raises(CommandError, match="cannot be written"):
        run("--format", "csv", "--output", str(tmp_path / "nowhere" / "out.csv"))

    assert path.read_text() == "mine"
