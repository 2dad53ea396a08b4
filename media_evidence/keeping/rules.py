"""Whether an exhibit may be disposed of, and why or why not: facts in, a verdict out, nothing is asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from media_evidence.choices import ClockStart, CustodyState

#: For so long an approved disposal can be called back: a working week and the days around it, so that whoever was
#: away hears of it before the file is gone. The database holds the same (move_disposal).
RECOVERY = timedelta(days=7)


@dataclass(frozen=True)
class Rule:
    """One category of an exhibit."""

    name: str
    days: int
    starts: str = ClockStart.CASE_CLOSED

    def __str__(self) -> str:
        return f"{self.name}: {self.days} days, counted from {ClockStart(self.starts).label.lower()}"


@dataclass(frozen=True)
class Facts:
    """What is known of an exhibit and its case when the question is asked; times with a zone."""

    now: datetime
    case_number: str
    closed_at: datetime | None
    rules: Sequence[Rule] = ()
    is_on_hold: bool = False
    #: By which order, as whoever placed the hold said.
    hold: str = ""
    is_sealed: bool = False
    #: The agency that leads the case instead, '' where it is led here.
    led_by: str = ""
    custody: str = CustodyState.HELD


@dataclass(frozen=True)
class Verdict:
    """Whether an exhibit is due, when, and one sentence why.

    ``due_at`` is told where the rules name a day, also while something else keeps the exhibit.
    """

    is_due: bool
    due_at: datetime | None
    reason: str
    rule: Rule | None = None


def verdict_of(facts: Facts) -> Verdict:
    """Return whether the exhibit may be disposed of now."""
    rule = longest(facts.rules)
    due_at = _due_at(facts, rule)
    for keeps in _KEEPERS:
        if sentence := keeps(facts, rule, due_at):
            return Verdict(False, due_at, sentence, rule)
    return Verdict(True, due_at, f"Due by {rule}.", rule)


def longest(rules: Sequence[Rule]) -> Rule | None:
    """Return the rule that keeps for the longest, of equals the first by name; None without any."""
    return min(rules, key=lambda rule: (-rule.days, rule.name), default=None)


def _due_at(facts: Facts, rule: Rule | None) -> datetime | None:
    if rule is None or facts.closed_at is None:
        return None
    return facts.closed_at + timedelta(days=rule.days)


def _gone(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    return "It was disposed of." if facts.custody == CustodyState.DISPOSED else ""


def _held(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    if not facts.is_on_hold:
        return ""
    return f"On legal hold: {facts.hold.rstrip('.')}." if facts.hold else "On legal hold."


def _sealed(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    return f"The case {facts.case_number} is sealed by order." if facts.is_sealed else ""


def _led_elsewhere(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    return f"{facts.led_by} leads the case {facts.case_number}." if facts.led_by else ""


def _open(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    return f"The case {facts.case_number} is open." if facts.closed_at is None else ""


def _without_rule(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    return "" if rule else "No category: it is kept without end."


def _too_soon(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    return f"Kept by {rule}." if due_at is not None and due_at > facts.now else ""


def _away(facts: Facts, rule: Rule | None, due_at: datetime | None) -> str:
    if facts.custody == CustodyState.HELD:
        return ""
    return f"Due by {rule}, but not in custody here: {CustodyState(facts.custody).label.lower()}."


#: What keeps an exhibit, the strongest first: of several reasons the first is told.
_KEEPERS: tuple[Callable[[Facts, Rule | None, datetime | None], str], ...] = (
    _gone,
    _held,
    _sealed,
    _led_elsewhere,
    _open,
    _without_rule,
    _too_soon,
    _away,
)
