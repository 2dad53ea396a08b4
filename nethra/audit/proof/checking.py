"""Whether an audit is what its checkpoints say: every event, leaf, checkpoint and streamed line against the others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .leaves import guarded_hash, leaf_of
from .notes import BadNote, Checkpoint, PublicKey, opened_by
from .tree import Tree

#: An event as it is exported: its columns, ``seq`` (its place in the tree from 0, None before it is sealed), ``leaf``
#: in hexadecimal, ``xid``, and where they are exported ``guarded`` and ``salt``.
Event = Mapping[str, Any]
#: What was streamed away when an event was sealed: ``seq``, ``id``, ``agency_id``, ``recorded_at``, ``xid``, ``leaf``.
Line = Mapping[str, Any]
#: Findings of one kind that are told one by one; the others are counted.
TOLD = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written: what kind, which event or place, and a sentence."""

    kind: str
    where: str
    sentence: str


@dataclass
class Report:
    """What a check saw."""

    events: int = 0
    leaves: int = 0
    checkpoints: int = 0
    lines: int = 0
    unsealed: int = 0
    blanked: int = 0
    retired: int = 0
    #: Whether the events were all there, so that a missing one was looked for.
    is_whole: bool = True
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.counts

    def find(self, kind: str, where: object, sentence: str) -> None:
        """Count a finding, and keep it among the first of its kind."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= TOLD:
            self.findings.append(Finding(kind, str(where), sentence))


def read_checkpoints(notes: Iterable[str], keys: Iterable[PublicKey], report: Report) -> list[Checkpoint]:
    """Return the checkpoints that the keys signed, as written; a note that is not theirs is a finding.

    The newest key comes first: what an older one signed after a newer one had is a finding too.
    """
    known, found = list(keys), []
    newest = len(known)
    for number, note in enumerate(notes, 1):
        try:
            text, key = opened_by(note, known)
            found.append(Checkpoint.from_text(text))
        except BadNote as problem:
            report.find("checkpoint", f"checkpoint {number}", str(problem))
            continue
        if known.index(key) > newest:
            report.find(
                "checkpoint", f"checkpoint {number}", "It is signed by a key that was replaced before."
            )
        newest = min(newest, known.index(key))
    for earlier, later in pairwise(found):
        if later.size < earlier.size or later.origin != earlier.origin:
            report.find(
                "checkpoint",
                f"size {later.size}",
                f"The log had {earlier.size} leaves before it had {later.size}.",
            )
    report.checkpoints = len(found)
    return found


def check_tree(leaves: Iterable[bytes], checkpoints: Iterable[Checkpoint], report: Report) -> None:
    """Compare the root over the first leaves with that of every checkpoint of as many."""
    wanted: dict[int, list[Checkpoint]] = {}
    for checkpoint in checkpoints:
        wanted.setdefault(checkpoint.size, []).append(checkpoint)
    tree = Tree()

    def compare() -> None:
        for checkpoint in wanted.pop(tree.size, []):
            if checkpoint.root != tree.root():
                report.find(
                    "tree",
                    f"size {tree.size}",
                    f"The first {tree.size} leaves are not those that were signed.",
                )

    compare()
    for leaf in leaves:
        tree.append(leaf)
        if tree.size in wanted:
            compare()
    report.leaves = tree.size
    for size in sorted(wanted):
        report.find("missing", f"size {size}", f"{size} leaves were signed and only {tree.size} are there.")


def check_events(
    events: Iterable[Event], leaves: Sequence[bytes], times: Times, report: Report
) -> Iterator[Event]:
    """Yield the events after comparing each with its own leaf, the tree's leaf in its place, and the times."""
    for event in events:
        report.events += 1
        leaf = leaf_of(event)
        if leaf.hex() != event["leaf"]:
            report.find("event", event["id"], "The event is not what its leaf was computed from.")
        _check_guarded(event, report)
        seq = event["seq"]
        if seq is None:
            report.unsealed += 1
        elif not 0 <= seq < len(leaves) or leaves[seq] != leaf:
            report.find("event", event["id"], f"Leaf {seq} of the tree is not the event's.")
        times.check(event, report)
        yield event


def _check_guarded(event: Event, report: Report) -> None:
    guarded = event.get("guarded")
    if guarded is None:
        report.blanked += "guarded" in event and event["guarded_hash"] is not None
    elif guarded_hash(guarded, event["salt"] or "") != event["guarded_hash"]:
        report.find("event", event["id"], "The guarded part is not the one that the event commits to.")


@dataclass(frozen=True)
class Stamp:
    """What was told when the log had so many leaves: the time (microseconds), which transactions were over (numbers
    below ``over``) and which had not begun (from ``next``). Numbers begin anew after a restore, in a later ``epoch``.
    """

    size: int
    at: int
    over: int
    next: int
    epoch: int


