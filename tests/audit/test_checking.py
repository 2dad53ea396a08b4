"""The check of an exported log, piece by piece, over logs that are made up here: no database, every boundary."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nethra.audit.proof.checking import (
    TOLD,
    Finding,
    Report,
    Stamp,
    Times,
    check_events,
    check_lines,
    check_places,
    check_tree,
    read_checkpoints,
    stamps_of,
)
from nethra.audit.proof.leaves import COLUMNS, guarded_hash, leaf_of
from nethra.audit.proof.notes import Checkpoint, PublicKey, signed
from nethra.audit.proof.tree import EMPTY, root_of

LOG = "nethra/audit"
LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(9)]
UNTIMED = Times([])


def event(number: int, **values: Any) -> dict[str, Any]:
    """Return an event as it is exported, with the leaf that follows from its columns."""
    told: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    told |= {"id": f"e{number}", "recorded_at": 1_000 + number, "guarded_hash": None, "body": "{}"}
    told |= {"seq": number, "xid": str(100 + number)}
    told |= {name: value for name, value in values.items() if name != "leaf"}
    return {**told, "leaf": values.get("leaf", leaf_of(told).hex())}


def leaves_of(events: Iterable[dict[str, Any]]) -> list[bytes]:
    return [bytes.fromhex(each["leaf"]) for each in events]


def found(report: Report) -> list[tuple[str, str, str]]:
    assert report.is_sound is not bool(report.findings)
    return [(each.kind, each.where, each.sentence) for each in report.findings]


def checkpoint(size: int, leaves: Sequence[bytes] = LEAVES, **more: object) -> Checkpoint:
    told = tuple((name, str(value)) for name, value in more.items())
    return Checkpoint(LOG, size, root_of(leaves[:size]), told)


@pytest.fixture(scope="module")
def keys() -> list[tuple[PublicKey, Any]]:
    """Three keys of one log, the newest first, each with what signs."""
    private = [Ed25519PrivateKey.generate() for _ in range(3)]
    return [(PublicKey("log", key.public_key().public_bytes_raw()), key.sign) for key in private]


# What is found


def test_the_first_twenty_of_a_kind_are_told_and_all_are_counted() -> None:
    report = Report()
    for number in range(TOLD + 5):
        report.find("event", number, "A sentence.")
    report.find("tree", "x", "Another.")

    assert TOLD == 20
    assert report.counts == {"event": 25, "tree": 1}
    assert report.findings[0] == Finding("event", "0", "A sentence.")
    assert [each.where for each in report.findings] == [*map(str, range(20)), "x"]
    assert not report.is_sound
    assert Report().is_sound


# Checkpoints


def test_checkpoints_are_read_in_order_and_what_is_not_the_keys_own_is_found(keys: Any) -> None:
    (newest, sign), (older, sign_older), (_, sign_other) = keys
    notes = [
        signed(checkpoint(2).text(), older, sign_older),
        signed(checkpoint(3).text(), older, sign_other),
        signed("no checkpoint\n", newest, sign),
        signed(checkpoint(4).text(), newest, sign),
    ]
    report = Report()

    read = read_checkpoints(notes, [newest, older], report)

    assert read == [checkpoint(2), checkpoint(4)]
    assert report.checkpoints == 2
    assert found(report) == [
        ("checkpoint", "checkpoint 2", "The signature by log is not one over this text."),
        ("checkpoint", "checkpoint 3", "A checkpoint says its log, its size and its root in three lines."),
    ]


def test_no_key_that_was_replaced_signs_again(keys: Any) -> None:
    known = [key for key, _ in keys]
    turns = (2, 1, 1, 2, 0, 1, 0)
    notes = [
        signed(checkpoint(size).text(), known[turn], keys[turn][1]) for size, turn in enumerate(turns, 1)
    ]
    report = Report()

    assert len(read_checkpoints(notes, known, report)) == len(turns)

    sentence = "It is signed by a key that was replaced before."
    assert found(report) == [
        ("checkpoint", "checkpoint 4", sentence),
        ("checkpoint", "checkpoint 6", sentence),
    ]


def test_a_log_neither_shrinks_nor_becomes_another(keys: Any) -> None:
    (key, sign), *_ = keys
    steps = [(LOG, 2), (LOG, 2), (LOG, 5), (LOG, 4), ("another", 4), ("another", 6)]
    notes = [signed(Checkpoint(name, size, EMPTY).text(), key, sign) for name, size in steps]
    report = Report()

    read_checkpoints(notes, [key], report)

    assert found(report) == [
        ("checkpoint", "size 4", "The log had 5 leaves before it had 4."),
        ("checkpoint", "size 4", "The log had 4 leaves before it had 4."),
    ]


# The tree


def test_every_checkpoint_is_compared_with_as_many_leaves() -> None:
    report = Report()

    check_tree(LEAVES, [checkpoint(size) for size in (0, 1, 3, 3, 9)], report)

    assert report.is_sound
    assert report.leaves == 9


@pytest.mark.parametrize("size", [0, 1, 5, 9])
def test_a_root_of_other_leaves_is_found(size: int) -> None:
    report, wrong = Report(), Checkpoint(LOG, size, hashlib.sha256(b"x").digest())

    check_tree(LEAVES, [checkpoint(2), wrong, checkpoint(8)], report)

    assert found(report) == [
        ("tree", f"size {size}", f"The first {size} leaves are not those that were signed.")
    ]


def test_both_of_two_checkpoints_over_as_many_leaves_are_compared() -> None:
    report = Report()

    check_tree(LEAVES, [checkpoint(4), Checkpoint(LOG, 4, EMPTY)], report)

    assert report.counts == {"tree": 1}


def test_what_was_signed_and_is_not_there_is_missing() -> None:
    report = Report()

    check_tree(LEAVES[:3], [checkpoint(9), checkpoint(3), checkpoint(5)], report)

    assert found(report) == [
        ("missing", "size 5", "5 leaves were signed and only 3 are there."),
        ("missing", "size 9", "9 leaves were signed and only 3 are there."),
    ]


# Events


def test_events_that_are_as_they_were_written_are_sound_and_counted() -> None:
    events = [event(number) for number in range(4)] + [event(4, seq=None), event(5, seq=None)]
    report = Report()

    assert list(check_events(events, leaves_of(events)[:4], UNTIMED, report)) == events
    assert report.is_sound
    assert (report.events, report.unsealed, report.blanked) == (6, 2, 0)


@pytest.mark.parametrize("name", COLUMNS)
def test_any_column_that_was_changed_is_found(name: str) -> None:
    written = event(0)
    changed = {**written, name: 7}
    report = Report()

    list(check_events([changed], leaves_of([written]), UNTIMED, report))

    where = str(changed["id"])
    assert found(report) == [
        ("event", where, "The event is not what its leaf was computed from."),
        ("event", where, "Leaf 0 of the tree is not the event's."),
    ]


@pytest.mark.parametrize("seq", [1, -1, 2, 99])
def test_an_event_in_another_s_place_or_in_none_is_found(seq: int) -> None:
    events = [event(0), event(1)]
    report = Report()

    list(check_events([{**events[0], "seq": seq}], leaves_of(events), UNTIMED, report))

    assert found(report) == [("event", "e0", f"Leaf {seq} of the tree is not the event's.")]


def test_the_guarded_part_is_the_one_committed_to_or_blanked() -> None:
    salt, guarded = "00ff", '{"new": {"title": "x"}}'
    hashed = guarded_hash(guarded, salt)
    events = [
        event(0, guarded=guarded, salt=salt, guarded_hash=hashed),
        event(1, guarded=guarded + " ", salt=salt, guarded_hash=hashed),
        event(2, guarded=guarded, salt="00fe", guarded_hash=hashed),
        event(3, guarded=None, salt=None, guarded_hash=hashed),
        event(4, guarded=None, salt=None, guarded_hash=None),
        event(5, guarded_hash=hashed),
        event(6, guarded=guarded, salt=None, guarded_hash=guarded_hash(guarded, "")),
    ]
    report = Report()

    list(check_events(events, leaves_of(events), UNTIMED, report))

    sentence = "The guarded part is not the one that the event commits to."
    assert found(report) == [("event", "e1", sentence), ("event", "e2", sentence)]
    assert report.blanked == 1


# Times


def test_a_checkpoint_tells_the_time_and_what_was_over_or_not_begun() -> None:
    told: dict[str, Any] = {"at": 10, "over": 20, "next": 30, "epoch": 1}

    assert stamps_of([checkpoint(5, **told), checkpoint(2, at=4)], []) == [
        Stamp(2, 4, 0, 0, 0),
        Stamp(5, 10, 20, 30, 1),
    ]


def test_lines_beyond_the_last_checkpoint_tell_what_theirs_did() -> None:
    def line(seq: int, **values: int) -> dict[str, Any]:
        return {"seq": seq, "at": 50, "over": 60, "next": 70, "epoch": 0, **values}

    lines = [line(7), line(5), line(6), line(4, at=1), line(9, at=51), line(8, at=51)]
    halves = [{name: value for name, value in line(20).items() if name != "over"}]

    assert stamps_of([checkpoint(5, at=10)], [*lines, *halves]) == [
        Stamp(5, 10, 0, 0, 0),
        Stamp(8, 50, 60, 70, 0),
        Stamp(10, 51, 60, 70, 0),
    ]
    assert stamps_of([], [line(0)]) == [Stamp(1, 50, 60, 70, 0)]
    assert stamps_of([], []) == []


#: Two checkpoints: over 4 leaves at 1,000 with transactions below 104 over and none from 110 on begun; then over 8.
STAMPS = (Stamp(4, 1_000, 104, 110, 0), Stamp(8, 2_000, 120, 130, 0))


def test_when_a_leaf_was_sealed_says_the_first_checkpoint_over_it() -> None:
    times = Times(STAMPS)

    assert [times.sealed_at(seq) for seq in (0, 3, 4, 7, 8)] == [1_000, 1_000, 2_000, 2_000, None]


@pytest.mark.parametrize(
    ("seq", "xid", "at", "kind"),
    [
        # Before the first checkpoint nothing was over, and anything may have begun.
        (0, 1, 0, None),
        (3, 109, 0, None),
        # Among what came after the first: its transaction was not over then.
        (4, 103, 5_000, "inserted"),
        (4, 104, 5_000, None),
        (7, 103, 5_000, "inserted"),
        # One that had not begun at the first checkpoint writes no earlier time.
        (4, 110, 999, "back_dated"),
        (4, 110, 1_000, None),
        (4, 109, 0, None),
        (8, 119, 5_000, "inserted"),
        (8, 120, 999, "back_dated"),
        (8, 120, 1_000, None),
        (8, 130, 1_999, "back_dated"),
        (8, 130, 2_000, None),
        # What is not sealed yet comes after all of them.
        (None, 119, 5_000, "inserted"),
        (None, 130, 1_999, "back_dated"),
        (None, 130, 2_000, None),
    ],
)
def test_an_event_is_of_its_time(seq: int | None, xid: int, at: int, kind: str | None) -> None:
    report = Report()

    Times(STAMPS).check(event(0, seq=seq, xid=str(xid), recorded_at=at), report)

    sentences = {
        "inserted": "The event was not there when its neighbours were sealed.",
        "back_dated": "The event is dated before the transaction that wrote it.",
    }
    assert found(report) == ([(kind, "e0", sentences[kind])] if kind else [])


def test_after_a_restore_transactions_count_anew() -> None:
    times = Times([*STAMPS, Stamp(10, 3_000, 5, 7, 1), Stamp(12, 4_000, 9, 11, 1)])

    def kinds(seq: int | None, xid: int, at: int = 9_000) -> dict[str, int]:
        report = Report()
        times.check(event(0, seq=seq, xid=str(xid), recorded_at=at), report)
        return report.counts

    assert kinds(8, 3) == {}
    assert kinds(10, 4) == {"inserted": 1}
    assert kinds(10, 5) == {}
    assert kinds(11, 7, 2_999) == {"back_dated": 1}
    assert kinds(None, 8) == {"inserted": 1}
    assert kinds(7, 103) == {"inserted": 1}


# Places and lines


def test_every_leaf_has_one_event_or_was_retired() -> None:
    report = Report()

    check_places([0, None, 2, 2, 9, -1, 4, 3], 8, [range(4, 6), range(5, 6), range(7, 20)], report)

    assert found(report) == [
        ("event", "leaf 2", "Two events claim the same leaf."),
        ("missing", "leaf 1", "The event of this leaf is gone."),
        ("missing", "leaf 6", "The event of this leaf is gone."),
    ]
    assert report.retired == 2


def test_a_whole_log_has_all_its_places() -> None:
    report = Report()

    check_places([2, 0, 1], 3, [], report)

    assert report.is_sound
    assert report.retired == 0


def test_streamed_lines_are_compared_with_the_tree_and_what_may_be_absent() -> None:
    lines = [
        {"seq": seq, "id": f"e{seq}", "leaf": leaf.hex()}
        for seq, leaf in ((0, LEAVES[0]), (1, LEAVES[2]), (2, LEAVES[2]), (3, LEAVES[3]), (4, LEAVES[4]))
    ]
    report = Report()

    check_lines(lines, LEAVES[:3], report, lambda line: "Not by rule." if line["seq"] == 2 else "")

    assert report.lines == 5
    assert found(report) == [
        ("tree", "leaf 1", "Leaf 1 is not the one that was streamed."),
        ("retention", "leaf 2", "Not by rule."),
        ("missing", "leaf 3", "Event e3 was sealed as 3 and is gone."),
        ("missing", "leaf 4", "Event e4 was sealed as 4 and is gone."),
    ]
