"""What is legal about a case: pure functions over values, one sentence for each breach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cases.choices import CLOSED, TRANSITIONS, VERBS, CaseStatus, Transition

_BY_STEP = {(step.source, step.target): step for step in TRANSITIONS}
EARLIEST_BIRTH = date(1880, 1, 1)

#: What a button says that a move asks for.
ASKED = {
    "lead": "a lead",
    "referred_to": "whom it goes to",
    "clearance": "how it was cleared",
    "reason": "a reason",
}

#: What is said where a field of a transition holds nothing.
MISSING = {
    "lead": "Name a lead, who works the case.",
    "referred_to": "Name whom the case is referred to.",
    "clearance": "Say how the case was cleared.",
    "reason": "Give a reason; the history keeps it.",
}


@dataclass(frozen=True)
class Move:
    """A status as seen from where a case stands: the way there, or why there is none."""

    target: CaseStatus
    transition: Transition | None
    sentence: str = ""

    @property
    def verb(self) -> str:
        """What the button says."""
        return VERBS[self.target]

    @property
    def asks_for(self) -> str:
        """What the move needs, in words; empty where it needs nothing or there is no way."""
        if self.transition is None:
            return ""
        wanted = [*self.transition.fields, *(["reason"] if self.transition.needs_reason else [])]
        return " and ".join(ASKED[name] for name in wanted)


def transition_between(source: str, target: str) -> Transition | None:
    """Return the way from one status to another; None where there is none."""
    return _BY_STEP.get((CaseStatus(source), CaseStatus(target)))


def moves_from(source: str) -> list[Move]:
    """Return every status but the present one, each with its way or with why there is none."""
    return [move_between(source, target) for target in VERBS if target != source]


def move_between(source: str, target: CaseStatus) -> Move:
    """Return the way from one status to another, or a sentence on why there is none."""
    found = transition_between(source, target)
    return Move(target, found) if found else Move(target, None, _why_not(CaseStatus(source), target))


def _why_not(source: CaseStatus, target: CaseStatus) -> str:
    label = CaseStatus(source).label.lower()
    if source == target:
        return f"The case is {label} already."
    if source in CLOSED:
        return f"The case is {label}: reopen it first."
    if target == CaseStatus.REOPENED:
        return "Only a closed case is reopened."
    before = [CaseStatus(s.source).label.lower() for s in TRANSITIONS if s.target == target]
    if not before:
        return "A case is open only when it begins."
    return f"The case is {label}; this is for a case that is {' or '.join(before)}."


def missing_for(transition: Transition, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return field -> sentence for what the transition needs and the values (with ``reason``) lack."""
    wanted = [*transition.fields, *(["reason"] if transition.needs_reason else [])]
    return {name: [MISSING[name]] for name in wanted if not _holds(values.get(name))}


def _holds(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def breaches_of_birth(born_on: date | None, today: date) -> list[str]:
    """Return what is wrong with a birth date."""
    if born_on is None or EARLIEST_BIRTH <= born_on <= today:
        return []
    return [f"A birth date lies between {EARLIEST_BIRTH.year} and today."]
