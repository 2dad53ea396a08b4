"""What the parser's process cannot do, and what is told of one that tries."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nethra.core.parsing import facts, looking
from nethra.core.parsing.answer import frames_of
from nethra.core.parsing.looking import BROKE_OFF, TOO_LONG

ROOT = Path(__file__).parents[3]
CONFINED = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom nethra.core.parsing.limits import confine\nconfine()\n"


def confined(code: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", CONFINED + code], capture_output=True, text=True, check=False, **options
    )


def knows_landlock() -> bool:
    """Return whether this machine's kernel can close files to a process."""
    return int(ctypes.CDLL(None).syscall(444, None, 0, 1)) >= 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bytearray(600 << 20)", "MemoryError"),
        ("import socket; socket.socket()", "PermissionError"),
    ],
)
def test_a_confined_process_has_no_memory_and_no_network(code: str, error: str) -> None:
    assert error in confined(code).stderr


@pytest.mark.skipif(not knows_landlock(), reason="the kernel has no Landlock")
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("open({path!r})", "PermissionError"),
        ("open('/etc/passwd')", "PermissionError"),
        ("import os; open(f'/proc/{{os.getppid()}}/environ')", "PermissionError"),
        ("import os; os.listdir('/')", "PermissionError"),
        ("open({path!r}, 'w')", "PermissionError"),
        ("import os; os.unlink({path!r})", "PermissionError"),
        ("import os; os.mkdir({path!r} + '.folder')", "PermissionError"),
    ],
)
def test_a_confined_process_has_no_files_but_its_own(tmp_path: Path, code: str, error: str) -> None:
    path = tmp_path / "exhibit"
    path.write_text("kept")

    ended = confined(code.format(path=str(path)))

    assert error in ended.stderr
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("exhibit", "kept")]


def test_a_confined_process_reads_its_file_also_by_name(tmp_path: Path) -> None:
    path = tmp_path / "exhibit"
    path.write_text("shown")

    with path.open() as file:
        ended = confined("print(open('/dev/stdin').read())", stdin=file)

    assert ended.stdout == "shown\n"


def test_a_process_that_counts_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = look_with(monkeypatch, tmp_path, CONFINED + "while True: pass")

    assert said.notes == (TOO_LONG,)


def test_a_process_that_sleeps_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(looking, "WALL_SECONDS", 0.5)

    said = look_with(monkeypatch, tmp_path, "import time; time.sleep(60)")

    assert said.notes == (TOO_LONG,)


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "raise SystemExit(3)",
        "print('nonsense')",
        "print('facts 999999999')",
        "import sys; sys.stdout.buffer.write(b'x' * (64 << 20))",
        "print('facts 7\\n[1, 2]x', end='')",
    ],
)
def test_a_process_that_dies_or_lies_is_a_plain_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    said = look_with(monkeypatch, tmp_path, code)

    assert (said.notes, said.facts) == ((BROKE_OFF,), facts.checked({}))


def look_with(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> looking.Look:
    script, empty = folder / "parser.py", folder / "file"
    script.write_text(code)
    empty.write_bytes(b"")
    monkeypatch.setattr(looking, "PROCESS", script)
    with empty.open("rb") as file:
        return looking.look_into(file)


def test_frames_end_where_one_is_cut() -> None:
    assert list(frames_of(b"kind 3\npdffacts 9\n{}")) == [("kind", b"pdf")]
    assert list(frames_of(b"kind -3\npdf")) == []
    assert list(frames_of(b"secret 1\nx")) == []


def test_facts_of_another_type_or_out_of_bounds_are_none() -> None:
    found = facts.checked(
        {
            "author": "A\x00B\u202e" + "x" * 900,
            "camera_make": 7,
            "width": True,
            "height": -1,
            "pages": 1 << 40,
            "latitude": float("nan"),
            "longitude": 181,
            "stated": "yesterday",
            "picture_hash": "XY",
            "entries": [{"name": 3, "size": 1 << 70}, "x", {"name": "a", "size": "b"}],
            "is_polyglot": "yes",
            "shell": "rm",
        }
    )

    assert found.pop("author") == "AB" + "x" * 198
    assert found.pop("entries") == [{"name": "", "size": (1 << 53) - 1}]
    assert not any(found.values())
