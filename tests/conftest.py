"""Fixtures every test may use: a real PostGIS database, the cast, the data of real police forces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase
from playwright.sync_api import Browser
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support import database
from tests.support.chromium import CHROMIUM, chromium
from tests.support.people import Cast, make_cast

#: Begun first and each on one worker: they start servers of their own or hold one transaction for long, and would be
#: what all wait for at the end.
LONG = {
    "tests/browser/": "served",
    "tests/api/test_contract.py": "served",
    "tests/setup/test_proxy.py": "served",
    "tests/setup/test_checkout.py": "checkout",
    "tests/architecture/test_leaks.py": "leaks",
    "tests/insights/test_demo_truth.py": "truth",
}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put the long ones first, after others sorted."""
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(tuple(LONG)))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the long ones of a kind to one worker, and every other test to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for path, group in LONG.items() if nodeid.startswith(path)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return how tests go to workers. Groups by mark are not heard by xdist 3.8 under pytest 9.2."""
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def template_database() -> str:
    """The name of the migrated template."""
    return database.ensure_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, template_database: str, worker_name: str) -> Iterator[None]:
    """Point Django at a clone of the template; clone again after each test that committed."""
    name = f"nethra_test_{worker_name}"

    def renew(*_: Any) -> None:
        connections.close_all()
        database.clone(template_database, name)

    with django_db_blocker.unblock():
        renew()
        connection.settings_dict["NAME"] = name
        patch = pytest.MonkeyPatch()
        # The application's role cannot TRUNCATE, and the audit refuses it to everybody.
        patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
    yield
    with django_db_blocker.unblock():
        patch.undo()
        connections.close_all()
        database.drop(name)


@pytest.fixture(scope="session")
def worker_name() -> str:
    """A name that no other test process uses."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@pytest.fixture
def cast(db: None) -> Cast:
    """Two agencies with their people."""
    return make_cast()


@pytest.fixture
def committed_cast(transactional_db: None) -> Cast:
    """The cast in a database of its own, where everything commits as it does in life."""
    return make_cast()


@pytest.fixture(autouse=True)
def evidence_dir(tmp_path: Path, settings: Any) -> Path:
    """The folder of the evidence: a store of its own for every test."""
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    return tmp_path / "evidence"


@pytest.fixture(autouse=True)
def export_dir(tmp_path: Path, settings: Any) -> Path:
    """The folder of the exports: one of its own for every test."""
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; the tests are skipped where it is absent.

    It ends with the module: while it runs, Django takes the thread for an asynchronous one, and refuses the
    database.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip(f"No browser at {CHROMIUM}; set CHROMIUM.")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def police_data() -> Path:
    """The folder of real police data; the test is skipped where it is absent."""
    folder = Path(os.environ.get("NETHRA_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"No police data at {folder}; set NETHRA_DATA.")
    return folder
