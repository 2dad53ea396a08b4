"""What every command of script/ says and refuses, without touching the database."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.setup.commands import COMMANDS, ROOT, run, shell


@contextmanager
def listening(host: str) -> Iterator[int]:
    """Hold a port of this machine open and give its number."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server:
        server.bind((host, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_the_usage_from_any_folder(command: str, tmp_path: Path) -> None:
    answer = run(str(ROOT / "script" / command), "--help", cwd=tmp_path)

    assert answer.returncode == 0
    assert answer.stdout.startswith(f"Usage: script/{command}")
    assert "Example" in answer.stdout


@pytest.mark.parametrize("command", ["setup", "db", "server", "drill", "vendor"])
def test_an_unknown_word_is_refused_with_a_sentence(command: str) -> None:
    answer = run(str(ROOT / "script" / command), "nonsense")

    assert answer.returncode == 1
    assert "'nonsense'" in answer.stderr


def test_drill_lists_every_drill_with_a_sentence() -> None:
    answer = run(str(ROOT / "script" / "drill"))

    listed = {line.split()[0]: line for line in answer.stdout.splitlines()}
    drills = {path.name for path in (ROOT / "script" / "drills").iterdir() if os.access(path, os.X_OK)}
    assert set(listed) == drills
    assert all(line.endswith(".") for line in listed.values())


def test_ci_runs_exactly_script_test() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert lines[1:] == ['exec "$(dirname "${BASH_SOURCE[0]}")/../script/test" "$@"']


def bare_path(folder: Path) -> str:
    """Return a PATH with this machine's programs, less those a bare one lacks, and a plain user's id."""
    absent = {"sudo", "chromium", "chromium-browser", "shellcheck", "id"}
    for source in (Path("/usr/bin"), Path("/usr/sbin")):
        for program in source.iterdir():
            target = folder / program.name
            if program.name not in absent and not target.exists():
                target.symlink_to(program)
    user = folder / "id"
    user.write_text("#!/bin/sh\necho 1000\n")
    user.chmod(0o755)
    return str(folder)


def test_without_root_or_sudo_setup_prints_the_apt_line(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()

    answer = run(str(ROOT / "script" / "setup"), "--dev", environment={"PATH": bare_path(programs)})

    assert answer.returncode == 1
    assert "apt-get install -y --no-install-recommends chromium shellcheck" in answer.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_passed_over(host: str) -> None:
    with listening(host) as port:
        answer = shell(f"free_port {port}")

    assert answer.returncode == 0
    assert port < int(answer.stdout) < port + 100


def test_the_generated_environment_wins_over_the_callers(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("DATABASE_URL=postgis://generated\n")

    answer = shell(f'export DATABASE_URL=foreign; ENV_FILE={tmp_path}/env; load_env; printf "$DATABASE_URL"')

    assert answer.stdout == "postgis://generated"


def test_a_stamp_holds_only_for_the_same_input(tmp_path: Path) -> None:
    answer = shell(f"STAMPS={tmp_path}; set_stamp a 1; stamp_is a 1 && echo same; stamp_is a 2 || echo other")

    assert answer.stdout.split() == ["same", "other"]


def test_destroying_needs_a_yes() -> None:
    answer = shell('confirm "This throws everything away."')

    assert answer.returncode == 1
    assert "Say --yes" in answer.stderr
