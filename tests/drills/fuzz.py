"""Changed files through the parsers in limited processes: none may need more than its limits or go without a word.

Run by script/drill fuzz; prints what became of the files and exits 1 where one was too much or said nothing. Each file
has a process of its own, forked from one that has the libraries loaded already.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pillow_heif
import pypdfium2  # noqa: F401 - loaded once, before the forks

from nethra.core.parsing import archives, media, pdfs, pictures, polyglots, process, texts  # noqa: F401
from nethra.core.parsing.answer import MOST_BYTES
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.limits import CPU_SECONDS, MEMORY, confine
from nethra.core.parsing.looking import BROKE_OFF, WALL_SECONDS, understood
from tests.support.mutations import mutants, originals

#: The kernel counts in ticks, and ends a process at the tick after its last second.
SLACK = 0.2
FILES = originals()


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    name: str
    kind: str
    note: str
    ended_by: str
    cpu: float
    memory: int

    @property
    def problem(self) -> str:
        """What must not be; empty where all is well."""
        if self.cpu > CPU_SECONDS + SLACK:
            return f"{self.cpu:.2f} s of processor time"
        if self.memory > MEMORY:
            return f"{self.memory >> 20} MB"
        return "" if self.kind else "no answer"


def looked_into(changed: tuple[str, bytes]) -> Outcome:
    """Return what became of a file in a process of its own."""
    name, content = changed
    file = os.memfd_create(name)
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(file, writing)
    os.close(file)
    os.close(writing)
    said = _read(reading, child)
    _, status, used = os.wait4(child, 0)
    look = understood(said, BROKE_OFF)
    ended = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""
    note = look.notes[0] if look.notes else ""
    return Outcome(
        name, look.kind if said else "", note, ended, used.ru_utime + used.ru_stime, used.ru_maxrss << 10
    )


def _child(file: int, writing: int) -> None:
    with suppress(BaseException):
        os.dup2(file, 0)
        os.dup2(writing, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.setsid()
        confine()
        with open(0, "rb", closefd=False) as source:
            process.parse(source, list(ParsedKind))
    os._exit(0)


def _read(reading: int, child: int) -> bytes:
    said, until = bytearray(), time.monotonic() + WALL_SECONDS
    os.set_blocking(reading, False)
    while time.monotonic() < until and len(said) < MOST_BYTES:
        try:
            piece = os.read(reading, 1 << 16)
        except BlockingIOError:
            time.sleep(0.002)
            continue
        if not piece:
            break
        said += piece
    else:
        os.killpg(child, signal.SIGKILL)
    os.close(reading)
    return bytes(said)


def told(outcomes: Iterator[Outcome]) -> bool:
    """Print what became of the files; return whether none was too much."""
    notes: Counter[str] = Counter()
    signals: Counter[str] = Counter()
    problems, cpu, memory, count = [], 0.0, 0, 0
    for outcome in outcomes:
        count += 1
        notes[outcome.note or "(read whole)"] += 1
        signals[outcome.ended_by] += 1
        cpu, memory = max(cpu, outcome.cpu), max(memory, outcome.memory)
        if outcome.problem:
            problems.append(f"{outcome.name}: {outcome.problem}")
        elif outcome.ended_by:
            print(f"{outcome.name}: its process ended by {outcome.ended_by}; told as: {outcome.note}")
    for note, times in notes.most_common():
        print(f"{times:7,}  {note}")
    ended = ", ".join(f"{times:,} by {name}" for name, times in signals.items() if name) or "none"
    print(f"{count:,} files looked into; processes ended by a signal: {ended}")
    print(f"at most {cpu:.2f} s of processor time and {memory >> 20} MB; {len(problems)} beyond the limits")
    print(*problems, sep="\n")
    return not problems


def main() -> int:
    """Look into as many changed files as asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--files", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = asked.parse_args()
    pillow_heif.register_heif_opener()
    with multiprocessing.get_context("fork").Pool(given.processes) as pool:
        changed = mutants(FILES, given.seed, given.files)
        return 0 if told(pool.imap_unordered(looked_into, changed, chunksize=16)) else 1


if __name__ == "__main__":
    sys.exit(main())
