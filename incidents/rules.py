"""What is legal about an incident: pure functions over values, one sentence for each breach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from incidents.choices import MAX_OFFENCES, Completion

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class OffenceInput:
    """One offence as somebody states it: a NIBRS code, attempted or completed, the agency's own category."""

    code: str
    completion: str = Completion.COMPLETED
    category_id: UUID | None = None


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
