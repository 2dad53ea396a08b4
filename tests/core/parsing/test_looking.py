"""What the parser says about files of each kind, and about what is broken, too much, or two things at once."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest

from nethra.core.parsing import archives, looking
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.looking import Look, look_into
from nethra.core.parsing.process import DAMAGED, NOT_LOOKED_INTO
from tests.support import seeds

needs_ffmpeg = pytest.mark.skipif(not seeds.has_ffmpeg(), reason="ffmpeg is not installed")
CAMERA = {"camera_make": "Northlight", "camera_model": "N-1", "camera_serial": "NL-0042"}
STATED = {"stated": "2026-03-02T06:31:00"}


def look(content: bytes, kinds: Any = ParsedKind) -> Look:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        return look_into(file, kinds)


def known(found: Look) -> dict[str, Any]:
    return {name: value for name, value in found.facts.items() if value not in (None, "", [], False)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_says_what_its_camera_wrote(kind: str) -> None:
    found = look(seeds.picture(kind))

    facts = known(found)
    assert (found.kind, found.notes) == (ParsedKind.PICTURE, ())
    assert facts.items() >= {**CAMERA, **STATED, "offset": "+01:00", "width": 96, "height": 72}.items()
    assert (round(facts["latitude"], 4), round(facts["longitude"], 4)) == (48.2082, 16.3738)
    assert found.preview.startswith(b"\xff\xd8")
    assert found.thumbnail.startswith(b"\xff\xd8")


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP"])
def test_a_picture_without_metadata_has_its_size(kind: str) -> None:
    found = look(seeds.picture(kind))

    assert known(found).items() >= {"width": 96, "height": 72}.items()
    assert found.thumbnail


def test_a_preview_holds_nothing_of_what_the_camera_wrote() -> None:
    found = look(seeds.picture(size=(2400, 300)))

    assert b"Northlight" not in found.preview + found.thumbnail
    assert b"Exif" not in found.preview + found.thumbnail


def test_a_picture_looks_alike_whatever_its_format_and_size() -> None:
    hashes = [
        look(content).facts["picture_hash"]
        for content in (
            seeds.picture(size=(960, 720)),
            seeds.picture("PNG"),
            seeds.picture("JPEG", quality=30),
        )
    ]

    assert all((int(hashes[0], 16) ^ int(other, 16)).bit_count() <= 8 for other in hashes)


def test_an_empty_picture_looks_like_none() -> None:
    from tests.support.files import jpeg

    assert look(jpeg()).facts["picture_hash"] == ""


def test_a_pdf_says_who_wrote_it_and_shows_its_first_page() -> None:
    found = look(seeds.pdf(pages=3))

    assert known(found) == {
        "author": "A. Clerk",
        "producer": "Nethra",
        "pages": 3,
        "offset": "+01:00",
        **STATED,
    }
    assert found.preview.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (
            seeds.docx(),
            {"author": "A. Clerk", "producer": "Writer", "pages": 3, "offset": "+00:00", **STATED},
        ),
        (seeds.odt(), {"author": "A. Clerk", "producer": "Office", "pages": 2, **STATED}),
    ],
)
def test_an_office_document_says_who_wrote_it(content: bytes, facts: dict[str, Any]) -> None:
    found = look(content)

    assert (known(found), found.notes) == (facts, ())


def test_words_of_its_own_in_an_office_document_are_not_followed() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'

    found = look(seeds.zipped({"[Content_Types].xml": "", "docProps/core.xml": bomb}))

    assert known(found) == {}


def test_an_archive_is_listed_and_not_unpacked() -> None:
    found = look(seeds.zipped({"a/plan.txt": b"x" * 10, "photo.jpg": b"y"}))

    assert found.facts["entries"] == [{"name": "a/plan.txt", "size": 10}, {"name": "photo.jpg", "size": 1}]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"zeros": bytes(5 << 20)}, archives.TOO_DENSE),
        ({"inner.zip": b"PK"}, archives.NESTED),
        ({str(number): b"" for number in range(1_001)}, archives.TOO_MANY),
    ],
)
def test_an_archive_that_may_be_a_trap_is_called_one(entries: dict[str, bytes | str], sentence: str) -> None:
    assert look(seeds.zipped(entries)).notes == (sentence,)


@needs_ffmpeg
@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_a_film_says_how_long_it_is_and_shows_a_frame(kind: str) -> None:
    found = look(seeds.film(kind))

    facts = known(found)
    assert (
        facts.items()
        >= {"codecs": "mpeg4, aac", "width": 96, "height": 72, "offset": "+00:00", **STATED}.items()
    )
    assert (round(facts["latitude"], 4), 900 <= facts["duration_ms"] <= 1200) == (48.2082, True)
    assert found.thumbnail.startswith(b"\xff\xd8")


@needs_ffmpeg
def test_a_sound_says_how_long_it_is() -> None:
    found = look(seeds.sound(0.5))

    assert known(found) == {"codecs": "pcm_s16le", "duration_ms": 500}


def test_a_text_shows_its_head_without_control_signs() -> None:
    found = look("A note.\x1b[31m \u202edlrow\n".encode() * 900)

    assert found.kind == ParsedKind.TEXT
    assert found.text.startswith("A note.[31m dlrow\n")
    assert len(found.text) <= looking.MOST_HEAD


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (seeds.picture() + seeds.zipped({"evil.exe": b"MZ"}), "It is a picture and a ZIP archive at once"),
        (seeds.picture() + b"<?php system($_GET['x']); ?>", "It is a picture that holds program code"),
        (seeds.pdf() + seeds.zipped({"evil.exe": b"MZ"}), "It is a PDF and a ZIP archive at once"),
        (b"GIF89a" + b"/*" + seeds.pdf(), "It is a picture and a PDF at once"),
    ],
)
def test_a_file_that_is_two_things_is_called_so(content: bytes, sentence: str) -> None:
    found = look(content)

    assert found.facts["is_polyglot"]
    assert found.notes[0].startswith(sentence)


@pytest.mark.parametrize(
    "content", [seeds.picture(), seeds.picture("PNG"), seeds.picture("HEIF"), seeds.pdf()]
)
def test_an_ordinary_file_is_one_thing(content: bytes) -> None:
    assert not look(content).facts["is_polyglot"]


@pytest.mark.parametrize(
    "content",
    [
        seeds.picture()[:200],
        seeds.picture("PNG")[:60],
        seeds.picture("HEIF")[:300],
        seeds.pdf()[:60],
        seeds.docx()[:200],
        seeds.sound()[:20],
    ],
)
def test_a_broken_file_gets_a_plain_note(content: bytes) -> None:
    found = look(content)

    assert len(found.notes) == 1
    assert found.notes[0].endswith(".")


def test_what_is_known_stays_though_the_rest_is_broken() -> None:
    content = seeds.picture(size=(960, 720))

    found = look(content[: len(content) // 2])

    assert known(found).items() >= CAMERA.items()
    assert found.notes == (DAMAGED,)


def test_other_files_are_not_looked_into() -> None:
    assert look(bytes(range(256)) * 4).notes == (NOT_LOOKED_INTO,)
    assert look(seeds.pdf(), [ParsedKind.PICTURE]).notes == (NOT_LOOKED_INTO,)


def test_a_film_cannot_be_read_where_ffmpeg_is_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from nethra.core.parsing import answer, media

    monkeypatch.setattr(media, "FOLDERS", str(tmp_path))

    with pytest.raises(answer.CannotRead, match="cannot be read here"):
        media._run("ffprobe", ())
