"""Whether a court bundle is what was handed out: Python's own library alone, and what of Nethra travels with it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from media_evidence.custody.chain import Link, breaks_of
from nethra.audit.proof.leaves import leaf_of
from nethra.audit.proof.notes import BadNote, Checkpoint, PublicKey, opened
from nethra.audit.proof.tree import root_by

MANIFEST = "manifest.json"
PROOFS = "audit/proofs.json"
#: What the manifest names last, and cannot name itself.
UNNAMED = frozenset({MANIFEST})
CHUNK = 1 << 20


class BadBundle(Exception):
    """This is no court bundle; the message is one sentence."""


@dataclass
class Verdict:
    """What a check found: what was counted, and a sentence for each thing that is not as it was handed out."""

    case: str = ""
    exhibits: int = 0
    entries: int = 0
    proved: int = 0
    #: The size of the log that the audit's checkpoint is of, 0 without one.
    sealed_in: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class Files:
    """The files of a bundle, packed or unpacked."""

    def __init__(self, path: Path) -> None:
        """Raise BadBundle where there is neither a ZIP nor a folder."""
        self.folder = path
        try:
            self.packed = None if path.is_dir() else zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as problem:
            raise BadBundle(f"{path} is no ZIP that can be read: {problem}") from problem

    def names(self) -> set[str]:
        """Return the names of all files, with slashes."""
        if self.packed:
            return {name for name in self.packed.namelist() if not name.endswith("/")}
        return {p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file()}

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file to read; raise OSError or BadZipFile."""
        if self.packed:
            try:
                with self.packed.open(name) as file:
                    yield file
            except KeyError as problem:
                raise FileNotFoundError(name) from problem
            return
        with (self.folder / name).open("rb") as file:
            yield file

    def json(self, name: str) -> Any:
        """Return what a file of JSON holds; raise BadBundle."""
        try:
            with self.open(name) as file:
                return json.loads(file.read())
        except (OSError, ValueError, zipfile.BadZipFile) as problem:
            raise BadBundle(f"{name} cannot be read: {problem}") from problem


def check_bundle(path: Path, keys: Sequence[PublicKey]) -> Verdict:
    """Return what a check of a bundle found; raise BadBundle where it cannot be read as one."""
    files, verdict = Files(path), Verdict()
    manifest = files.json(MANIFEST)
    try:
        verdict.case = str(manifest["case"]["number"])
        labels = {exhibit["file"]: exhibit["label"] for exhibit in manifest["exhibits"] if exhibit["file"]}
        _check_files(files, manifest["files"], labels, verdict)
        entries: dict[str, str] = {}
        for exhibit in manifest["exhibits"]:
            verdict.exhibits += 1
            entries |= _check_chain(files, exhibit, manifest["files"], verdict)
        _check_proofs(files, entries, keys, verdict)
    except (KeyError, TypeError, AttributeError) as problem:
        raise BadBundle(f"The manifest does not say what it should: {problem!r}") from problem
    return verdict


def _check_files(
    files: Files, told: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str], verdict: Verdict
) -> None:
    there = files.names()
    for name in sorted(there - set(told) - UNNAMED):
        verdict.findings.append(f"{name}: it was not handed out with the rest.")
    for name in sorted(told):
        shown = f"{labels[name]}: {name}" if name in labels else name
        if name not in there:
            verdict.findings.append(f"{shown}: it is missing.")
            continue
        size, digest = _measured(files, name)
        if (size, digest) != (told[name]["size"], told[name]["sha256"]):
            verdict.findings.append(f"{shown}: it is not what was handed out.")


def _measured(files: Files, name: str) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    try:
        with files.open(name) as file:
            while piece := file.read(CHUNK):
                size += len(piece)
                digest.update(piece)
    except (OSError, zipfile.BadZipFile):
        # A ZIP has a check of its own, which a changed byte fails.
        return -1, ""
    return size, digest.hexdigest()


def _check_chain(
    files: Files, exhibit: Mapping[str, Any], told: Mapping[str, Mapping[str, Any]], verdict: Verdict
) -> dict[str, str]:
    """Return entry's key -> its hash."""
    label, custody = exhibit["label"], exhibit["custody"]
    # A thing and what was disposed of have no file; a thing has no digest either, which its chain bears out.
    if exhibit["file"] and told[exhibit["file"]]["sha256"] != exhibit["sha256"]:
        verdict.findings.append(f"{label}: the file is not the one that was taken in.")
    try:
        rows = files.json(custody["file"])
        links = [Link(row["position"], row["record"], row["previous_hash"], row["hash"]) for row in rows]
    except (BadBundle, KeyError, TypeError) as problem:
        verdict.findings.append(f"{label}: its chain of custody cannot be read: {problem}")
        return {}
    verdict.entries += len(links)
    broken = breaks_of(
        exhibit["id"], exhibit["sha256"], links, count=custody["entries"], head=custody["head"]
    )
    verdict.findings += [f"{label}: chain of custody: {one}" for one in broken]
    keys = {}
    kinds = set()
    for link in links:
        try:
            said = json.loads(link.record)
            keys[str(said["id"])] = link.hash
            kinds.add(said["kind"])
        except (ValueError, KeyError, TypeError):
            # Told already: its record cannot be what was hashed.
            continue
    if exhibit["sha256"] and not exhibit["file"] and "disposed" not in kinds:
        verdict.findings.append(
            f"{label}: there is no file, and its chain does not say that it was disposed of."
        )
    return keys


def _check_proofs(
    files: Files, entries: Mapping[str, str], keys: Iterable[PublicKey], verdict: Verdict
) -> None:
    """Compare each entry with its event in the audit, and each event with the signed checkpoint."""
    told = files.json(PROOFS)
    try:
        checkpoint = Checkpoint.from_text(opened(told["checkpoint"], list(keys)))
    except BadNote as problem:
        verdict.findings.append(f"The audit's checkpoint is not signed by this key: {problem}")
        return
    verdict.sealed_in = checkpoint.size
    known: dict[str, str] = {}
    for one in told["proofs"]:
        event = one["event"]
        steps = [bytes.fromhex(step) for step in one["proof"]]
        if root_by(leaf_of(event), event["seq"], checkpoint.size, steps) != checkpoint.root:
            verdict.findings.append(f"The audit's event {event['id']} is not in the log that was signed.")
            continue
        known[event["object_id"]] = json.loads(event["body"])["new"]["hash"]
        verdict.proved += 1
    for key, digest in entries.items():
        if known.get(key) != digest:
            verdict.findings.append(f"The entry {key} is not what the audit saw written.")
