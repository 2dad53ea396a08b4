"""What must hold for tokens, for strangers' clocks and for the cost of looking a session up.

Run by script/drill auth; prints one line for each claim and exits 1 where one does not hold.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from tests.browser.served import LOGINS, Served, serve
from tests.support.database import with_database

FAIR = 0.05
LEAST_RATIO = 0.8
MOST_MILLISECONDS = 3.0
PAGE = 40


def main() -> int:
    """Run the claims one after the other; return the exit code."""
    parser = argparse.ArgumentParser(prog="script/drill auth", description=__doc__)
    parser.add_argument("--mutants", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--requests", type=int, default=4000)
    options = parser.parse_args()
    name = f"nethra_drill_auth_{os.getpid()}"
    # The limit of failures is lifted as far as it goes: the clock is measured here, not the lock.
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), name, LOCK_AFTER="100") as house:
        claims = [
            claim_timing(house, options.tries),
            *in_process(house, options.mutants, options.requests),
        ]
    for holds, sentence in claims:
        print(f"{'ok  ' if holds else 'FAIL'} {sentence}")
    return 0 if all(holds for holds, _ in claims) else 1


Claim = tuple[bool, str]


def claim_timing(house: Served, tries: int) -> Claim:
    """Compare wrong passwords for people of the agency with the same for addresses that nobody has."""
    known = [email for email, _ in LOGINS.values()]
    unknown = [f"nobody{number}@demo.example" for number in range(len(known))]
    if tries > len(known) * 90:
        raise SystemExit(f"At most {len(known) * 90} tries: each address bears a hundred failures in all.")
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(tries):
        # By turns, so that whatever else the machine does falls on both.
        for kind, addresses in (("known", known), ("unknown", unknown)):
            taken[kind].append(timed_guess(house, addresses[number % len(addresses)]))
    medians = {kind: statistics.median(times) for kind, times in taken.items()}
    difference = abs(medians["known"] - medians["unknown"]) / medians["unknown"]
    sentence = (
        f"{tries} tries each: median {medians['known'] * 1000:.1f} ms for people, "
        f"{medians['unknown'] * 1000:.1f} ms for strangers, {difference:.1%} apart (at most {FAIR:.0%})"
    )
    return difference <= FAIR, sentence


def timed_guess(house: Served, email: str) -> float:
    """Return the seconds that one wrong password takes."""
    host = house.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    body = json.dumps({"email": email, "password": "not the password of anybody"})
    began = time.perf_counter()
    connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    elapsed = time.perf_counter() - began
    connection.close()
    if answer.status != 401:
        raise SystemExit(f"A wrong password for {email} was answered with {answer.status}.")
    return elapsed


def in_process(house: Served, mutants: int, requests: int) -> list[Claim]:
    """Run what needs Nethra itself, on the served database."""
    os.environ["DATABASE_URL"] = with_database(
        os.environ["DATABASE_URL"], house.environment["DATABASE_URL"].rpartition("/")[2]
    )
    os.environ["DJANGO_SETTINGS_MODULE"] = "nethra.settings"
    import django

    django.setup()
    return [claim_mutants(mutants), *claim_look_up(house, requests)]


def claim_mutants(number: int) -> Claim:
    """Change tokens in every way one letter can be changed; none may be read, none may raise anything else."""
    from uuid import uuid4

    from accounts import tokens
    from tests.accounts.test_tokens import mutants

    now, accepted, unexpected, tried = datetime.now(UTC), 0, 0, 0
    began = time.perf_counter()
    while tried < number:
        token = tokens.issue(
            user_id=uuid4(), agency_id=uuid4(), session_id=uuid4(), role="officer", token_id=uuid4(), now=now
        )
        tokens.read(token, now=now)
        for mutant in mutants(token, min(10_000, number - tried), seed=tried):
            tried += 1
            try:
                tokens.read(mutant, now=now)
                accepted += 1
            except tokens.InvalidToken:
                pass
            except Exception:  # noqa: BLE001
                unexpected += 1
    rate = tried / (time.perf_counter() - began)
    sentence = f"{tried:,} mutants of tokens: {accepted} accepted, {unexpected} unexpected exceptions ({rate:,.0f}/s)"
    return accepted == unexpected == 0, sentence


def claim_look_up(house: Served, requests: int) -> list[Claim]:
    """Compare an incident's detail with the token read and its session looked up against the same without."""
    from django.core.wsgi import get_wsgi_application

    from accounts import middleware
    from accounts.sessions import find_identity

    application = get_wsgi_application()
    token = sign_in(house, *LOGINS["officer"])
    listed = json.loads(answer_of(application, f"/api/v1/incidents?size={PAGE}", token)[1])
    paths = [f"/api/v1/incidents/{record['id']}" for record in listed["data"]]
    spent: list[float] = []
    kept: dict[str, Any] = {}

    def looked_up(**names: Any) -> Any:
        began = time.perf_counter()
        kept["identity"] = find_identity(**names)
        spent.append(time.perf_counter() - began)
        return kept["identity"]

    with mock.patch.object(middleware, "find_identity", looked_up):
        answer_of(application, paths[0], token)
        named = middleware.named_by_token(token)
    known = mock.patch.object(middleware, "find_identity", return_value=kept["identity"])
    read = mock.patch.object(middleware, "named_by_token", return_value=named)
    seconds = {"with": 0.0, "without": 0.0}
    rounds = max(requests // (2 * PAGE), 1)
    for _ in range(rounds):
        with mock.patch.object(middleware, "find_identity", looked_up):
            seconds["with"] += run(application, paths, token)
        with known, read:
            seconds["without"] += run(application, paths, token)
    ratio = seconds["without"] / seconds["with"]
    rate = rounds * PAGE / seconds["with"]
    slowest = statistics.quantiles(spent, n=100)[98] * 1000
    return [
        (
            ratio >= LEAST_RATIO,
            f"API detail with token and session look-up: {ratio:.2f}x of the same without "
            f"(at least {LEAST_RATIO}x), {rate:.0f}/s over {rounds * PAGE} requests each",
        ),
        (
            slowest <= MOST_MILLISECONDS,
            f"the session look-up: p99 {slowest:.2f} ms (at most {MOST_MILLISECONDS:.0f} ms)",
        ),
    ]


def sign_in(house: Served, email: str, password: str) -> str:
    """Return an access token."""
    connection = http.client.HTTPConnection(house.url.removeprefix("http://"), timeout=30)
    body = json.dumps({"email": email, "password": password})
    connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
    return str(json.loads(connection.getresponse().read())["token"])


def run(application: Callable[..., Any], paths: list[str], token: str) -> float:
    """Return the seconds that all the paths take."""
    began = time.perf_counter()
    for path in paths:
        status, _ = answer_of(application, path, token)
        if status != "200 OK":
            raise SystemExit(f"{path} was answered with {status}.")
    return time.perf_counter() - began


def answer_of(application: Callable[..., Any], path: str, token: str) -> tuple[str, bytes]:
    """Ask Nethra's WSGI application, without a network in between."""
    name, _, query = path.partition("?")
    said: list[str] = []
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": name,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    answer = application(environment, lambda status, headers: said.append(status))
    body = b"".join(answer)
    answer.close()
    return said[0], body


if __name__ == "__main__":
    sys.exit(main())
