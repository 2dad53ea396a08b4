"""Redacted copies: nothing is left underneath, whatever looks for it; the original stays as it was."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from nethra.core.parsing import rendering
from nethra.core.parsing.regions import MARK, Box, Range, Remains, joined
from nethra.core.parsing.rendering import CannotRender, Copy, Region

BOX = Box(1, 101, 53, 120, 40)


def photo(name: str = "JPEG") -> bytes:
    """Return a picture full of detail, with EXIF, a place, XMP, a comment and a thumbnail of itself."""
    picture = Image.effect_noise((400, 300), 80).convert("RGB")
    ImageDraw.Draw(picture).text((110, 60), "WITNESS", fill="red")
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "Canon", "WITNESS"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 25.0)})
    out = io.BytesIO()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "WITNESS")
    more = {"pnginfo": texts} if name == "PNG" else {"xmp": b"<x>WITNESS</x>", "comment": b"WITNESS"}
    picture.save(out, name, exif=exif, **more)
    return out.getvalue() + b"WITNESS behind the end"


def pdf(pages: int = 2) -> bytes:
    """Return a PDF with a word on each page, an attachment and an author."""
    parts = [b"%PDF-1.4"]
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names"
        b"[(a.txt)<</Type/Filespec/F(a.txt)/EF<</F 4 0 R>>>>]>>>>>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % (6 + n) for n in range(pages))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/EmbeddedFile/Length 7>>stream\nWITNESS\nendstream",
        b"<</Length 45>>stream\nBT /F 24 Tf 72 700 Td (WITNESS Smith) Tj ET  \nendstream",
    ] + [
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F 3 0 R>>>>"
        b"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(WITNESS)>>]>>"
    ] * pages
    for number, content in enumerate(objects, start=1):
        parts.append(b"%d 0 obj%s endobj" % (number, content))
    return b"\n".join([*parts, b"trailer<</Root 1 0 R/Info<</Author(WITNESS)>>>>", b"%%EOF"])


def docx(text: str = "The witness Smith said so.") -> bytes:
    body = (
        f"<w:p><w:r><w:t>{text}</w:t></w:r><w:del><w:r><w:delText>STRUCK</w:delText></w:r></w:del></w:p>"
        "<w:p><w:ins><w:r><w:t>Second</w:t><w:tab/><w:t>line</w:t></w:r></w:ins></w:p>"
    )
    uri = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{uri}"><w:body>{body}</w:body></w:document>'
        )
        archive.writestr("word/comments.xml", "WITNESS")
        archive.writestr("docProps/core.xml", "WITNESS")
    return out.getvalue()


def redacted(folder: Path, content: bytes, *regions: Region) -> tuple[Copy, Path]:
    """Return a copy and where it lies, once the original was proved to be as it was."""
    original, place = folder / "original", folder / "copy"
    original.write_bytes(content)
    with original.open("rb") as file:
        copy = rendering.redact(file, regions)
    assert hashlib.sha256(original.read_bytes()).digest() == hashlib.sha256(content).digest()
    place.write_bytes(copy.content)
    return copy, place


def left(place: Path, *regions: Region) -> frozenset[Remains]:
    with place.open("rb") as file:
        return rendering.remains(file, regions)


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF"])
def test_a_picture_keeps_nothing_but_the_pixels_beside_the_box(tmp_path: Path, name: str) -> None:
    _, place = redacted(tmp_path, photo(name), BOX)

    said = told("exiftool", "-a", "-u", "-G1", "-s", "-ee3", str(place))
    groups = {line.split("]")[0].strip("[ ") for line in said.splitlines()}
    assert groups <= {"ExifTool", "System", "File", "JFIF", "Composite"}, said
    assert b"WITNESS" not in place.read_bytes()
    shown = Image.open(place).convert("RGB")
    assert shown.crop((101, 53, 221, 93)).getcolors() == [(120 * 40, (0, 0, 0))]
    assert shown.crop((0, 100, 400, 300)).getcolors(9) is None
    assert left(place, BOX) == frozenset()


def test_a_picture_is_shown_and_copied_upright_and_without_what_is_transparent(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (64, 32), (255, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    picture.save(out, "PNG", exif=exif)

    copy, place = redacted(tmp_path, out.getvalue(), Box(1, 0, 0, 8, 8))

    shown = Image.open(place).convert("RGB")
    assert shown.size == (32, 64)
    assert {colour for _, colour in shown.getcolors() or []} == {(0, 0, 0), (255, 255, 255)}
    assert rendering.show(io.FileIO(place)).pages == 1
    assert copy.notes == ()


def test_a_pdf_becomes_pages_of_pixels(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    box = Box(2, 140, 200, 400, 120)
    source = io.FileIO(_written(tmp_path, pdf()))

    copy = rendering.redact(source, [box], lambda done, whole: seen.append((done, whole)))

    place = _written(tmp_path, copy.content)
    assert told("pdftotext", str(place), "-").strip() == ""
    assert told("pdfdetach", "-list", str(place)).startswith("0 embedded files")
    images = told("pdfimages", "-list", str(place)).splitlines()[2:]
    assert [line.split()[8] for line in images] == ["jpeg", "jpeg"]
    assert "WITNESS" not in told("exiftool", "-a", "-u", "-ee3", str(place)) + told("pdfinfo", str(place))
    assert b"WITNESS" not in place.read_bytes()
    assert seen == [(1, 2), (2, 2)]
    assert left(place, box) == frozenset()
    pages = pypdfium2.PdfDocument(place)
    assert [round(side) for side in pages[0].get_size()] == [595, 842]


def test_work_on_a_document_can_be_ended_between_pages(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def enough(done: int, whole: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        rendering.redact(io.FileIO(_written(tmp_path, pdf(5))), [Box(1, 0, 0, 8, 8)], enough)


def test_a_document_of_words_becomes_pages_of_pixels_without_what_was_struck_out(tmp_path: Path) -> None:
    shown = rendering.show(io.FileIO(_written(tmp_path, docx())))
    assert shown.text == "The witness Smith said so.\nSecond\tline"

    copy, place = redacted(tmp_path, docx(), Range(12, 17))

    assert copy.notes == (
        "The copy holds the document's own text; pictures, headers, footers and notes are left out.",
    )
    assert told("pdftotext", str(place), "-").strip() == ""
    assert told("pdfimages", "-list", str(place)).splitlines()[2:]
    assert not zipfile.is_zipfile(place)
    assert left(place) == frozenset()


def test_a_text_has_a_mark_in_place_of_what_is_taken_out(tmp_path: Path) -> None:
    copy, place = redacted(tmp_path, "Déjà: Smith saw\r\nSmith.".encode(), Range(6, 9), Range(8, 11))

    assert copy.content.decode() == f"Déjà: {MARK} saw\nSmith."
    assert copy.notes == ("Words that were taken out stand elsewhere in the text too.",)
    assert left(place, Range(6, 11)) == frozenset()


@pytest.mark.parametrize(
    ("content", "region", "sentence"),
    [
        (b"\x00\x01\x02\x03", BOX, "Of this kind of file no redacted copy can be made."),
        (b"%PDF-1.4 nothing", BOX, "It cannot be read: it is damaged, or not what it seems."),
        (photo(), Box(1, 5000, 0, 9, 9), "A box lies outside of what is shown."),
        (pdf(), Box(3, 0, 0, 9, 9), "The document has no such page."),
        (
            b"A short text.",
            BOX,
            "Boxes are taken out of pictures and PDFs, ranges out of texts and documents.",
        ),
        (
            photo(),
            Range(0, 3),
            "Boxes are taken out of pictures and PDFs, ranges out of texts and documents.",
        ),
        (b"A short text.", Range(5, 99), "A range lies outside of the text."),
        (
            docx("a\U000130a7"),
            Range(0, 1),
            "The text has signs that no font here can draw: no copy is made of it.",
        ),
    ],
)
def test_what_cannot_be_copied_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, region: Region, sentence: str
) -> None:
    with pytest.raises(CannotRender) as refused:
        redacted(tmp_path, content, region)

    assert str(refused.value) == sentence


def test_the_check_finds_what_remains_in_a_picture(tmp_path: Path) -> None:
    _, place = redacted(tmp_path, photo(), BOX)
    clean = place.read_bytes()

    assert left(_written(tmp_path, photo()), BOX) >= {Remains.METADATA, Remains.NOT_COVERED}
    assert left(_written(tmp_path, clean + b"more"), BOX) == {Remains.BEHIND}
    assert left(_written(tmp_path, clean), BOX, Box(1, 300, 200, 40, 40)) == {Remains.NOT_COVERED}
    assert left(_written(tmp_path, clean[:400]), BOX)
    assert left(_written(tmp_path, b"no picture at all"), BOX, Range(0, 3)) == {Remains.NOT_MARKED}
    assert left(_written(tmp_path, b"\x00\x01")) == {Remains.UNREADABLE}


def test_the_check_finds_what_remains_in_a_document(tmp_path: Path) -> None:
    box = Box(1, 0, 0, 80, 80)
    _, place = redacted(tmp_path, pdf(1), box)
    clean = place.read_bytes()

    assert left(_written(tmp_path, pdf(1)), box) >= {
        Remains.TEXT,
        Remains.ANNOTATIONS,
        Remains.ATTACHMENTS,
        Remains.METADATA,
        Remains.OTHER_OBJECTS,
    }
    assert left(_written(tmp_path, clean + clean), box) >= {Remains.BEHIND}
    assert left(_written(tmp_path, clean), Box(1, 400, 400, 80, 80)) == {Remains.NOT_COVERED}
    assert left(_written(tmp_path, clean), Box(2, 0, 0, 80, 80)) == {Remains.NOT_COVERED}
    active = clean.replace(b"/Type/Catalog", b"/OpenAction 1 0 R/Type/Catalog", 1)
    assert left(_written(tmp_path, active), box) == {Remains.ACTIVE}


def test_a_process_that_lies_is_a_plain_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "renderer.py"
    monkeypatch.setattr(rendering, "PROCESS", script)
    for code in ("print('result 99999999999')", "raise SystemExit(3)", "print('facts 4\\nnull\\nend 0')"):
        script.write_text(code)
        with pytest.raises(CannotRender, match="could not be rendered"):
            rendering.show(io.FileIO(_written(tmp_path, b"x")))
        assert left(_written(tmp_path, b"x")) == {Remains.UNREADABLE}


def test_ranges_that_touch_are_one() -> None:
    assert joined([Range(5, 9), Range(0, 2), Range(2, 3), Range(6, 7)]) == [Range(0, 3), Range(5, 9)]


def _written(folder: Path, content: bytes) -> Path:
    place = folder / "written"
    place.write_bytes(content)
    return place
