"""The files of an export and the folder of the ledger: what is read, and the sentence for what cannot be."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from nethra.audit.ledger import Ledger
from nethra.audit.proof.exports import (
    BadExport,
    read_leaves,
    read_lines,
    read_log,
    read_notes,
    split_notes,
)

NOTES = ["log\n1\nAAAA\n\n— log AAAA\n", "log\n2\nBBBB\n\n— log BBBB\n— other CCCC\n"]
TEXT = "".join(f"{note}\n" for note in NOTES)


def test_a_log_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text('{"origin": "nethra"}')

    assert read_log(tmp_path) == {"origin": "nethra"}


@pytest.mark.parametrize(
    ("text", "sentence"), [(None, "cannot be read: "), ("{", "cannot be read: "), ("[]", "holds no object.")]
)
def test_a_log_that_says_nothing_is_refused(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / "log.json").write_text(text)

    with pytest.raises(BadExport) as refusal:
        read_log(tmp_path)

    assert str(refusal.value).startswith(f"{tmp_path / 'log.json'} {sentence}")


def test_leaves_are_32_bytes_each(tmp_path: Path) -> None:
    leaves = [bytes([number]) * 32 for number in range(3)]
    (tmp_path / "leaves.bin").write_bytes(b"".join(leaves))

    assert read_leaves(tmp_path) == leaves
    (tmp_path / "leaves.bin").write_bytes(b"")
    assert read_leaves(tmp_path) == []


@pytest.mark.parametrize(
    ("size", "sentence"), [(None, "cannot be read: "), (33, "does not hold whole leaves.")]
)
def test_leaves_that_are_not_whole_are_refused(tmp_path: Path, size: int | None, sentence: str) -> None:
    if size is not None:
        (tmp_path / "leaves.bin").write_bytes(bytes(size))

    with pytest.raises(BadExport) as refusal:
        read_leaves(tmp_path)

    assert str(refusal.value).startswith(f"{tmp_path / 'leaves.bin'} {sentence}")


def test_lines_are_objects(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"seq": 1}\n{"seq": 2, "name": "é"}\n')

    assert list(read_lines(path)) == [{"seq": 1}, {"seq": 2, "name": "é"}]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{}\n{", ", line 2: this is no JSON."), ("{}\n{}\n7\n", ", line 3: this is no object.")],
)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text)

    with pytest.raises(BadExport) as refusal:
        list(read_lines(path))

    assert str(refusal.value) == f"{path}{sentence}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for read in (lambda path: list(read_lines(path)), lambda path: read_notes([path])):
        with pytest.raises(BadExport) as refusal:
            read(tmp_path / "gone")
        assert str(refusal.value).startswith(f"{tmp_path / 'gone'} cannot be read: ")


def test_notes_follow_each_other_in_files_that_follow_each_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text(TEXT)
    second.write_text(TEXT)

    assert read_notes([first, second]) == NOTES * 2
    assert split_notes(TEXT) == NOTES
    assert split_notes("") == []
    # One whose signatures were never written is none.
    assert split_notes(TEXT + "log\n3\n") == NOTES


# The ledger


def test_a_ledger_appends_lines_of_a_day_and_notes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "deep" / "audit")
    assert (ledger.notes(), ledger.lines()) == ([], [])

    with time_machine.travel(datetime(2026, 3, 2, 23, 59, tzinfo=UTC)):
        ledger.append([{"seq": 0}, {"seq": 1}], NOTES[0])
    with time_machine.travel(datetime(2026, 3, 3, 0, 1, tzinfo=UTC)):
        ledger.append([], NOTES[1])
        ledger.append([{"seq": 2}], NOTES[0])

    assert ledger.notes() == [*NOTES, NOTES[0]]
    assert [path.name for path in ledger.lines()] == ["lines-2026-03-02.jsonl", "lines-2026-03-03.jsonl"]
    assert [line["seq"] for path in ledger.lines() for line in read_lines(path)] == [0, 1, 2]
    assert ledger.checkpoints.stat().st_mode & 0o777 == 0o640


WHOLE = TEXT.encode()
#: Where the first of two notes ends, and with it whole checkpoints.
FIRST = len(f"{NOTES[0]}\n".encode())


@pytest.mark.parametrize("size", range(len(WHOLE) + 1))
def test_a_note_that_was_cut_short_anywhere_is_completed(tmp_path: Path, size: int) -> None:
    ledger = Ledger(tmp_path)
    ledger.checkpoints.write_bytes(WHOLE[:size])

    assert ledger.mend([*NOTES, "log\n3\nDDDD\n\n— log DDDD\n"])

    begun = 0 if size == 0 else 1 if size <= FIRST else 2
    assert ledger.notes() == NOTES[:begun]
    assert ledger.checkpoints.read_bytes() == (b"", WHOLE[:FIRST], WHOLE)[begun]


@pytest.mark.parametrize("text", [f"{NOTES[1]}\n", TEXT[:-1] + "x", TEXT + TEXT, "x", TEXT + "l"])
def test_notes_that_are_not_the_database_s_are_left_as_they_are(tmp_path: Path, text: str) -> None:
    ledger = Ledger(tmp_path)
    ledger.checkpoints.write_text(text)
    (tmp_path / "lines-2026-03-02.jsonl").write_text('{"seq"')

    assert not ledger.mend(NOTES)

    assert ledger.checkpoints.read_text() == text
    assert (tmp_path / "lines-2026-03-02.jsonl").read_text() == '{"seq"'


@pytest.mark.parametrize(
    ("begun", "left"),
    [
        (b'{"seq":0}\n{"seq":1', b'{"seq":0}\n'),
        (b'{"seq":0}\n', b'{"seq":0}\n'),
        (b'{"seq"', b""),
        (b"", b""),
        (b"{}\n" * 40_000 + b"{", b"{}\n" * 40_000),
    ],
)
def test_a_line_that_was_cut_short_is_cut_off(tmp_path: Path, begun: bytes, left: bytes) -> None:
    ledger = Ledger(tmp_path)
    (tmp_path / "lines-2026-03-01.jsonl").write_bytes(b"{}\n{")
    (tmp_path / "lines-2026-03-02.jsonl").write_bytes(begun)

    assert ledger.mend([])

    assert (tmp_path / "lines-2026-03-02.jsonl").read_bytes() == left
    assert (tmp_path / "lines-2026-03-01.jsonl").read_bytes() == b"{}\n{"


def test_what_is_set_aside_begins_anew_and_statements_stay(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append([{"seq": 0}], NOTES[0])
    ledger.state("what happened\n")
    ledger.state("again\n")

    kept = ledger.set_aside("before")

    assert sorted(path.name for path in kept.iterdir())[0] == "checkpoints.txt"
    assert len(list(kept.glob("lines-*.jsonl"))) == 1
    assert (ledger.notes(), ledger.lines()) == ([], [])
    assert (tmp_path / "statements.txt").read_text() == "what happened\n\nagain\n\n"


@pytest.mark.parametrize("with_port", [True, False])
def test_lines_go_to_a_log_server_as_rfc_5424_has_them(tmp_path: Path, with_port: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0 if with_port else 514))
        heard.settimeout(5)
        port = heard.getsockname()[1]
        ledger = Ledger(tmp_path, f"127.0.0.1:{port}" if with_port else "127.0.0.1")
        with time_machine.travel(datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC), tick=False):
            ledger.append([{"seq": 0}, {"seq": 1}], NOTES[0])
        told = [heard.recv(1000).decode() for _ in range(2)]

    assert told[0] == '<110>1 2026-03-02T08:00:00.123Z - nethra-audit - - - {"seq":0}'
    assert json.loads(told[1].rpartition(" ")[2]) == {"seq": 1}
