"""Writing a court bundle: the originals of a case, their chains of custody, what the audit proves, and a checker."""

from __future__ import annotations

import hashlib
import json
import time
import zipapp
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg

from cases.models import Case
from media_evidence import store
from media_evidence.bundle import checking, cli
from media_evidence.bundle.checking import MANIFEST, PROOFS
from media_evidence.bundle.gathering import Bundle, label
from media_evidence.custody import chain
from media_evidence.models import CustodyEvent, DisposalCertificate, Evidence, Item
from media_evidence.rules import quarantine_of
from nethra.audit import proof
from nethra.audit.exporting import prove_events
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput
from nethra.core.scope import agency_scope

CHECKER, KEY, README = "check_bundle.pyz", "audit/audit.pub", "README.txt"
#: How long to wait for the sealer: it looks once a second.
PATIENCE_SECONDS = 10.0


@dataclass
class Written:
    """A bundle on disk, and the SHA-256 of its manifest, by which it is known in the audit."""

    path: Path
    manifest_sha256: str
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def write_bundle(
    *,
    access: Access,
    sealer: psycopg.Connection[Any],
    key: str,
    bundle: Bundle,
    path: Path,
    reason: str,
) -> Written:
    """Write a ZIP, whole or not at all, and tell the audit; raise InvalidInput, Conflict.

    ``sealer`` reads the log, ``key`` is its public key as text. A file at ``path`` is never overwritten.
    """
    if not reason.strip():
        raise InvalidInput(errors={"reason": ["Say for whom the bundle is, and why."]})
    if path.exists():
        raise Conflict(f"{path} is there already.", code="exists")
    proofs = _proofs(sealer, bundle.events)
    part = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as packed:
            manifest_sha256, files = _pack(packed, bundle, proofs, key)
        store.sync(part)
        with agency_scope(access, reason=reason):
            record_event(
                action="bundle_made",
                entity=Case._meta.db_table,
                object_id=bundle.case.pk,
                reason=reason,
                body={
                    "case_id": bundle.case.pk,
                    "exhibits": [exhibit.pk for exhibit in bundle.exhibits],
                    "quarantined": [e.pk for e in bundle.exhibits if quarantine_of(e)],
                    "manifest_sha256": manifest_sha256,
                },
            )
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return Written(path, manifest_sha256, files)


