"""The court bundle, checked by a Python that has nothing of Nethra, before and after somebody changed a part of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cases.models import Case
from media_evidence.choices import CustodyKind
from media_evidence.custody.verbs import hand_over, note_custody
from media_evidence.jobs import carry_out_disposals
from media_evidence.models import Evidence
from nethra.audit.models import AuditEvent
from nethra.audit.proof.tree import inclusion_proof, inclusion_proofs
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.audit.conftest import SealedAudit
from tests.support.cases import make_case
from tests.support.files import PDF, jpeg, make_evidence
from tests.support.items import make_item
from tests.support.keeping import approved, let_a_week_pass, make_due
from tests.support.people import access_for
from tests.support.stored import overwrite

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(audit: SealedAudit) -> Case:
    """A case with two exhibits, one of them on its way, everything sealed."""
    officer = access_for(audit.cast.officer)
    case = make_case(officer, lead_id=audit.cast.officer.pk)
    photo = make_evidence(officer, case, jpeg(), name="rear/../window 'ä'.jpg")
    make_evidence(officer, case, PDF, name="report.pdf")
    with agency_scope(officer):
        note_custody(access=officer, evidence=photo, kind=CustodyKind.ANALYSED, reason="Enlarged")
        hand_over(access=officer, evidence=photo, to_person_id=audit.cast.supervisor.pk)
    audit.seal()
    return case


def made(of: Case, path: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    words = {"agency": "north", "case": of.number, "reason": "Order 12/26", "out": path, **options}
    call_command("court_bundle", **words, json=True, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def check(bundle: Path, key: Path, checker: Path) -> tuple[int, dict[str, Any]]:
    """Return what the checker says, run without this checkout and without site-packages."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(checker), str(bundle), "--key", str(key), "--json"],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stderr
    return ended.returncode, json.loads(ended.stdout)


@pytest.fixture
def bundle(case: Case, tmp_path: Path) -> Path:
    """The bundle of the case, unpacked."""
    made(case, tmp_path / "bundle.zip")
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder


@pytest.fixture
def key(settings: Any) -> Path:
    """The file with the public key."""
    found: Path = settings.AUDIT_KEY_FILE.with_suffix(".pub")
    return found


def test_a_bundle_checks_where_nothing_of_nethra_is(bundle: Path, key: Path, tmp_path: Path) -> None:
    for path in (bundle, tmp_path / "bundle.zip"):
        code, said = check(path, key, bundle / "check_bundle.pyz")
        assert (code, said["findings"]) == (0, [])
        assert (said["exhibits"], said["entries"], said["proved"]) == (2, 4, 4)


def test_originals_are_what_was_taken_in_under_harmless_names(bundle: Path) -> None:
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}

    assert {"exhibits/E-01/window _ä_.jpg", "exhibits/E-02/report.pdf", "README.txt"} <= names
    assert (bundle / "exhibits/E-02/report.pdf").read_bytes() == PDF
    assert "Enlarged" in (bundle / "exhibits/E-01.custody.txt").read_text()


def flip(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))

    return change


def edit(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))

    return change


def swap(folder: Path) -> None:
    one, two = folder / "exhibits/E-01/window _ä_.jpg", folder / "exhibits/E-02/report.pdf"
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)


