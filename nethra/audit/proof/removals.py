"""What is not in an audit any more, and whether the audit says so: retired by rule, or blanked by order."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from .checking import Event, Line, Report, Times

#: No event is retired before it was sealed for so long, in microseconds.
LEAST_AGE = 365 * 86_400 * 1_000_000
RETIRED = "retire"
_RANGE = re.compile(r"\[(\d+),(\d+)\)")
#: What an event about another row says it belongs to, as PostgreSQL spells jsonb.
_OWNER = re.compile(r'"(?:case|incident)_id": "([0-9a-f-]{36})"')
#: A record that was expunged says when; an order that was carried out, of which record.
_EXPUNGED, _EXECUTED = '"expunged_at": "', '"executed_at": "'
_SUBJECT = re.compile(r'"subject_id": "([0-9a-f-]{36})"')
ORDERS = "cases_expungeorder"


@dataclass(frozen=True)
class Retirement:
    """One run of the rule: the places of what it removed, whose, older than what (microseconds), and when it ran."""

    event: str
    places: tuple[range, ...]
    agency: str
    before: int
    at: int


@dataclass
class Removals:
    """Collects while the events go by; what it found is judged when all of them have."""

    retirements: list[Retirement] = field(default_factory=list)
    _blanked: dict[str, set[str]] = field(default_factory=dict)
    _expunged: set[str] = field(default_factory=set)

    def watch(self, events: Iterable[Event], report: Report) -> Iterator[Event]:
        """Yield the events, remembering what they say was removed and what was."""
        for event in events:
            if event["action"] == RETIRED:
                self._add(event, report)
            body, key = event["body"], str(event["object_id"])
            if "guarded" in event and event["guarded"] is None and event["guarded_hash"] is not None:
                self._blanked[event["id"]] = {key, *_OWNER.findall(body)}
            if _EXPUNGED in body:
                self._expunged.add(key)
            if event["entity"] == ORDERS and _EXECUTED in body:
                self._expunged.update(_SUBJECT.findall(body))
            yield event

    def _add(self, event: Event, report: Report) -> None:
        try:
            body = json.loads(event["body"])
            before, spans = int(body["before"]), _RANGE.findall(body["leaves"])
        except (ValueError, KeyError, TypeError):
            report.find("retention", event["id"], "The event does not say what it removed.")
            return
        places = tuple(range(int(first), int(last)) for first, last in spans)
        self.retirements.append(
            Retirement(event["id"], places, event["agency_id"], before, event["recorded_at"])
        )

    @property
    def places(self) -> list[range]:
        """The places of what was retired."""
        return [places for each in self.retirements for places in each.places]

    def judge(self, times: Times, report: Report) -> None:
        """Find what was retired before a year, by what the checkpoints say, or twice, and what no order blanked."""
        for (places, _), (further, twice) in pairwise(self._by_place):
            if further.start < places.stop:
                report.find("retention", twice.event, "It names places whose events were gone already.")
        for each in self.retirements:
            youngest = each.at - LEAST_AGE
            sealed = [times.sealed_at(places.stop - 1) for places in each.places if places]
            if each.before > youngest or any(at is None or at > youngest for at in sealed):
                report.find("retention", each.event, "Events of less than a year were removed.")
        for event, owners in self._blanked.items():
            if not owners & self._expunged:
                report.find("blanked", event, "The guarded part is gone, and no order says so.")

    def wrong_about(self, line: Line) -> str:
        """Return what is wrong about the absence of a line's event, if it was retired.

        A line that was written anew after its event had gone does not say whose it was.
        """
        place = bisect_right(self._by_place, line["seq"], key=lambda entry: entry[0].start) - 1
        if not line["agency_id"] or place < 0:
            return ""
        places, own = self._by_place[place]
        if line["seq"] not in places or (
            line["agency_id"] == own.agency and line["recorded_at"] < own.before
        ):
            return ""
        return "The event was removed, and no rule allows it."

    @cached_property
    def _by_place(self) -> list[tuple[range, Retirement]]:
        """What was retired, in the order of the tree: only read when all events have gone by, for every line then.

        No place stands there twice, or ``judge`` says so.
        """
        found = [(places, each) for each in self.retirements for places in each.places]
        return sorted(found, key=lambda entry: entry[0].start)
