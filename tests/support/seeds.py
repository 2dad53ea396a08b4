"""Files of the kinds that the parsers know, made here; tests and the drill change them byte by byte."""

from __future__ import annotations

import io
import random
import shutil
import struct
import subprocess
import tempfile
import wave
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

MAKE, MODEL, DETAILS, PLACE = 0x010F, 0x0110, 0x8769, 0x8825
TAKEN, OFFSET, SERIAL = 0x9003, 0x9011, 0xA431
VIENNA = {1: "N", 2: (48.0, 12.0, 29.52), 3: "E", 4: (16.0, 22.0, 25.68)}
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    "<dc:creator>A. Clerk</dc:creator><dcterms:created>2026-03-02T06:31:00Z</dcterms:created></cp:coreProperties>"
)
APP = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>Writer</Application><Pages>3</Pages></Properties>"
)
META = (
    '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<office:meta><meta:initial-creator>A. Clerk</meta:initial-creator><meta:generator>Office</meta:generator>"
    '<meta:document-statistic meta:page-count="2"/><meta:creation-date>2026-03-02T06:31:00</meta:creation-date>'
    "</office:meta></office:document-meta>"
)


def drawn(size: tuple[int, int] = (96, 72), seed: int = 1) -> Image.Image:
    """Return a picture of soft patches; another seed is another picture, another size the same one."""
    dice = random.Random(seed)
    return Image.frombytes("RGB", (12, 9), dice.randbytes(12 * 9 * 3)).resize(size, Image.Resampling.BICUBIC)


def picture(
    kind: str = "JPEG",
    *,
    size: tuple[int, int] = (96, 72),
    seed: int = 1,
    details: Image.Exif | None = None,
    **options: Any,
) -> bytes:
    """Return a picture of a format that Pillow, or for HEIF its extension, writes; with what a camera states."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    out = io.BytesIO()
    if kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        options["exif"] = exif() if details is None else details
    drawn(size, seed).save(out, kind, **options)
    return out.getvalue()


def exif(
    place: dict[int, Any] | None = None,
    taken: str = "2026:03:02 06:31:00",
    offset: str = "+01:00",
    make: str = "Northlight",
) -> Image.Exif:
    """Return what a camera writes into a picture."""
    found = Image.Exif()
    found[MAKE], found[MODEL] = make, "N-1"
    found[DETAILS] = {TAKEN: taken, OFFSET: offset, SERIAL: "NL-0042"}
    found[PLACE] = VIENNA if place is None else place
    return found


def pdf(pages: int = 1, content: bytes = b"BT /F1 24 Tf 60 700 Td (A report) Tj ET") -> bytes:
    """Return a PDF with words on its pages."""
    kids = b" ".join(b"%d 0 R" % (5 + index) for index in range(pages))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *[
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>"
        ]
        * pages,
        b"<< /Author (A. Clerk) /Producer (Nethra) /CreationDate (D:20260302063100+01'00') >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table, last = len(out), len(parts)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (last + 1, last)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def zipped(entries: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx() -> bytes:
    """Return the parts of a word document that say who wrote it."""
    parts = {"[Content_Types].xml": "<Types/>", "docProps/core.xml": CORE, "docProps/app.xml": APP}
    return zipped({**parts, "word/document.xml": "<document/>"})


def odt() -> bytes:
    """Return the parts of an open document that say who wrote it."""
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "meta.xml": META})


def sound(seconds: float = 0.5) -> bytes:
    """Return a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", n % 200 * 90) for n in range(int(8000 * seconds))))
    return out.getvalue()


def has_ffmpeg() -> bool:
    """Return whether films can be made, and read, on this machine."""
    return shutil.which("ffmpeg") is not None


def film(kind: str = "mp4") -> bytes:
    """Return a second of moving pictures with sound; kind is a container that ffmpeg writes."""
    sources = ("-f", "lavfi", "-i", "testsrc2=size=96x72:rate=5:duration=1", "-f", "lavfi", "-i", "sine=d=1")
    stated = ("-metadata", "creation_time=2026-03-02T06:31:00Z", "-metadata", "location=+48.2082+016.3738/")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"film.{kind}"
        subprocess.run(["ffmpeg", "-v", "error", *sources, *stated, "-c:v", "mpeg4", str(place)], check=True)
        return place.read_bytes()