def stamps_of(checkpoints: Iterable[Checkpoint], lines: Iterable[Line]) -> list[Stamp]:
    """Return what the checkpoints tell and, where they end, the streamed lines: each repeats its checkpoint's words."""
    names = ("at", "over", "next", "epoch")
    found = {}
    for checkpoint in checkpoints:
        found[checkpoint.size] = Stamp(checkpoint.size, *(int(checkpoint.told(name) or 0) for name in names))
    newest = max(found, default=0)
    sizes: dict[tuple[int, ...], int] = {}
    for line in lines:
        if line["seq"] >= newest and all(name in line for name in names):
            told = tuple(int(line[name]) for name in names)
            sizes[told] = max(sizes.get(told, 0), line["seq"] + 1)
    found |= {size: Stamp(size, *told) for told, size in sizes.items()}
    return [found[size] for size in sorted(found)]


class Times:
    """When what was sealed, by what was told then."""

    def __init__(self, stamps: Iterable[Stamp]) -> None:
        self.sizes: list[int] = []
        self.epochs: list[int] = []
        self.signed: list[int] = []
        self.by_epoch: dict[int, _Epoch] = {}
        for stamp in stamps:
            self.sizes.append(stamp.size)
            self.epochs.append(stamp.epoch)
            self.signed.append(stamp.at)
            self.by_epoch.setdefault(stamp.epoch, _Epoch()).add(stamp)

    def sealed_at(self, seq: int) -> int | None:
        """Return when the first checkpoint over this leaf was signed, in microseconds; None: there is none."""
        place = bisect_right(self.sizes, seq)
        return self.signed[place] if place < len(self.signed) else None

    def check(self, event: Event, report: Report) -> None:
        """Find what was put among older events, or says it is older than the transaction that wrote it."""
        seq, xid = event["seq"], int(event["xid"])
        # The first checkpoint that holds the event, or the last one for what none holds yet.
        place = len(self.sizes) if seq is None else bisect_right(self.sizes, seq)
        if not self.sizes:
            return
        epoch = self.by_epoch[self.epochs[min(place, len(self.sizes) - 1)]]
        if epoch.over_before(seq) > xid:
            report.find("inserted", event["id"], "The event was not there when its neighbours were sealed.")
        elif epoch.began_after(xid, seq) > event["recorded_at"]:
            report.find("back_dated", event["id"], "The event is dated before the transaction that wrote it.")


class _Epoch:
    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.times: list[int] = []
        self.overs: list[int] = []
        self.nexts: list[int] = []

    def add(self, stamp: Stamp) -> None:
        self.sizes.append(stamp.size)
        self.times.append(stamp.at)
        self.overs.append(stamp.over)
        self.nexts.append(stamp.next)

    def over_before(self, seq: int | None) -> int:
        """Return which transactions were over when the last checkpoint before this leaf was made."""
        place = len(self.sizes) if seq is None else bisect_right(self.sizes, seq)
        return self.overs[place - 1] if place else 0

    def began_after(self, xid: int, seq: int | None) -> int:
        """Return the time of the last checkpoint before this leaf at which this transaction had not begun."""
        before = len(self.sizes) if seq is None else bisect_right(self.sizes, seq)
        place = min(before, bisect_right(self.nexts, xid))
        return self.times[place - 1] if place else 0


def check_places(seqs: Iterable[int | None], size: int, retired: Iterable[range], report: Report) -> None:
    """Find leaves without an event that no retirement explains, and places taken twice."""
    taken = bytearray(size)
    for seq in seqs:
        if seq is None or not 0 <= seq < size:
            continue
        if taken[seq]:
            report.find("event", f"leaf {seq}", "Two events claim the same leaf.")
        taken[seq] = 1
    for gone in retired:
        for seq in gone:
            if seq < size and not taken[seq]:
                taken[seq] = 1
                report.retired += 1
    place = taken.find(0)
    while place != -1:
        report.find("missing", f"leaf {place}", "The event of this leaf is gone.")
        place = taken.find(0, place + 1)


def check_lines(
    lines: Iterable[Line], leaves: Sequence[bytes], report: Report, allowed: Callable[[Line], str]
) -> None:
    """Compare the lines that were streamed away when events were sealed with the tree.

    ``allowed`` says what is wrong about the absence of a line's event, or nothing.
    """
    for line in lines:
        report.lines += 1
        seq = line["seq"]
        if seq >= len(leaves):
            report.find("missing", f"leaf {seq}", f"Event {line['id']} was sealed as {seq} and is gone.")
        elif leaves[seq].hex() != line["leaf"]:
            report.find("tree", f"leaf {seq}", f"Leaf {seq} is not the one that was streamed.")
        elif wrong := allowed(line):
            report.find("retention", f"leaf {seq}", wrong)
