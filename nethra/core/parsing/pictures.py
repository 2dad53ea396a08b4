"""What a picture says about itself, and smaller pictures of it."""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageOps

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import HEAD, ParsedKind, is_heif

FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")
MAX_PIXELS = 50_000_000
PREVIEW_SIDE, THUMBNAIL_SIDE = 1600, 480
#: The grid that a picture's hash compares neighbours on: eight comparisons in eight rows.
HASH_SIZE = (9, 8)
FEWEST_DIFFERENCES = 10
TOO_MANY_PIXELS = f"The picture has more than {MAX_PIXELS // 1_000_000} million points: no preview is made."
_TEXTS = {
    "camera_make": ExifTags.Base.Make,
    "camera_model": ExifTags.Base.Model,
    "producer": ExifTags.Base.Software,
    "author": ExifTags.Base.Artist,
}


def opened(source: BinaryIO) -> Image.Image:
    """Return the picture, of which no pixel is read yet: its size is judged by whoever knows how much they read."""
    source.seek(0)
    formats = list(FORMATS)
    if is_heif(source.read(HEAD)):
        import pillow_heif

        pillow_heif.register_heif_opener()
        formats = ["HEIF"]
    source.seek(0)
    Image.MAX_IMAGE_PIXELS = None
    return Image.open(source, formats=formats)


def look(source: BinaryIO, kind: ParsedKind) -> None:
    """Say what the picture states, its hash, and a preview and a thumbnail of it."""
    with opened(source) as picture:
        answer.say_facts({"width": picture.width, "height": picture.height})
        # Only a JPEG can be read at a fraction of its size; the others' details already cost the whole picture.
        if picture.format != "JPEG":
            _refuse_too_many(picture)
        answer.say_facts(_stated(picture))
        picture.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
        _refuse_too_many(picture)
        picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        answer.say_facts({"picture_hash": hash_of(upright)})
        say_previews(upright)


def say_previews(upright: Image.Image) -> None:
    """Say a preview and a thumbnail of a picture, as JPEGs without metadata."""
    upright.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    answer.say(answer.PREVIEW, _jpeg(upright))
    upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    answer.say(answer.THUMBNAIL, _jpeg(upright))


def hash_of(picture: Image.Image) -> str:
    """Return the difference hash, 16 hexadecimal digits: which points are brighter than their right neighbours.

    '' where hardly any is, of an empty picture, which would look like every other one.
    """
    grey = picture.convert("L").resize(HASH_SIZE, Image.Resampling.BOX).tobytes()
    width, height = HASH_SIZE
    bits = [
        grey[row * width + x] > grey[row * width + x + 1] for row in range(height) for x in range(width - 1)
    ]
    value = sum(1 << place for place, is_brighter in enumerate(bits) if is_brighter)
    return f"{value:016x}" if value.bit_count() >= FEWEST_DIFFERENCES else ""


def _refuse_too_many(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise answer.CannotRead(TOO_MANY_PIXELS)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80, exif=b"")
    return out.getvalue()


def _stated(picture: Image.Image) -> dict[str, Any]:
    exif = picture.getexif()
    details, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    return {
        **{name: text for name, tag in _TEXTS.items() if isinstance(text := exif.get(tag), str)},
        "camera_serial": details.get(ExifTags.Base.BodySerialNumber, ""),
        **_time(details),
        **_place(place),
    }


def _time(details: dict[int, Any]) -> dict[str, Any]:
    taken, offset = (
        details.get(tag) for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal)
    )
    try:
        stated = datetime.strptime(str(taken).strip("\x00 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return {}
    return {"stated": stated.isoformat(), "offset": offset if isinstance(offset, str) else ""}


def _place(place: dict[int, Any]) -> dict[str, Any]:
    latitude = _degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    longitude = _degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    return {} if latitude is None or longitude is None else {"latitude": latitude, "longitude": longitude}


def _degrees(parts: Any, is_negative: bool) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    return (-found if is_negative else found) if math.isfinite(found) else None
