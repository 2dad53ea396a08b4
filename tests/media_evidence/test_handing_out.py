"""Downloads in whole and in part, thumbnails, checks, and who gets none of it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from media_evidence.jobs import inspect_evidence_job
from media_evidence.models import Evidence
from media_evidence.store import disk
from nethra.audit.models import AuditEvent
from nethra.core.middleware import SANDBOX
from nethra.core.ranges import Part, part_wanted
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get, patch, post, refusal
from tests.support.cases import make_case
from tests.support.files import PDF, jpeg, make_evidence
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.stored import is_stored, overwrite, take_away

pytestmark = pytest.mark.django_db


def exhibit(cast: Cast, content: bytes | None = None, **values: Any) -> Evidence:
    access = access_for(cast.officer)
    return make_evidence(access, make_case(access), content, **values)


def inspected(cast: Cast, content: bytes) -> dict[str, Any]:
    evidence = exhibit(cast, content)
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    found: dict[str, Any] = get(cast.officer, f"evidence/{evidence.pk}").json()
    return found


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", Part(0, 9)),
        ("bytes=90-", Part(90, 99)),
        ("bytes=-10", Part(90, 99)),
        ("bytes=-500", Part(0, 99)),
        ("bytes=50-500", Part(50, 99)),
        ("bytes=9-2", None),
        ("bytes=0-1,5-9", None),
        ("bytes=-", None),
        ("lines=0-9", None),
        ("", None),
    ],
)
def test_the_part_that_a_range_names(header: str, part: Part | None) -> None:
    assert part_wanted(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_past_the_end_is_refused(cast: Cast, header: str) -> None:
    evidence = exhibit(cast, b"a" * 100, name="a.txt")

    answer = get(cast.officer, f"evidence/{evidence.pk}/file", Range=header)

    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */100")


def test_a_file_comes_back_as_it_was_sent(cast: Cast) -> None:
    content = jpeg()
    evidence = exhibit(cast, content, name='wi"ndow\n.jpg')

    answer = get(cast.auditor, f"evidence/{evidence.pk}/file")

    assert body_of(answer) == content
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["ETag"] == f'"{evidence.sha256}"'
    assert answer.headers["Content-Security-Policy"] == SANDBOX
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_part_comes_back_as_asked(cast: Cast) -> None:
    evidence = exhibit(cast, bytes(range(200)), name="a.bin")

    answer = get(cast.officer, f"evidence/{evidence.pk}/file", Range="bytes=10-19")

    assert (answer.status_code, body_of(answer)) == (206, bytes(range(10, 20)))
    assert answer.headers["Content-Range"] == "bytes 10-19/200"


def test_a_part_of_another_version_is_the_whole(cast: Cast) -> None:
    evidence = exhibit(cast, b"a" * 100, name="a.txt")

    answer = get(
        cast.officer, f"evidence/{evidence.pk}/file", **{"Range": "bytes=0-9", "If-Range": '"other"'}
    )

    assert answer.status_code == 200


def test_every_download_is_in_the_audit(cast: Cast) -> None:
    evidence = exhibit(cast)
    body_of(get(cast.auditor, f"evidence/{evidence.pk}/file"))

    with agency_scope(access_for(cast.admin)):
        events = AuditEvent.objects.visible_to(access_for(cast.admin)).filter(
            action="evidence_downloaded", object_id=evidence.pk
        )
        assert [event.actor_id for event in events] == [cast.auditor.pk]


def test_a_photo_gets_a_thumbnail_without_metadata_and_a_proposed_time(cast: Cast) -> None:
    record = inspected(cast, jpeg())

    answer = get(cast.officer, f"evidence/{record['id']}/thumbnail")

    picture = Image.open(io.BytesIO(body_of(answer)))
    assert max(picture.size) == 480
    assert not picture.getexif()
    # Without an offset the camera speaks of the agency's zone.
    assert record["proposed_captured_at"] == "2026-03-02T14:31:00Z"
    assert record["captured_at"] is None


def test_an_offset_of_the_cameras_own_counts(cast: Cast) -> None:
    assert inspected(cast, jpeg(offset="+02:00"))["proposed_captured_at"] == "2026-03-02T04:31:00Z"


@pytest.mark.parametrize(
    "content",
    [PDF, b"\xff\xd8\xff\xe0" + b"\x00" * 500, jpeg(taken="not a time"), jpeg(taken="")],
    ids=["pdf", "broken", "senseless time", "no time"],
)
def test_what_cannot_be_read_is_kept_and_proposes_nothing(cast: Cast, content: bytes) -> None:
    record = inspected(cast, content)

    assert record["proposed_captured_at"] is None


def test_half_a_picture_is_kept_without_a_thumbnail(cast: Cast) -> None:
    record = inspected(cast, jpeg()[:900])

    assert (record["media_type"], record["has_thumbnail"]) == ("photo", False)


def test_a_picture_that_unpacks_to_too_much_gets_no_thumbnail(cast: Cast) -> None:
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")

    record = inspected(cast, bomb.getvalue())

    assert (record["media_type"], record["has_thumbnail"]) == ("photo", False)
    assert get(cast.officer, f"evidence/{record['id']}/thumbnail").status_code == 404


def test_a_small_file_that_claims_to_be_a_huge_picture_stops_nothing(cast: Cast) -> None:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\x00" * 1_000_000)), (b"IEND", b""))
    )

    record = inspected(cast, bomb)
    page = console_client(cast.officer).get(f"/console/media_evidence/evidence/{record['id']}/change/")
    after = inspected(cast, jpeg())

    assert (record["media_type"], record["size"], record["has_thumbnail"]) == ("photo", len(bomb), False)
    assert "Photo; no preview can be made" in page.content.decode()
    assert body_of(get(cast.officer, f"evidence/{record['id']}/file")) == bomb
    assert after["has_thumbnail"] is True


def test_an_officer_confirms_when_it_was_recorded(cast: Cast) -> None:
    record = inspected(cast, jpeg())

    changed = patch(cast.officer, f"evidence/{record['id']}", {"captured_at": record["proposed_captured_at"]})

    assert changed.json()["captured_at"] == "2026-03-02T14:31:00Z"


def test_a_file_is_verified_and_an_altered_or_missing_one_is_found(cast: Cast) -> None:
    evidence = exhibit(cast)

    def verify() -> str:
        return str(post(cast.auditor, f"evidence/{evidence.pk}/verify", {}).json()["integrity"])

    assert verify() == "intact"
    overwrite(evidence, b"other")
    assert verify() == "altered"
    take_away(evidence)
    assert verify() == "missing"
    assert refusal(get(cast.officer, f"evidence/{evidence.pk}/file")) == (409, "file_missing")


def test_without_the_right_there_is_no_name_no_count_and_no_picture(cast: Cast) -> None:
    evidence = exhibit(cast, title="Bakery window", name="SECRETNAME.jpg")
    api, console = api_client(cast.analyst), console_client(cast.analyst)
    case = f"/console/cases/case/{evidence.case_id}/change/"

    for path in (
        "evidence",
        f"cases/{evidence.case_id}/evidence",
        *(f"evidence/{evidence.pk}{rest}" for rest in ("", "/file", "/thumbnail")),
    ):
        assert api.get(f"{ROOT}/{path}").status_code == 403, path
    shown = console.get(case).content + console.get("/console/search/?s=bakery&extended=1").content
    assert b"vidence" not in shown
    assert b"SECRETNAME" not in shown
    for rest in ("", f"{evidence.pk}/change/", f"{evidence.pk}/file/", f"{evidence.pk}/thumbnail/"):
        assert console.get(f"/console/media_evidence/evidence/{rest}").status_code == 403, rest


def test_the_palette_finds_exhibits_for_whom_it_may(cast: Cast) -> None:
    exhibit(cast, title="Bakery window")

    shown = {
        who: b"Bakery window" in console_client(getattr(cast, who)).get("/console/search/?s=bakery").content
        for who in ("officer", "analyst", "south_officer")
    }

    assert shown == {"officer": True, "analyst": False, "south_officer": False}


def test_evidence_is_filtered(cast: Cast) -> None:
    photo, note = exhibit(cast, title="Bakery window"), exhibit(cast, b"A note.\n", name="note.txt")

    def found(query: str) -> set[str]:
        return {record["id"] for record in get(cast.officer, f"evidence?{query}").json()["data"]}

    assert found("media_type=photo") == {str(photo.pk)}
    assert found("q=note.t") == {str(note.pk)}
    assert found(f"case={note.case_id}") == {str(note.pk)}
    assert found("integrity=altered") == set()
    assert refusal(get(cast.officer, "evidence?type=photo")) == (400, "unknown_parameter")


@pytest.mark.on_disk
def test_the_command_checks_the_store_and_sweeps_what_nobody_vouches_for(
    committed_cast: Cast, evidence_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = committed_cast
    good, bad = exhibit(cast, b"good", name="g.txt"), exhibit(cast, b"bad", name="b.txt")
    orphan = disk.file_path(cast.north.pk, "a" * 64)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"nobody's")
    left = evidence_dir / "incoming" / "left"
    left.write_bytes(b"half")
    overwrite(bad, b"other")

    def run(*arguments: str) -> str:
        out = io.StringIO()
        with pytest.raises(CommandError) as failed:
            call_command("verify_evidence", "--agency", "north", *arguments, stdout=out)
        return str(failed.value) + out.getvalue()

    told = run("--sweep")
    assert (
        "2 files checked: 1 intact, 1 altered, 0 missing, 0 disposed of; 1 files without an exhibit, 0 removed"
        in told
    )
    # What is younger than a day may be on its way in.
    assert orphan.exists()
    monkeypatch.setattr(disk, "ABANDONED_SECONDS", -1)
    run("--sweep")
    assert not orphan.exists()
    assert not left.exists()
    assert is_stored(good)


def test_a_dry_run_writes_nothing(committed_cast: Cast) -> None:
    evidence = exhibit(committed_cast)

    call_command("verify_evidence", "--agency", "north", "--dry-run", stdout=io.StringIO())

    assert get(committed_cast.officer, f"evidence/{evidence.pk}").json()["integrity"] == "unchecked"
