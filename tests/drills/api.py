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


def asked(login: DemoLogin, part: str, seed: int, folder: Path, worker_name: str) -> Outcome:
    """Return what came of one part, asked of a house of its own: what was asked before may have changed the login."""
    house = folder / f"served-{part}{seed}"
    house.mkdir()
    with serve(house, f"nethra_drill_api_{worker_name}") as served:
        return fuzz(
            served,
            (login.email, login.password),
            folder / f"cases{seed}",
            examples=EXAMPLES,
            seed=seed,
            parts=(part,),
        )


@pytest.mark.parametrize("login", CHOSEN, ids=lambda login: login.label)
def test_every_role_finds_the_contract_kept(login: DemoLogin, tmp_path: Path, worker_name: str) -> None:
    found, seed = Outcome(), 0
    while found.cases < CASES:
        seed += 1
        for part in ("gentle", "disruptive"):
            found += asked(login, part, seed, tmp_path, worker_name)
        assert found.failures == [], f"{tmp_path} holds what was sent"
    print(f"\n{login.label}: {found.cases:,} cases in {seed} runs, {len(found.failures)} failures")
