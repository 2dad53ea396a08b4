"""Sessions as a machine: whatever people, thieves, administrators and clocks do, the server and a model agree."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from accounts.people import change_role, deactivate_user, reactivate_user, release_user
from nethra.core.scope import agency_scope
from tests.api.calls import anonymous
from tests.support.people import PASSWORD, Cast, access_for, make_user

IDLE, WHOLE, TOKEN = timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=60)
PROOF = timedelta(minutes=10)
LIMIT = 3
numbers = count()


@dataclass
class Held:
    """What a client of one session holds, and what the model knows of the session."""

    opened: datetime
    seen: datetime
    token: str
    issued: datetime
    refresh: str
    spent: list[tuple[str, datetime]] = field(default_factory=list)
    ended: bool = False


class SessionMachine(RuleBasedStateMachine):
    """One person's sessions over the API."""

    cast: Cast
    sessions = Bundle("sessions")

    @initialize()
    def begin(self) -> None:
        self.clock = time_machine.travel(datetime.now(UTC), tick=False)
        self.time = self.clock.start()
        self.user = make_user(self.cast.north, "officer", f"Person {next(numbers)}")
        self.held: list[Held] = []
        self.is_active = True
        self.failures: list[datetime] = []
        self.is_locked = False

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            self.clock.stop()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def is_alive(self, held: Held) -> bool:
        in_time = self.now < held.opened + WHOLE and self.now - held.seen < IDLE
        return in_time and not held.ended and self.is_active

    def ask(self, path: str, body: Any = None, token: str = "") -> Any:
        client = anonymous()
        if token:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client.get(path) if body is None else client.post(path, body, format="json")

    def log_in(self, password: str) -> Any:
        return self.ask("/auth/login", {"email": self.user.email, "password": password})

    @rule(target=sessions)
    def login(self) -> Held | None:
        answer = self.log_in(PASSWORD)
        if self.is_locked or not self.is_active:
            assert answer.status_code == 401
            if not self.is_locked:
                assert answer.json()["code"] == "account_closed"
            return None
        assert answer.status_code == 200, answer.content
        self.failures = []
        alive = [held for held in self.held if self.is_alive(held)]
        for oldest in alive[: max(len(alive) - LIMIT + 1, 0)]:
            oldest.ended = True
        pair = answer.json()
        held = Held(self.now, self.now, pair["token"], self.now, pair["refresh_token"])
        self.held.append(held)
        return held

    @rule()
    def guess(self) -> None:
        assert self.log_in("not the password").status_code == 401
        if self.is_locked:
            return
        window = self.now - timedelta(minutes=15)
        self.failures = [*(moment for moment in self.failures if moment > window), self.now]
        self.is_locked = len(self.failures) >= 5

    @rule(held=sessions)
    def use(self, held: Held | None) -> None:
        if held is None:
            return
        answer = self.ask("/auth/me", token=held.token)
        if self.now >= held.issued + TOKEN:
            assert answer.status_code == 401
            return
        assert answer.status_code == (200 if self.is_alive(held) else 401), answer.content
        if answer.status_code == 200 and self.now - held.seen > timedelta(minutes=1):
            held.seen = self.now

    @rule(held=sessions)
    def renew(self, held: Held | None) -> None:
        if held is None:
            return
        answer = self.ask("/auth/refresh", {"refresh_token": held.refresh})
        if not self.is_alive(held):
            assert answer.status_code == 401
            return
        assert answer.status_code == 200, answer.content
        held.spent.append((held.refresh, self.now))
        pair = answer.json()
        held.refresh, held.token, held.issued, held.seen = (
            pair["refresh_token"],
            pair["token"],
            self.now,
            self.now,
        )

    @rule(held=sessions, back=st.integers(1, 3))
    def replay(self, held: Held | None, back: int) -> None:
        if held is None or len(held.spent) < back:
            return
        secret, spent_at = held.spent[-back]
        is_repeated = back == 1 and self.now - spent_at <= timedelta(seconds=10)
        answer = self.ask("/auth/refresh", {"refresh_token": secret})
        if not is_repeated:
            assert answer.json()["code"] == "refresh_token_reused"
            held.ended = True
        elif self.is_alive(held):
            assert answer.json()["refresh_token"] == held.refresh
            held.token, held.issued = answer.json()["token"], self.now
        else:
            assert answer.status_code == 401

    @rule(held=sessions)
    def logout(self, held: Held | None) -> None:
        if held is None or self.now >= held.issued + TOKEN:
            return
        answer = self.ask("/auth/logout", {}, token=held.token)
        assert answer.status_code == (204 if self.is_alive(held) else 401)
        held.ended = held.ended or answer.status_code == 204

    @rule(held=sessions)
    def logout_all(self, held: Held | None) -> None:
        if held is None or self.now >= held.issued + TOKEN or not self.is_alive(held):
            return
        answer = self.ask("/auth/logout-all", {}, token=held.token)
        if self.now > held.opened + PROOF:
            assert answer.json()["code"] == "step_up_required"
            # A use like any other.
            held.seen = self.now if self.now - held.seen > timedelta(minutes=1) else held.seen
            return
        assert answer.status_code == 200
        self.end_all()

    def end_all(self) -> None:
        for held in self.held:
            held.ended = True

    def as_admin(self, verb: Any, **values: Any) -> None:
        access = access_for(self.cast.admin)
        with agency_scope(access):
            verb(access=access, user=User.objects.visible_to(access).get(pk=self.user.pk), **values)

    @rule()
    def disable(self) -> None:
        self.as_admin(deactivate_user)
        self.end_all()
        self.is_active = False

    @precondition(lambda self: not self.is_active)
    @rule()
    def enable(self) -> None:
        self.as_admin(reactivate_user)
        self.is_active = True

    @precondition(lambda self: self.is_locked)
    @rule()
    def release(self) -> None:
        self.as_admin(release_user)
        self.is_locked, self.failures = False, []

    @rule(role=st.sampled_from(["officer", "analyst"]))
    def change_role(self, role: str) -> None:
        access = access_for(self.cast.admin)
        with agency_scope(access):
            before = User.objects.visible_to(access).get(pk=self.user.pk).role
        self.as_admin(change_role, role=role)
        if role != before:
            self.end_all()

    @rule(seconds=st.sampled_from([1, 7, 13, 61, 601, 1201, 1801, 3601, 21_600]))
    def wait(self, seconds: int) -> None:
        self.time.shift(timedelta(seconds=seconds))


def run(cast: Cast, examples: int, steps: int) -> None:
    """Play so many games of so many steps."""
    machine = type("Machine", (SessionMachine,), {"cast": cast})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks
        ),
    )


def test_sessions_do_what_the_model_says(cast: Cast) -> None:
    # script/drill auth plays longer.
    examples, steps = os.environ.get("SESSION_GAMES", "12x25").split("x")
    run(cast, examples=int(examples), steps=int(steps))