def _proofs(sealer: psycopg.Connection[Any], events: list[UUID]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return prove_events(sealer, events)
        except Conflict:
            if time.monotonic() > until:
                raise Conflict(
                    "The latest entries are not sealed yet: start audit_seal, and try again.",
                    code="not_sealed",
                ) from None
        time.sleep(0.5)


def _pack(
    packed: zipfile.ZipFile, bundle: Bundle, proofs: dict[str, Any], key: str
) -> tuple[str, dict[str, Any]]:
    """Write all files; return the manifest's SHA-256, and name -> size and SHA-256 of the others."""
    told: dict[str, dict[str, Any]] = {}

    def put(name: str, content: bytes) -> None:
        packed.writestr(name, content)
        told[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    put(README, _readme(bundle).encode())
    with TemporaryDirectory() as folder:
        write_checker(Path(folder) / CHECKER)
        put(CHECKER, (Path(folder) / CHECKER).read_bytes())
    put(KEY, key.encode())
    put(PROOFS, _text(proofs))
    shown = []
    for exhibit in bundle.exhibits:
        entries = bundle.chains[exhibit.pk]
        folder_name = f"exhibits/{label(exhibit)}"
        certificate = bundle.certificates.get(exhibit.pk)
        has_file = not (exhibit.is_disposed or exhibit.is_physical)
        file = f"{folder_name}/{_safe(exhibit.file_name)}" if has_file else None
        if file:
            told[file] = _copied(packed, exhibit, file)
        custody = f"{folder_name}.custody.json"
        put(custody, _text([_entry(entry) for entry in entries]))
        put(f"{folder_name}.custody.txt", _timeline(exhibit, entries).encode())
        told_of = {"disposal": _disposal(certificate), **_thing(bundle.items.get(exhibit.pk))}
        shown.append({**_exhibit(exhibit, file, custody), **told_of})
    manifest = {
        "format": "nethra court bundle 1",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "agency": bundle.agency,
        "case": {"id": str(bundle.case.pk), "number": bundle.case.number},
        "exhibits": shown,
        "files": told,
    }
    content = _text(manifest)
    packed.writestr(MANIFEST, content)
    return hashlib.sha256(content).hexdigest(), told


def _copied(packed: zipfile.ZipFile, exhibit: Evidence, name: str) -> dict[str, Any]:
    """Pack an original piece by piece; raise Conflict where it changed since it was looked at."""
    digest, size = hashlib.sha256(), 0
    with packed.open(name, "w", force_zip64=True) as copy:
        for piece in store.files().pieces(exhibit.agency_id, exhibit.sha256):
            digest.update(piece)
            size += len(piece)
            copy.write(piece)
    if digest.hexdigest() != exhibit.sha256:
        raise Conflict(f"{label(exhibit)} changed while it was copied.", code="evidence_unsound")
    return {"size": size, "sha256": exhibit.sha256}


def _exhibit(exhibit: Evidence, file: str | None, custody: str) -> dict[str, Any]:
    return {
        "label": label(exhibit),
        "id": str(exhibit.pk),
        "title": exhibit.title,
        "description": exhibit.description,
        "media_type": exhibit.media_type,
        "camera_type": exhibit.camera_type,
        "content_type": exhibit.content_type,
        "captured_at": _moment(exhibit.captured_at),
        "captured_at_as_the_file_says": _moment(exhibit.proposed_captured_at),
        "uploaded_at": _moment(exhibit.uploaded_at),
        "uploaded_by": str(exhibit.uploaded_by or ""),
        "file": file,
        "file_name": exhibit.file_name,
        "size": exhibit.size,
        "sha256": exhibit.sha256,
        "scan": {
            "state": exhibit.scan,
            "at": _moment(exhibit.scanned_at),
            "signature": exhibit.scan_signature,
            "database": exhibit.scan_database,
        },
        "custody": {
            "file": custody,
            "entries": exhibit.custody_events,
            "head": exhibit.custody_head,
            "state": exhibit.custody,
            "holder": exhibit.holder_name,
            "is_on_hold": exhibit.is_on_hold,
        },
    }


def _disposal(certificate: DisposalCertificate | None) -> dict[str, Any] | None:
    if certificate is None:
        return None
    return {
        "certificate": certificate.number,
        "category": certificate.category,
        "days": certificate.days,
        "case_closed_at": _moment(certificate.started_at),
        "kept_until": _moment(certificate.kept_until),
        "asked_by": certificate.asked_by_name,
        "approved_by": certificate.approved_by_name,
        "disposed_at": _moment(certificate.disposed_at),
        "file": certificate.file,
    }


def _thing(item: Item | None) -> dict[str, Any]:
    """Return what the manifest says of a physical exhibit besides; nothing of a file."""
    if item is None:
        return {}
    return {
        "item": {
            "kind": item.kind,
            "bag_number": item.bag_number,
            "quantity": str(item.quantity),
            "unit": item.unit,
            "value": None if item.value is None else str(item.value),
            "currency": item.currency,
            "collected_at": _moment(item.collected_at),
            "collected_place": item.collected_place,
            "seal_number": item.seal_number,
            "location": str(item.location or ""),
            "out_for": item.purpose,
            "due_back_on": item.due_back_on.isoformat() if item.due_back_on else None,
        }
    }


def _entry(entry: CustodyEvent) -> dict[str, Any]:
    return {
        "position": entry.position,
        "record": entry.record,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _timeline(exhibit: Evidence, entries: list[CustodyEvent]) -> str:
    lines = [f"Custody of {label(exhibit)}, {exhibit.file_name or exhibit.title}"]
    lines += [
        "A physical exhibit: it has no file." if exhibit.is_physical else f"SHA-256 {exhibit.sha256}",
        "",
    ]
    for entry in entries:
        whom = " to ".join(name for name in (entry.from_name, entry.to_name) if name)
        late = " (entered late)" if entry.is_late else ""
        lines.append(f"{entry.position}. {entry.get_kind_display()}{': ' if whom else ''}{whom}{late}")
        more = [
            f"seal {entry.seal_number}" if entry.seal_number else "",
            *_handled(entry),
            entry.place,
            entry.reason,
        ]
        lines.append("   " + ", ".join([_moment(entry.happened_at) or "", *(word for word in more if word)]))
        lines.append(f"   recorded by {entry.recorded_by_name}, {_moment(entry.recorded_at)}")
        lines.append(f"   {entry.hash}")
    return "\n".join(lines) + "\n"


def _handled(entry: CustodyEvent) -> Iterator[str]:
    """Yield what an entry says of a thing alone."""
    if entry.previous_seal:
        yield f"in place of the seal {entry.previous_seal}"
    if entry.seal_condition:
        yield f"seal seen: {entry.get_seal_condition_display().lower()}"
    if entry.purpose:
        yield f"out for {entry.get_purpose_display().lower()}, due back on {entry.due_back_on}"


def _readme(bundle: Bundle) -> str:
    return (
        f"Case {bundle.case.number}, {bundle.agency}\n"
        f"{len(bundle.exhibits)} exhibits, {len(bundle.items)} of them physical; {bundle.size:,} bytes, as they were "
        "taken in.\n"
        "Of an exhibit that was disposed of there is no file, but its chain and what its certificate says; of a "
        "physical exhibit there is its chain and what it is.\n\n"
        "exhibits/    each original, and its chain of custody: to read (.txt) and as it is hashed (.json)\n"
        "manifest.json    every file with its size and SHA-256, and what is known of each exhibit\n"
        "audit/    for each entry of custody the proof that it stands in the agency's signed log\n"
        f"{CHECKER}    checks all of it, with Python 3.11 or later and nothing else\n\n"
        "To check, get the agency's public key from a hand you trust (audit/audit.pub is a copy, compare it), then:\n\n"
        f"    python3 {CHECKER} BUNDLE.zip --key audit.pub\n\n"
        "It ends with 0 where every file is the one that was taken in and every entry is as it was written, with 1 and "
        "the exhibit or entry concerned where not.\n"
        "The originals may be hostile files: open them where that does no harm.\n"
    )


def write_checker(path: Path) -> None:
    """Write the standalone checker: one file, for any Python from 3.11."""
    modules = [checking, cli, chain]
    sources = {Path(*module.__name__.split(".")).with_suffix(".py"): module.__file__ for module in modules}
    package = Path(str(proof.__file__)).parent
    sources |= {Path("nethra/audit/proof") / one.name: str(one) for one in package.glob("*.py")}
    with TemporaryDirectory() as name:
        for place, source in sources.items():
            target = Path(name) / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(Path(str(source)).read_bytes())
        for folder in {parent for place in sources for parent in place.parents if parent.name}:
            (Path(name) / folder / "__init__.py").touch()
        (Path(name) / "__main__.py").write_text(
            "import sys\n\nfrom media_evidence.bundle.cli import main\n\nsys.exit(main())\n"
        )
        zipapp.create_archive(name, path, compressed=True)


def _safe(name: str) -> str:
    """Return a file's name that no archive program takes for a path."""
    kept = "".join(sign if sign.isalnum() or sign in "._- ()" else "_" for sign in name).strip(" .")
    return kept[-150:] or "file"


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def _text(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
