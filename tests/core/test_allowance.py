"""Requests that a process counts beforehand: together never more than the limit, and of its own minute only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from nethra.core.models import uuid7
from nethra.core.throttles import MOST_TAKEN, SHARE, Allowance, TooManyRequests, key_of, standing


def key() -> bytes:
    return key_of("test", str(uuid7()))


def let_through(allowance: Allowance, of: bytes, limit: int, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            allowance.spend(of, limit)
        except TooManyRequests:
            continue
        done += 1
    return done


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 3, 99, 150, 600])
def test_one_process_lets_exactly_the_limit_through(limit: int) -> None:
    assert let_through(Allowance(), key(), limit, limit + 5) == limit


@pytest.mark.django_db
def test_two_processes_share_the_limit() -> None:
    of, limit, taken = key(), 150, 150 // SHARE
    first, second = Allowance(), Allowance()

    done = (
        let_through(first, of, limit, 70)
        + let_through(second, of, limit, 200)
        + let_through(first, of, limit, 9)
    )

    assert limit - taken <= done <= limit


@pytest.mark.django_db
def test_most_requests_ask_nothing_of_the_database() -> None:
    of, allowance = key(), Allowance()

    for _ in range(MOST_TAKEN):
        allowance.spend(of, 10_000)

    assert standing(of).n == MOST_TAKEN


@pytest.mark.django_db
def test_what_was_not_used_is_gone_with_its_minute() -> None:
    of, allowance = key(), Allowance()
    allowance.spend(of, 600)
    left, _ = allowance._left[of]
    assert left == 600 // SHARE - 1
    allowance._left[of] = (left, 0.0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_requestcount SET until = clock_timestamp() WHERE key = %s", [of])

    assert let_through(allowance, of, 600, 700) == 600


@pytest.mark.django_db
def test_who_is_over_the_limit_is_told_when_to_come_back() -> None:
    of, allowance = key(), Allowance()
    assert let_through(allowance, of, 2, 2) == 2

    with pytest.raises(TooManyRequests) as refused:
        allowance.spend(of, 2)
    assert 1 <= refused.value.seconds <= 60


@pytest.mark.django_db(transaction=True)
def test_threads_of_a_process_share_exactly() -> None:
    of, allowance = key(), Allowance()

    def ask(times: int) -> int:
        try:
            return let_through(allowance, of, 200, times)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, [60] * 4)) == 200
