"""The start of the web server: its command line, what it hides, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NoReturn

import pytest
from django.core.exceptions import ImproperlyConfigured

from nethra import serve
from tests.setup.commands import run


@pytest.fixture(autouse=True)
def _no_web_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "WEB_SERVER",
        "WEB_HOST",
        "WEB_PORT",
        "WEB_WORKERS",
        "WEB_THREADS",
        "WEB_ACCESS_LOG",
        "AUTO_MIGRATE",
    ):
        monkeypatch.delenv(name, raising=False)


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def test_by_default_it_listens_on_this_machine_only() -> None:
    command = serve.web_command()

    assert option(command, "--bind") == "127.0.0.1:8000"
    assert option(command, "--worker-class") == "gthread"
    assert "--access-logfile" not in command


def test_the_web_variables_say_where_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"WEB_HOST": "0.0.0.0", "WEB_PORT": "81", "WEB_WORKERS": "3", "WEB_THREADS": "5"}  # noqa: S104
    for name, value in (wanted | {"WEB_ACCESS_LOG": "true"}).items():
        monkeypatch.setenv(name, value)

    command = serve.web_command()

    assert option(command, "--bind") == "0.0.0.0:81"
    assert (option(command, "--workers"), option(command, "--threads")) == ("3", "5")
    # Requests are logged by Nethra itself: gunicorn's lines would hold queries.
    assert "--access-logfile" not in command


def test_granian_serves_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_SERVER", "granian")
    monkeypatch.setenv("WEB_THREADS", "5")

    command = serve.web_command()

    assert (option(command, "--interface"), option(command, "--host")) == ("wsgi", "127.0.0.1")
    assert (option(command, "--port"), option(command, "--blocking-threads")) == ("8000", "5")
    assert "--access-log" not in command


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_SERVER", "apache"),
        ("WEB_PORT", "eighty"),
        ("WEB_PORT", "0"),
        ("WEB_WORKERS", "0"),
        ("WEB_THREADS", "-1"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=name):
        serve.web_command()


def test_the_command_line_says_it_in_one_sentence() -> None:
    answer = run(sys.executable, "-m", "nethra.serve", environment={"WEB_PORT": "eighty"})

    assert answer.returncode == 1
    assert answer.stderr.strip() == (
        "Nethra did not start: WEB_PORT must be a whole number from 1 to 65535, not 'eighty'."
    )


def test_the_web_server_never_sees_a_privileged_dsn() -> None:
    environment = dict.fromkeys(serve.PRIVILEGED, "secret") | {"MIGRATE_DATABASE_URL_FILE": "/run/secret"}

    left = serve.web_environment(environment | {"DATABASE_URL": "app"})

    assert left == {"DATABASE_URL": "app"}


def test_auto_migrate_migrates_as_the_migrating_role_first(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def migrating(command: list[str], *, env: dict[str, str], cwd: Path, check: bool) -> None:
        steps.append(f"{command[2]} with {env['DATABASE_URL']}, checked: {check}")

    def serving(program: str, command: list[str], environment: dict[str, str]) -> NoReturn:
        steps.append(f"gunicorn, migrating DSN there: {'MIGRATE_DATABASE_URL' in environment}")
        raise SystemExit

    monkeypatch.setenv("AUTO_MIGRATE", "true")
    monkeypatch.setenv("MIGRATE_DATABASE_URL", "postgis://migrate@host/db")
    monkeypatch.setattr(subprocess, "run", migrating)
    monkeypatch.setattr(os, "execve", serving)

    with pytest.raises(SystemExit):
        serve.start()

    assert steps == [
        "migrate with postgis://migrate@host/db, checked: True",
        "gunicorn, migrating DSN there: False",
    ]


def test_a_failed_migration_starts_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, "migrate")

    monkeypatch.setenv("AUTO_MIGRATE", "true")
    monkeypatch.setenv("MIGRATE_DATABASE_URL", "postgis://migrate@host/db")
    monkeypatch.setattr(subprocess, "run", failing)

    with pytest.raises(SystemExit, match="did not start"):
        serve.start()


class HealthHandler(BaseHTTPRequestHandler):
    """Answers /health with 200 for one host name alone, as Django does."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Host"] == "nethra.example" else 400)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def health_port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), HealthHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("host", "healthy"), [("nethra.example", True), ("other.example", False)])
def test_health_asks_by_an_allowed_name(
    host: str, healthy: bool, health_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_PORT", str(health_port))
    monkeypatch.setenv("ALLOWED_HOSTS", host)

    assert serve.is_healthy() is healthy


def test_nobody_listening_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PORT", "1")

    assert serve.is_healthy() is False
