"""An import's progress for people: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from incidents.importing.progress import Phase, Progress, Watcher, nobody

#: Without a terminal, a line per so many rows is enough.
ROWS_PER_LINE = 100_000


class Output(Protocol):
    """Where plain lines go."""

    def write(self, msg: str) -> object: ...


@contextmanager
def display(plain: Output, *, quiet: bool) -> Iterator[Watcher]:
    """Yield a watcher that shows progress on standard error, or nothing when quiet."""
    if quiet:
        yield nobody
    elif sys.stderr.isatty():
        with _bar() as watcher:
            yield watcher
    else:
        yield _lines(plain)


@contextmanager
def _bar() -> Iterator[Watcher]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[Phase, object] = {}

        def show(progress: Progress) -> None:
            if progress.phase not in tasks:
                tasks[progress.phase] = bar.add_task(progress.phase.capitalize(), total=progress.total)
            bar.update(tasks[progress.phase], completed=progress.done, total=progress.total)  # type: ignore[arg-type]

        yield show


def _lines(plain: Output) -> Watcher:
    said: dict[Phase, int] = {}

    def show(progress: Progress) -> None:
        is_last = progress.done == progress.total
        if progress.done and (is_last or progress.done - said.get(progress.phase, 0) >= ROWS_PER_LINE):
            said[progress.phase] = progress.done
            of = f" of {progress.total:,}" if progress.total else ""
            plain.write(f"{progress.phase.capitalize()}: {progress.done:,}{of} rows")

    return show
