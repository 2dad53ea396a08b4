"""What operators do from the shell: unlock, end sessions, close idle accounts, review, rotate keys."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts import sealing, tokens
from accounts.models import Authenticator, User, UserSession
from accounts.second_factor import begin_authenticator
from nethra import environment as read
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, anonymous
from tests.support.people import PASSWORD, Cast, access_for, api_client

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict[str, Any]:
    """Return what the command says to programs."""
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def paseto_keys_of(file: Path) -> tuple[bytes, ...]:
    """Return the keys that a server started with this file would have."""
    (line,) = [each for each in file.read_text().splitlines() if each.startswith("PASETO_KEYS=")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_KEYS", line.removeprefix("PASETO_KEYS="))
        return read.paseto_keys("TEST_KEYS")


def people(cast: Cast, **values: Any) -> list[User]:
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        return list(User.objects.filter(**values).order_by("email"))


def log_in(email: str, password: str = PASSWORD) -> int:
    body = {"email": email, "password": password}
    return int(anonymous().post(f"{ROOT}/auth/login", body, format="json").status_code)


def test_unlock_opens_and_is_safe_to_run_twice(cast: Cast) -> None:
    for _ in range(5):
        log_in(cast.admin.email, "a guess")
    dry = run("unlock", "--agency", "north", "--email", cast.admin.email, "--dry-run")
    assert (dry["was_locked"], log_in(cast.admin.email)) == (True, 401)

    first = run("unlock", "--agency", "north", "--email", cast.admin.email)
    second = run("unlock", "--agency", "north", "--email", cast.admin.email.upper())

    assert (first["was_locked"], second["was_locked"]) == (True, False)
    assert log_in(cast.admin.email) == 200


@pytest.mark.parametrize("command", ["unlock", "end_sessions"])
def test_somebody_of_another_agency_is_nobody(cast: Cast, command: str) -> None:
    with pytest.raises(CommandError, match="Nobody of this agency"):
        call_command(command, "--agency", "north", "--email", cast.south_officer.email)


def test_sessions_end_for_one_or_for_all(cast: Cast) -> None:
    officer, analyst, foreign = (api_client(u) for u in (cast.officer, cast.analyst, cast.south_officer))

    one = run("end_sessions", "--agency", "north", "--email", cast.officer.email)
    assert (one["ended"], officer.get("/auth/me").status_code) == (1, 401)
    everybody = run("end_sessions", "--agency", "north", "--everybody")

    assert everybody["ended"] == 1
    assert (analyst.get("/auth/me").status_code, foreign.get("/auth/me").status_code) == (401, 200)


def test_idle_accounts_are_closed_and_the_last_administrator_is_not(cast: Cast) -> None:
    log_in(cast.officer.email)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=60)):
        log_in(cast.analyst.email)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=91)):
        dry = run("disable_idle_accounts", "--agency", "north", "--dry-run")
        said = run("disable_idle_accounts", "--agency", "north")
        again = run("disable_idle_accounts", "--agency", "north")

    guests = [cast.custodian.email, cast.prosecutor.email]
    expected = [cast.auditor.email, cast.supervisor.email, *guests, cast.officer.email]
    assert (dry["closed"], said["closed"], said["spared"]) == (expected, expected, [cast.admin.email])
    assert again["closed"] == []
    assert [user.email for user in people(cast, is_active=True)] == [cast.analyst.email, cast.admin.email]


def test_the_access_review_names_everybody_and_proves_its_list(cast: Cast, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    said = run("access_review", "--agency", "north", "--output", str(page))

    assert [person["name"] for person in said["people"]] == [
        "Nadia Analyst",
        "Ned Gone",
        "Neil Auditor",
        "Nell Supervisor",
        "Nick Custodian",
        "Nina Prosecutor",
        "Noel Officer",
        "Nora Admin",
    ]
    listed = json.dumps(said["people"], sort_keys=True, ensure_ascii=False)
    assert hashlib.sha256(listed.encode()).hexdigest() == said["sha256"]
    text = page.read_text()
    assert said["sha256"] in text
    assert "Date and signature" in text
    assert "Sue Officer" not in text
    assert "http" not in text


def test_a_review_that_cannot_be_written_says_so(cast: Cast) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("access_review", "--agency", "north", "--output", "/nowhere/review.html")


def test_new_token_keys_log_nobody_out(cast: Cast, tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "env"
    file.write_text(f"A=1\nPASETO_KEYS=k4.local.{tokens.encode(settings.PASETO_KEYS[0])}\nB=2\n")
    file.chmod(0o600)
    client = api_client(cast.officer)

    dry = run("rotate_keys", "--env-file", str(file), "--dry-run")
    assert (dry["keys"], "," in file.read_text()) == (2, False)
    run("rotate_keys", "--env-file", str(file))
    settings.PASETO_KEYS = paseto_keys_of(file)

    assert len(settings.PASETO_KEYS) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("A=1\n")
    assert client.get("/auth/me").status_code == 200
    fresh = api_client(cast.officer)
    run("rotate_keys", "--env-file", str(file), "--drop-old")
    settings.PASETO_KEYS = paseto_keys_of(file)
    assert (client.get("/auth/me").status_code, fresh.get("/auth/me").status_code) == (401, 200)


def test_a_single_key_is_not_dropped(cast: Cast) -> None:
    with pytest.raises(CommandError, match="one key only"):
        call_command("rotate_keys", "--drop-old")


@pytest.mark.parametrize("text", ["", "PASETO_KEYS=a\nPASETO_KEYS=b\n"])
def test_a_file_without_the_one_line_stays_as_it_is(cast: Cast, tmp_path: Path, text: str) -> None:
    file = tmp_path / "env"
    file.write_text(text)

    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("rotate_keys", "--env-file", str(file))

    assert file.read_text() == text


def test_secrets_are_sealed_anew_after_the_secret_key_changed(cast: Cast, settings: Any) -> None:
    with agency_scope(access_for(cast.officer)):
        _, secret = begin_authenticator(user=cast.officer)
    old, settings.SECRET_KEY = (
        settings.SECRET_KEY,
        "another secret key, long enough for the start-up check of it",
    )

    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rotate_keys", "--secrets", "north", stdout=StringIO())
    settings.SECRET_KEY_FALLBACKS = [old]
    said = run("rotate_keys", "--secrets", "north")
    settings.SECRET_KEY_FALLBACKS = []

    with agency_scope(access_for(cast.officer)), unscoped("test"):
        sealed = bytes(Authenticator.objects.get().secret)
        assert UserSession.objects.count() == 0
    assert said["resealed"] == 1
    assert sealing.unseal(sealed).decode() == secret
