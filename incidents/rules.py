"""What is legal about an incident: pure functions over values, one sentence for each breach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from incidents.choices import MAX_HABIT, MAX_OFFENCES, Completion, HabitField

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class OffenceInput:
    """One offence as somebody states it: a NIBRS code, attempted or completed, the agency's own category."""

    code: str
    completion: str = Completion.COMPLETED
    category_id: UUID | None = None


@dataclass(frozen=True)
class HabitInput:
    """How it was done in one field of ``HabitField``, in a few words without blanks around them."""

    field: str
    value: str


def breaches_of_times(
    occurred_from: datetime, occurred_until: datetime, reported_at: datetime, now: datetime
) -> dict[str, list[str]]:
    """Return what is wrong with an incident's times, per field."""
    breaches: dict[str, list[str]] = {}
    if occurred_until < occurred_from:
        breaches["occurred_until"] = ["The end must not be before the start."]
    if occurred_from > now + CLOCK_TOLERANCE:
        breaches["occurred_from"] = ["The incident cannot have begun in the future."]
    if reported_at > now + CLOCK_TOLERANCE:
        breaches["reported_at"] = ["The report cannot lie in the future."]
    elif reported_at + CLOCK_TOLERANCE < occurred_from:
        breaches["reported_at"] = ["The report cannot come before the incident began."]
    return breaches


def breaches_of_offences(offences: Sequence[OffenceInput], known_codes: Mapping[str, bool]) -> list[str]:
    """Return what is wrong with the offences; ``known_codes`` maps code to whether it is retired."""
    if not offences:
        return ["State at least one offence."]
    if len(offences) > MAX_OFFENCES:
        return [f"An incident has at most {MAX_OFFENCES} offences."]
    breaches = [f"'{o.code}' is not a NIBRS offence code." for o in offences if o.code not in known_codes]
    breaches += [
        f"'{o.completion}' is neither attempted nor completed."
        for o in offences
        if o.completion not in Completion
    ]
    repeated = [code for code, count in Counter(o.code for o in offences).items() if count > 1]
    return breaches + [f"The offence {code} is stated twice." for code in repeated]


def breaches_of_habits(habits: Sequence[HabitInput]) -> list[str]:
    """Return what is wrong with a modus operandi."""
    breaches = [
        f"'{h.field}' is not a field of modus operandi." for h in habits if h.field not in HabitField.values
    ]
    breaches += [sentence for habit in habits if (sentence := _breach_of_value(habit))]
    repeated = [field for field, count in Counter(h.field for h in habits).items() if count > 1]
    return breaches + [f"The field {field} is stated twice." for field in repeated]


def _breach_of_value(habit: HabitInput) -> str:
    if not habit.value or habit.value != habit.value.strip():
        return f"Say a few words for {habit.field}, without blanks around them."
    if len(habit.value) > MAX_HABIT:
        return f"At most {MAX_HABIT} letters for {habit.field}."
    return "" if habit.value.isprintable() else f"Only printable letters for {habit.field}."