def entries(change: Callable[[list[Any]], Any]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        path = folder / "exhibits/E-01.custody.json"
        rows = json.loads(path.read_text())
        path.write_text(json.dumps(change(rows) or rows))

    return changed


def rewritten(folder: Path) -> None:
    """Make a chain anew with another word in it, and the manifest to match: only the audit knows better."""
    path = folder / "exhibits/E-01.custody.json"
    rows = json.loads(path.read_text())
    rows[1]["record"] = rows[1]["record"].replace("Enlarged", "Retouched")
    for before, row in pairwise(rows):
        row["previous_hash"] = before["hash"]
        row["hash"] = hashlib.sha256(f"{before['hash']}\n{row['record']}".encode()).hexdigest()
    path.write_text(json.dumps(rows))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["exhibits"][0]["custody"]["head"] = rows[-1]["hash"]
    content = path.read_bytes()
    manifest["files"]["exhibits/E-01.custody.json"] = {
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


TAMPERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "one byte of a photo": (flip("exhibits/E-01/window _ä_.jpg"), "E-01: exhibits/E-01/window"),
    "two files swapped": (swap, "E-02: exhibits/E-02/report.pdf"),
    "a file deleted": (lambda folder: (folder / "exhibits/E-02/report.pdf").unlink(), "it is missing"),
    "a file put in": (lambda folder: (folder / "exhibits/E-03.jpg").touch(), "exhibits/E-03.jpg"),
    "an entry edited": (
        edit("exhibits/E-01.custody.json", "Enlarged", "Retouched"),
        "E-01: chain of custody: entry 2",
    ),
    "an entry deleted": (entries(lambda rows: rows[:1] + rows[2:]), "E-01: chain of custody: entry 3"),
    "the last entry deleted": (entries(lambda rows: rows[:-1]), "E-01: chain of custody"),
    "an entry twice": (entries(lambda rows: [*rows[:2], *rows[1:]]), "E-01: chain of custody"),
    "entries in another order": (entries(lambda rows: [rows[1], rows[0], rows[2]]), "E-01: chain of custody"),
    "a chain made anew": (rewritten, "is not what the audit saw written"),
    "a proof edited": (edit("audit/proofs.json", "custodyevent", "custodyevents"), "is not in the log"),
    "the checkpoint edited": (edit("audit/proofs.json", '"checkpoint": "', '"checkpoint": "x'), "not signed"),
    "a digest of the manifest": (
        edit("manifest.json", '"sha256": "', '"sha256": "0'),
        "E-01: the file is not the one that was taken in",
    ),
}


@pytest.mark.parametrize(("change", "told"), TAMPERED.values(), ids=TAMPERED.keys())
def test_what_was_changed_is_named(
    bundle: Path, key: Path, change: Callable[[Path], None], told: str
) -> None:
    change(bundle)

    code, said = check(bundle, key, bundle / "check_bundle.pyz")

    assert code == 1
    assert any(told in finding for finding in said["findings"]), said["findings"]


def test_one_byte_within_the_zip_is_found(bundle: Path, key: Path, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    content = bytearray(path.read_bytes())
    content[content.index(b"Catalog")] ^= 1
    path.write_bytes(bytes(content))

    code, said = check(path, key, bundle / "check_bundle.pyz")

    assert (code, said["findings"]) == (1, ["E-02: exhibits/E-02/report.pdf: it is not what was handed out."])


def test_the_audit_keeps_who_got_what(audit: SealedAudit, case: Case, tmp_path: Path) -> None:
    told = made(case, tmp_path / "bundle.zip")

    access = operator_access(audit.cast.north.pk)
    with agency_scope(access):
        event = AuditEvent.objects.visible_to(access).get(action="bundle_made")
    assert (event.object_id, event.reason) == (case.pk, "Order 12/26")
    assert told["manifest_sha256"] in event.body
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        assert hashlib.sha256(packed.read("manifest.json")).hexdigest() == told["manifest_sha256"]


def test_what_is_not_as_it_was_is_not_handed_out(audit: SealedAudit, case: Case, tmp_path: Path) -> None:
    access = operator_access(audit.cast.north.pk)
    with agency_scope(access):
        evidence = Evidence.objects.visible_to(access).filter(case_id=case.pk).order_by("position")[1]
    overwrite(evidence, b"other")

    with pytest.raises(CommandError, match="E-02: what is stored is not what was taken in"):
        made(case, tmp_path / "bundle.zip")
    assert list(tmp_path.glob("bundle*")) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"case": "1999-000001"}, "There is no case 1999-000001"),
        ({"reason": " "}, "Say for whom the bundle is"),
        ({"agency": "nowhere"}, "There is no agency"),
    ],
)
def test_wrong_input_is_one_plain_sentence(
    case: Case, tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        made(case, tmp_path / "bundle.zip", **options)
    assert list(tmp_path.glob("bundle*")) == []


def test_nothing_is_overwritten_and_a_dry_run_writes_nothing(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    assert made(case, path, dry_run=True)["exhibits"] == 2
    assert not path.exists()
    path.write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        made(case, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_many_proofs_are_those_of_each(size: int) -> None:
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(size)]

    assert inclusion_proofs(leaves, range(size)) == [inclusion_proof(leaves, index) for index in range(size)]


def test_of_an_exhibit_that_was_disposed_of_the_bundle_holds_chain_and_certificate(
    audit: SealedAudit, key: Path, tmp_path: Path
) -> None:
    gone, kept = make_due(audit.cast, jpeg(), PDF)
    approved(audit.cast, gone)
    let_a_week_pass()
    carry_out_disposals(agency_id=audit.cast.north.pk)
    audit.seal()

    made(gone.case, tmp_path / "bundle.zip")

    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        packed.extractall(tmp_path / "bundle")
    manifest = json.loads((tmp_path / "bundle/manifest.json").read_text())
    told = {exhibit["label"]: exhibit for exhibit in manifest["exhibits"]}
    assert (told["E-01"]["file"], told["E-02"]["file"] is None) == (None, False)
    assert told["E-01"]["disposal"]["approved_by"] == audit.cast.custodian.name
    assert told["E-02"]["disposal"] is None
    code, said = check(tmp_path / "bundle.zip", key, tmp_path / "bundle/check_bundle.pyz")
    assert (code, said["findings"], said["exhibits"]) == (0, [], 2)
    # Whoever takes a file out cannot say that it was disposed of.
    pretend(tmp_path / "bundle", told["E-02"]["file"], told["E-01"]["disposal"])
    code, said = check(tmp_path / "bundle", key, tmp_path / "bundle/check_bundle.pyz")
    assert code == 1
    assert any("E-02" in finding for finding in said["findings"]), said
    assert kept.pk != gone.pk


def pretend(folder: Path, name: str, disposal: dict[str, Any]) -> None:
    """Take the second exhibit's file out of an unpacked bundle, and write that it was disposed of."""
    (folder / name).unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"][name]
    manifest["exhibits"][1] |= {"file": None, "disposal": disposal}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def mixed(audit: SealedAudit) -> Case:
    """A case with a file and a thing, everything sealed."""
    officer = access_for(audit.cast.officer)
    case = make_case(officer, lead_id=audit.cast.officer.pk)
    make_evidence(officer, case)
    make_item(officer, case, title="Crowbar", bag_number="B-77", seal_number="S-1")
    audit.seal()
    return case


def test_a_court_gets_a_thing_s_chain_without_a_file(mixed: Case, key: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    made(mixed, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        packed.extractall(folder)

    manifest = json.loads((folder / "manifest.json").read_text())
    file, thing = manifest["exhibits"]
    assert (thing["file"], thing["sha256"], thing["item"]["bag_number"]) == (None, "", "B-77")
    assert "item" not in file
    assert "A physical exhibit: it has no file." in (folder / "exhibits/E-02.custody.txt").read_text()
    code, said = check(folder, key, folder / "check_bundle.pyz")
    assert (code, said["findings"], said["exhibits"]) == (0, [], 2)

    # A file that is said to be a thing is found: its chain follows its digest.
    file.update(file=None, sha256="")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    code, said = check(folder, key, folder / "check_bundle.pyz")
    assert code == 1
    assert any("E-01: chain of custody" in finding for finding in said["findings"])
