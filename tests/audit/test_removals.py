"""What a log says was removed from it, over logs that are made up here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nethra.audit.proof.checking import Report, Stamp, Times
from nethra.audit.proof.removals import LEAST_AGE, Removals

DAY = 86_400 * 1_000_000
NOW = 3 * LEAST_AGE
CASE, OTHER = "01a20000-0000-7000-8000-00000000000a", "01a20000-0000-7000-8000-00000000000b"
#: Sealed: four leaves long ago, four more a year ago to the microsecond, two of late.
TIMES = Times(
    [Stamp(4, DAY, 0, 0, 0), Stamp(8, NOW - LEAST_AGE, 0, 0, 0), Stamp(10, NOW - LEAST_AGE + 1, 0, 0, 0)]
)


def event(key: str, **values: Any) -> dict[str, Any]:
    told = {"action": "update", "entity": "cases_case", "agency_id": "north", "object_id": CASE, "body": "{}"}
    return {"id": key, **told, "recorded_at": NOW, "guarded_hash": None, **values}


def retirement(key: str, leaves: str, before: int = NOW - LEAST_AGE, **values: Any) -> dict[str, Any]:
    return event(key, action="retire", body=json.dumps({"before": before, "leaves": leaves}), **values)


def judged(*events: dict[str, Any], times: Times = TIMES) -> tuple[Removals, list[tuple[str, str, str]]]:
    removals, report = Removals(), Report()
    assert list(removals.watch(events, report)) == list(events)
    removals.judge(times, report)
    return removals, [(each.kind, each.where, each.sentence) for each in report.findings]


def test_what_a_rule_removed_after_a_year_is_in_order() -> None:
    removals, findings = judged(
        event("e0"), retirement("r1", "{[0,2),[3,4)}"), retirement("r2", "{[4,8)}"), retirement("r3", "{}")
    )

    assert findings == []
    assert removals.places == [range(2), range(3, 4), range(4, 8)]


@pytest.mark.parametrize(
    "removed",
    [
        # Younger by what it says, by when it was sealed, and by nothing that was ever sealed.
        retirement("r", "{[0,2)}", before=NOW - LEAST_AGE + 1),
        retirement("r", "{[0,2),[7,9)}"),
        retirement("r", "{[9,11)}"),
    ],
)
def test_what_is_younger_than_a_year_is_not_removed(removed: dict[str, Any]) -> None:
    assert judged(removed)[1] == [("retention", "r", "Events of less than a year were removed.")]


def test_the_age_counts_from_when_it_was_removed() -> None:
    late = retirement("r", "{[8,10)}", before=0, recorded_at=NOW + 1)

    assert judged(late)[1] == []


def test_nothing_is_removed_twice() -> None:
    found = judged(retirement("r1", "{[0,3)}"), retirement("r2", "{[2,4)}"), retirement("r3", "{[4,5)}"))[1]

    assert found == [("retention", "r2", "It names places whose events were gone already.")]


@pytest.mark.parametrize(
    "body",
    ["{}", "no json", '{"before": 1}', '{"before": "x", "leaves": "{}"}', '{"before": 1, "leaves": 2}', "[]"],
)
def test_an_event_that_does_not_say_what_it_removed_is_found(body: str) -> None:
    removals, findings = judged(event("r", action="retire", body=body))

    assert findings == [("retention", "r", "The event does not say what it removed.")]
    assert removals.retirements == []


@pytest.mark.parametrize(
    "order",
    [
        event("x", body='{"new": {"expunged_at": "2026-01-01"}}'),
        event(
            "x",
            entity="cases_expungeorder",
            object_id=OTHER,
            body=f'{{"new": {{"executed_at": "2026-01-01", "subject_id": "{CASE}"}}}}',
        ),
    ],
)
@pytest.mark.parametrize(
    "of_what",
    [
        {},
        {"object_id": OTHER, "body": f'{{"case_id": "{CASE}"}}'},
        {"object_id": OTHER, "body": f'{{"incident_id": "{CASE}"}}'},
    ],
)
def test_what_an_order_blanked_is_in_order_whenever_it_came(
    order: dict[str, Any], of_what: dict[str, Any]
) -> None:
    blanked = event("b", guarded=None, guarded_hash="ff", **of_what)

    assert judged(blanked, order)[1] == []
    assert judged(order, blanked)[1] == []


@pytest.mark.parametrize(
    "other",
    [
        event("x"),
        event("x", object_id=OTHER, body='{"new": {"expunged_at": "2026-01-01"}}'),
        event("x", body='{"new": {"expunged_at": null}}'),
        event("x", object_id=OTHER, body=f'{{"executed_at": "2026-01-01", "subject_id": "{CASE}"}}'),
        event(
            "x",
            entity="cases_expungeorder",
            object_id=OTHER,
            body=f'{{"executed_at": null, "subject_id": "{CASE}"}}',
        ),
        event(
            "x",
            entity="cases_expungeorder",
            object_id=OTHER,
            body=f'{{"executed_at": "2026", "subject_id": "{OTHER}"}}',
        ),
    ],
)
def test_what_no_order_blanked_is_found(other: dict[str, Any]) -> None:
    found = judged(event("b", guarded=None, guarded_hash="ff"), other)[1]

    assert found == [("blanked", "b", "The guarded part is gone, and no order says so.")]


def test_what_has_no_guarded_part_was_not_blanked() -> None:
    events = (
        event("a", guarded=None, guarded_hash=None),
        event("b", guarded="{}", guarded_hash="ff"),
        event("c", guarded_hash="ff"),
    )

    assert judged(*events)[1] == []


def test_a_line_s_event_is_absent_by_a_rule_of_its_own_agency_alone() -> None:
    removals, _ = judged(
        retirement("r2", "{[6,8)}", before=50, agency_id="south"),
        retirement("r1", "{[1,3),[4,5)}", before=20),
    )

    def wrong(seq: int, agency: str = "north", at: int = 10) -> str:
        return removals.wrong_about({"seq": seq, "agency_id": agency, "recorded_at": at})

    sentence = "The event was removed, and no rule allows it."
    assert [wrong(seq) for seq in (0, 1, 2, 3, 4, 5)] == [""] * 6
    assert wrong(1, at=19) == ""
    assert wrong(1, at=20) == sentence
    assert wrong(2, "south") == sentence
    assert wrong(6, "south", 49) == ""
    assert wrong(7, "north") == sentence
    assert wrong(8, "north") == ""
    assert wrong(1, "") == ""
    assert Removals().wrong_about({"seq": 1, "agency_id": "north", "recorded_at": 1}) == ""
