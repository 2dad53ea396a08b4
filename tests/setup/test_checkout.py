"""A whole checkout of its own: set up, saved, restored, served and stopped. The slow half minute here."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.setup.commands import ROOT, run
from tests.setup.test_commands import listening

ADDED_AGENCY = """INSERT INTO accounts_agency
    (id, code, name, ori, time_zone, boundary_version, incident_number_format, second_factor_roles,
     hidden_answer, juvenile_age, request_hours, emergency_minutes, created_at, updated_at)
    VALUES (gen_random_uuid(), 'north', 'North', '', 'UTC', 1, 'I{year}-{sequence}', '{}',
            'stub', 18, 24, 240, now(), now())"""


@dataclass(frozen=True)
class Checkout:
    """A copy of the source with an environment and a cluster of its own."""

    folder: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        answer = run(*command, cwd=self.folder, environment={"NETHRA_DEMO": "false", **environment})
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer

    def sql(self, query: str, database: str = "nethra") -> str:
        answer = self.run("script/db", "shell", "superuser", "-XAtq", "-d", database, "-c", query)
        return answer.stdout.strip()

    @property
    def variables(self) -> dict[str, str]:
        text = (self.folder / ".local" / "env").read_text()
        return dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.variables["DATABASE_URL"])[0])


def copy_source(folder: Path) -> None:
    """Copy what git knows or would know, and lend the virtual environment, which takes long to make."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    stamps = folder / ".local" / "stamps"
    stamps.mkdir(parents=True)
    shutil.copy2(ROOT / ".local" / "stamps" / "requirements.txt", stamps)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    folder = tmp_path_factory.mktemp("checkout")
    copy_source(folder)
    made = Checkout(folder)
    try:
        made.run("script/setup")
        yield made
    finally:
        run("script/db", "stop", cwd=folder)
        # As root the data may lie under /var/lib, since PostgreSQL's user cannot enter root's folders.
        shutil.rmtree((folder / ".local" / "pg").resolve(), ignore_errors=True)


def test_the_generated_secrets_are_for_the_owner_alone(checkout: Checkout) -> None:
    mode = (checkout.folder / ".local" / "env").stat().st_mode & 0o777

    assert mode == 0o600
    assert len(checkout.variables["SECRET_KEY"]) >= 50
    assert re.fullmatch(r"k4\.local\.[\w-]{43}", checkout.variables["PASETO_KEYS"])


def test_nobody_connects_without_a_password(checkout: Checkout) -> None:
    methods = checkout.sql("SELECT DISTINCT auth_method FROM pg_hba_file_rules")

    assert methods == "scram-sha-256"


def test_a_second_setup_changes_nothing(checkout: Checkout) -> None:
    before = checkout.variables

    answer = checkout.run("script/setup")

    assert answer.stdout == ""
    assert checkout.variables == before


def test_an_empty_dump_is_refused(checkout: Checkout) -> None:
    answer = run("script/db", "dump", "empty.dump", cwd=checkout.folder)

    assert answer.returncode == 1
    assert "no agency" in answer.stderr
    assert not (checkout.folder / "empty.dump").exists()


def test_a_restore_brings_the_rows_and_the_leakproof_mark(checkout: Checkout) -> None:
    checkout.sql(ADDED_AGENCY)
    checkout.run("script/db", "dump", "saved.dump")
    checkout.sql("UPDATE accounts_agency SET name = 'Spoilt'")

    answer = checkout.run("script/db", "restore", "saved.dump", "--yes")

    assert "rows of the dump are there" in answer.stdout
    assert checkout.sql("SELECT name FROM accounts_agency") == "North"
    assert (
        checkout.sql("SELECT bool_and(proleakproof) FROM pg_proc WHERE proname = 'geometry_overlaps'") == "t"
    )
    kept = checkout.sql("SELECT datname FROM pg_database WHERE datname LIKE 'nethra\\_before\\_%'")
    assert checkout.sql("SELECT name FROM accounts_agency", kept) == "Spoilt"


def test_a_restore_waits_for_nethra_to_stop(checkout: Checkout) -> None:
    using = subprocess.Popen(
        ["script/db", "shell", "superuser", "-d", "nethra", "-c", "SELECT pg_sleep(30)"],
        cwd=checkout.folder,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(1)

    answer = run("script/db", "restore", "saved.dump", "--yes", cwd=checkout.folder)

    using.terminate()
    using.wait()
    assert answer.returncode == 1
    assert "in use" in answer.stderr


def test_a_taken_port_is_left_for_the_next_one(checkout: Checkout) -> None:
    checkout.run("script/db", "stop")
    before = checkout.port

    with socket.create_server(("127.0.0.1", before)):
        checkout.run("script/db", "start")

    assert checkout.port != before
    assert checkout.sql("SELECT 1") == "1"


def left_in_session(session: int) -> list[str]:
    """Return the command lines still running; a dead one that nobody waited for does not count."""
    lines = run("pgrep", "-a", "-s", str(session)).stdout.splitlines()
    return [line for line in lines if "<defunct>" not in line]


def closing_line(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if "Nethra is served on" in line:
            return line
    raise AssertionError("script/server ended without its closing line.")


def test_the_server_comes_up_and_ctrl_c_stops_all_of_it(checkout: Checkout) -> None:
    checkout.run("script/db", "stop")
    with listening("127.0.0.1") as taken:
        server = subprocess.Popen(
            ["script/server"],
            cwd=checkout.folder,
            env={**os.environ, "NETHRA_DEMO": "false", "WEB_PORT": str(taken)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = closing_line(server)

    again = checkout.run("script/server")
    os.killpg(server.pid, signal.SIGINT)
    server.wait(timeout=30)

    assert f"localhost:{taken} " not in line
    assert "already served" in again.stdout
    assert left_in_session(server.pid) == []
    assert run("script/db", "status", cwd=checkout.folder).returncode == 3


def test_a_reset_asks_and_then_starts_empty(checkout: Checkout) -> None:
    assert run("script/db", "reset", cwd=checkout.folder).returncode == 1

    checkout.run("script/db", "reset", "--yes")

    assert checkout.sql("SELECT count(*) FROM accounts_agency") == "0"
