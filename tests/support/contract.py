"""The API against its own schema: requests that schemathesis makes up, sent to a served demonstration as one role."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.served import Served
from tests.support.database import ROOT

SCHEMA = ROOT / "docs" / "openapi" / "v1.yaml"
CONFIG = ROOT / "tests" / "support" / "contract.toml"
#: They end the session, lock the account or change what the role may do, so they are asked last.
DISRUPTIVE = (
    "auth_logout",
    "auth_logout_all",
    "auth_sessions_destroy",
    "auth_step_up",
    "roles_partial_update",
    "users_deactivate",
    "users_end_sessions",
    "users_password",
)
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass
class Outcome:
    """How many cases were sent, and the checks that found something, each with its count."""

    cases: int = 0
    failures: list[str] = field(default_factory=list)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.cases + other.cases, self.failures + other.failures)


def fuzz(
    served: Served,
    login: tuple[str, str],
    folder: Path,
    *,
    examples: int,
    seed: int,
    phases: str = PHASES,
    parts: Sequence[str] = ("gentle", "disruptive"),
) -> Outcome:
    """Return what came of cases made up for every operation as this person, at most so many for each in a phase.

    What was sent and answered lies in the folder. Raise AssertionError where schemathesis itself went wrong.
    """
    found = Outcome()
    for part in parts:
        sign = "exclude" if part == "gentle" else "include"
        chosen = [f"--{sign}-operation-id={name}" for name in DISRUPTIVE]
        found += _run(
            served,
            login,
            folder / part,
            ["--max-examples", str(examples), "--seed", str(seed), "--phases", phases, *chosen],
        )
    return found


def _run(served: Served, login: tuple[str, str], folder: Path, options: Sequence[str]) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    command = [*_command(SCHEMA, served.url, folder), "--workers", "2", *options]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.support.contract_hooks",
        "CONTRACT_URL": served.url,
        "CONTRACT_EMAIL": login[0],
        "CONTRACT_PASSWORD": login[1],
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    (folder / "said.txt").write_text(done.stdout + done.stderr)
    return _outcome(done)


def fuzz_document(
    document: Path, url: str, folder: Path, authorization: str, *, examples: int, seed: int
) -> Outcome:
    """Return what came of cases made up for every operation of a document, at an address, with this header."""
    folder.mkdir(parents=True, exist_ok=True)
    # Other clients than ours send limits beyond the most, which the standard bids to lower and not to refuse.
    command = [
        *_command(document, url, folder),
        "--exclude-checks",
        "negative_data_rejection",
        "--phases",
        "fuzzing",
    ]
    command += ["--max-examples", str(examples), "--seed", str(seed), "-H", f"Authorization: {authorization}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / "said.txt").write_text(done.stdout + done.stderr)
    return _outcome(done)


def _command(document: Path, url: str, folder: Path) -> list[str]:
    command = [str(Path(sys.executable).with_name("st")), "--config-file", str(CONFIG), "run", str(document)]
    command += ["--url", url, "--checks", "all", "--continue-on-failure", "--no-color"]
    return [*command, "--report", "ndjson", "--report-dir", str(folder), "--generation-database", "none"]


def _outcome(done: subprocess.CompletedProcess[str]) -> Outcome:
    cases = re.search(r"^Test cases:\n +([0-9]+) generated", done.stdout, re.MULTILINE)
    told = re.findall(r"^ +(?:❌|🚫) (.+: [0-9]+)$", done.stdout.partition("= SUMMARY =")[2], re.MULTILINE)
    if cases is None or done.returncode not in (0, 1) or (done.returncode and not told):
        raise AssertionError(
            f"schemathesis ended with {done.returncode}: {done.stdout[-3000:]}{done.stderr[-1000:]}"
        )
    return Outcome(int(cases[1]), told)
