"""Reads one picture from standard input in a process of its own; a hostile file harms only that process.

Writes one line of JSON, then the thumbnail as a JPEG without any metadata. Run by nethra.core.pictures.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Any

from PIL import ExifTags, Image, ImageOps

FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")
MAX_PIXELS = 50_000_000
SIDE = 480
#: What Pillow raises for files that are not what they seem.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    EOFError,
    Warning,
    Image.DecompressionBombError,
)


def facts_of(picture: Image.Image) -> dict[str, Any]:
    """Return when the picture says it was taken, as it says it."""
    details = picture.getexif().get_ifd(ExifTags.IFD.Exif)
    taken, offset = details.get(ExifTags.Base.DateTimeOriginal), details.get(ExifTags.Base.OffsetTimeOriginal)
    return {
        "taken": taken if isinstance(taken, str) else "",
        "offset": offset if isinstance(offset, str) else "",
    }


def thumbnail_of(picture: Image.Image) -> bytes:
    """Return a small JPEG, upright."""
    picture.draft("RGB", (SIDE * 2, SIDE * 2))
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=80, exif=b"")
    return out.getvalue()


def main() -> int:
    """Parse standard input; exit 1 where it is no picture that can be read."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    facts, thumbnail = {"taken": "", "offset": ""}, b""
    try:
        with Image.open(sys.stdin.buffer, formats=FORMATS) as picture:
            facts = facts_of(picture)
            thumbnail = thumbnail_of(picture)
    except BROKEN:
        pass
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + thumbnail)
    return 0 if thumbnail else 1


if __name__ == "__main__":
    sys.exit(main())
