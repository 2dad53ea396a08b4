"""The comparison runs from beginning to end on a few incidents; no time is asserted."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from bench import asked as questions
from bench import compare, filling
from bench.contenders import serving
from nethra.bootstrap import admin_dsn
from nethra.serve import web_environment
from tests.support import database
from tests.support.people import make_agency

ROWS = 300
#: Over HTTP; of the others the limit's scripts are written, for which every request is answered once.
VISITED = ("list", "tile", "create")


@pytest.fixture
def filled(transactional_db: None) -> str:
    """A database with a few incidents of three agencies."""
    name = str(connection.settings_dict["NAME"])
    agencies = [make_agency(f"bench-{n}").pk for n in range(3)]
    filling.fill(ROWS, agencies, admin_dsn(name))
    return name


def asked_of(name: str, seed: int) -> dict[str, list[questions.Asked]]:
    with psycopg.connect(admin_dsn(name)) as superuser:
        return questions.asked(superuser, ROWS, seed, 5)


@pytest.mark.django_db(transaction=True)
def test_a_run_measures_every_endpoint(filled: str, tmp_path: Path) -> None:
    if not shutil.which("wrk") or not shutil.which("pgbench"):
        pytest.skip("wrk and pgbench are not there")
    asked = asked_of(filled, 1)
    url = database.with_database(os.environ["DATABASE_URL"], filled)
    environment = web_environment(os.environ) | {"DATABASE_URL": url, "PWD": str(database.ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    options = Namespace(rows=ROWS, requests=5, seed=1, rounds=1, seconds=1, endpoints=VISITED)
    with psycopg.connect(admin_dsn(filled)) as superuser:
        run = compare.Run(tmp_path, compare._postmaster(superuser))
    tokens = compare.tokens_of({one.agency_id for found in asked.values() for one in found})
    compare._write_limit(run, asked, tokens, url)
    compare._write(run, "gunicorn", asked, tokens)
    command = [sys.executable, "-m", "nethra.serve"]

    with serving("gunicorn", command, environment, tmp_path / "log") as server:
        run.servers["gunicorn"] = server
        compare.measure(run, options)
        memory = server.memory()

    figures: list[Any] = compare.summary(run)
    served = [f for f in figures if f["contender"] == "gunicorn"]
    assert [f["endpoint"] for f in served] == list(VISITED)
    assert len(figures) == 2 * len(served) - 1
    assert [f for f in figures if f["errors"]] == []
    assert served[0]["per_second"] > 0
    assert memory > 10
    assert "tile" in compare.table(options, figures, {"gunicorn": round(memory)}, {"list": 1.0})


@pytest.mark.django_db(transaction=True)
def test_a_seed_asks_the_same_again_and_another_something_else(filled: str) -> None:
    first, again, other = asked_of(filled, 1), asked_of(filled, 1), asked_of(filled, 2)

    assert first == again
    assert first["near"] != other["near"]


@pytest.mark.django_db(transaction=True)
def test_one_agency_has_two_fifths_and_all_have_offences(filled: str) -> None:
    with psycopg.connect(admin_dsn(filled)) as superuser:
        shares = superuser.execute(
            "SELECT count(*) FROM incidents_incident GROUP BY agency_id ORDER BY 1 DESC"
        ).fetchall()
        primary = superuser.execute(
            "SELECT count(*) FROM incidents_incidentoffence WHERE is_primary"
        ).fetchall()

    assert 0.3 * ROWS < shares[0][0] < 0.5 * ROWS
    assert primary == [(ROWS,)]
