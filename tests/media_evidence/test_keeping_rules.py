"""The rules of retention as a table: what is known of an exhibit, and the verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from media_evidence.choices import CustodyState
from media_evidence.keeping.rules import Facts, Rule, longest, verdict_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHORT, LONG = Rule("Traffic", 30), Rule("Violence", 400)
CLOSED = NOW - timedelta(days=100)
BY_SHORT = "Traffic: 30 days, counted from when the case was closed"
BY_LONG = "Violence: 400 days, counted from when the case was closed"

#: What is known, then whether it is due, after how many days from the closing, and why.
TABLE: list[tuple[dict[str, Any], bool, int | None, str]] = [
    ({"rules": [SHORT]}, True, 30, f"Due by {BY_SHORT}."),
    ({"rules": [LONG]}, False, 400, f"Kept by {BY_LONG}."),
    ({"rules": [SHORT, LONG]}, False, 400, f"Kept by {BY_LONG}."),
    (
        {"rules": [Rule("Edge", 100)]},
        True,
        100,
        "Due by Edge: 100 days, counted from when the case was closed.",
    ),
    ({"rules": []}, False, None, "No category: it is kept without end."),
    ({"rules": [SHORT], "closed_at": None}, False, None, "The case 2026-000001 is open."),
    ({"rules": [], "closed_at": None}, False, None, "The case 2026-000001 is open."),
    ({"rules": [SHORT], "is_on_hold": True, "hold": "Order 7."}, False, 30, "On legal hold: Order 7."),
    ({"rules": [SHORT], "is_on_hold": True}, False, 30, "On legal hold."),
    ({"rules": [SHORT], "is_on_hold": True, "closed_at": None}, False, None, "On legal hold."),
    ({"rules": [SHORT], "is_on_hold": True, "is_sealed": True}, False, 30, "On legal hold."),
    ({"rules": [SHORT], "is_sealed": True}, False, 30, "The case 2026-000001 is sealed by order."),
    ({"rules": [SHORT], "led_by": "West"}, False, 30, "West leads the case 2026-000001."),
    (
        {"rules": [SHORT], "is_sealed": True, "led_by": "West"},
        False,
        30,
        "The case 2026-000001 is sealed by order.",
    ),
    ({"rules": [SHORT], "custody": CustodyState.DISPOSED}, False, 30, "It was disposed of."),
    (
        {"rules": [SHORT], "custody": CustodyState.RELEASED},
        False,
        30,
        f"Due by {BY_SHORT}, but not in custody here: released.",
    ),
    (
        {"rules": [SHORT], "custody": CustodyState.OFFERED},
        False,
        30,
        f"Due by {BY_SHORT}, but not in custody here: handed over, not accepted yet.",
    ),
    ({"rules": [LONG], "custody": CustodyState.RELEASED}, False, 400, f"Kept by {BY_LONG}."),
]


@pytest.mark.parametrize(("known", "is_due", "days", "reason"), TABLE)
def test_the_verdict_is_the_tables(
    known: dict[str, Any], is_due: bool, days: int | None, reason: str
) -> None:
    facts = Facts(**{"now": NOW, "case_number": "2026-000001", "closed_at": CLOSED, **known})

    verdict = verdict_of(facts)

    due_at = None if days is None else CLOSED + timedelta(days=days)
    assert (verdict.is_due, verdict.due_at, verdict.reason) == (is_due, due_at, reason)


def test_it_is_due_from_the_second_on_at_which_its_days_are_over() -> None:
    facts: dict[str, Any] = {"now": NOW, "case_number": "1", "rules": [SHORT]}
    over = NOW - timedelta(days=30)

    assert verdict_of(Facts(**facts, closed_at=over)).is_due
    assert not verdict_of(Facts(**facts, closed_at=over + timedelta(seconds=1))).is_due


def test_of_equal_rules_the_first_by_name_is_told() -> None:
    assert longest([Rule("B", 9), Rule("A", 9), Rule("C", 3)]) == Rule("A", 9)
    assert longest([]) is None
