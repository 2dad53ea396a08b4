"""At least 20,000 made-up requests as every role, all checks of schemathesis. Run by script/drill api."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from incidents.demo.logins import LOGINS, DemoLogin
from tests.browser.served import serve
from tests.support.contract import Outcome, fuzz

CASES = int(os.environ.get("API_CASES", "20000"))
EXAMPLES = int(os.environ.get("API_EXAMPLES", "60"))
ROLES = os.environ.get("API_ROLES", "").split(",") if os.environ.get("API_ROLES") else None
CHOSEN = [login for login in LOGINS if ROLES is None or login.label in ROLES]


@pytest.mark.parametrize("login", CHOSEN, ids=lambda login: login.label)
def test_every_role_finds_the_contract_kept(login: DemoLogin, tmp_path: Path, worker_name: str) -> None:
    found, seed = Outcome(), 0
    while found.cases < CASES:
        seed += 1
        # Anew each time: what was asked last may have locked the account.
        folder = tmp_path / f"served{seed}"
        folder.mkdir()
        with serve(folder, f"nethra_drill_api_{worker_name}") as served:
            found += fuzz(
                served,
                (login.email, login.password),
                tmp_path / f"cases{seed}",
                examples=EXAMPLES,
                seed=seed,
            )
        assert found.failures == [], f"{tmp_path} holds what was sent"
    print(f"\n{login.label}: {found.cases:,} cases in {seed} runs, {len(found.failures)} failures")
