"""What films and sounds say about themselves, through ffprobe, and a film's first frame, through ffmpeg."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from typing import Any, BinaryIO

from PIL import Image

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import HEAD, ParsedKind, demuxer_of
from nethra.core.parsing.limits import limit_program
from nethra.core.parsing.pictures import PREVIEW_SIDE, hash_of, say_previews

FOLDERS = "/usr/local/bin:/usr/bin:/bin"
FILMS = ("mov", "avi", "matroska", "ogg")
ABSENT = "Films and sounds cannot be read here: ffmpeg is not installed."
UNREADABLE = "The film or sound cannot be read: it is damaged, or not what it seems."
NO_FRAME = "No picture of the film can be made."
#: SECURITY: the reader is named, and may open nothing but this file: a playlist would name others.
INPUT = ("-protocol_whitelist", "file", "-i", "/dev/stdin")
ENTRIES = (
    "format=duration:format_tags:stream=codec_type,codec_name,width,height:"
    "stream_tags=creation_time:stream_disposition=attached_pic"
)
SHRINK = f"scale='min({PREVIEW_SIDE},iw)':'min({PREVIEW_SIDE},ih)':force_original_aspect_ratio=decrease"
FRAME = ("-frames:v", "1", "-an", "-sn", "-dn", "-vf", SHRINK, "-f", "image2pipe", "-c:v", "mjpeg", "pipe:1")
#: ISO 6709, as phones write it: +48.2082+016.3738+170.000/
PLACE = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)", re.ASCII)
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_TAGS = {
    "camera_make": ("com.apple.quicktime.make", "com.android.manufacturer", "make"),
    "camera_model": ("com.apple.quicktime.model", "com.android.model", "model"),
    "author": ("artist", "com.apple.quicktime.author"),
    "producer": ("com.apple.quicktime.software", "encoder"),
}
#: A phone's own time has its offset; the container's is in UTC.
_TIMES = ("com.apple.quicktime.creationdate", "creation_time", "date")
_PLACES = ("com.apple.quicktime.location.iso6709", "location", "location-eng")


def look(source: BinaryIO, kind: ParsedKind) -> None:
    """Say length, codecs and what the device states, and a preview of a film."""
    demuxer = demuxer_of(source.read(HEAD))
    source.seek(0)
    found = json.loads(_run("ffprobe", ("-f", demuxer, *INPUT, "-show_entries", ENTRIES, "-of", "json")))
    if not found.get("streams"):
        raise answer.CannotRead(UNREADABLE)
    answer.say_facts(_facts(found))
    if demuxer in FILMS and any(_is_film(stream) for stream in found["streams"]):
        source.seek(0)
        frame = _run("ffmpeg", ("-nostdin", "-threads", "1", "-f", demuxer, *INPUT, *FRAME))
        if not frame:
            raise answer.CannotRead(NO_FRAME)
        picture = Image.open(io.BytesIO(frame), formats=["JPEG"])
        answer.say_facts({"picture_hash": hash_of(picture)})
        say_previews(picture)


def _run(program: str, arguments: tuple[str, ...]) -> bytes:
    place = shutil.which(program, path=FOLDERS)
    if place is None:
        raise answer.CannotRead(ABSENT)
    ended = subprocess.run(
        [place, "-v", "quiet", *arguments],
        stdout=subprocess.PIPE,
        env={},
        preexec_fn=limit_program,
        check=False,
    )
    if ended.returncode != 0 and not ended.stdout:
        raise answer.CannotRead(UNREADABLE if program == "ffprobe" else NO_FRAME)
    return ended.stdout


def _is_film(stream: dict[str, Any]) -> bool:
    is_cover = stream.get("disposition", {}).get("attached_pic")
    return stream.get("codec_type") == "video" and not is_cover


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    streams = found["streams"]
    tags = {name.lower(): str(text) for name, text in found.get("format", {}).get("tags", {}).items()}
    film: dict[str, Any] = next((stream for stream in streams if _is_film(stream)), {})
    codecs = dict.fromkeys(
        s.get("codec_name", "") for s in streams if s.get("codec_type") in ("video", "audio")
    )
    return {
        "width": film.get("width"),
        "height": film.get("height"),
        "duration_ms": _milliseconds(found.get("format", {}).get("duration")),
        "codecs": ", ".join(name for name in codecs if name),
        **{name: _first(tags, asked) for name, asked in _TAGS.items()},
        **_time(_first(tags, _TIMES)),
        **_place(_first(tags, _PLACES)),
    }


def _first(tags: dict[str, str], names: tuple[str, ...]) -> str:
    return next((tags[name] for name in names if tags.get(name)), "")


def _milliseconds(text: Any) -> int | None:
    try:
        return round(float(text) * 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def _time(text: str) -> dict[str, Any]:
    match = TIME.match(text)
    # A camera without a clock writes the beginning of the container's time.
    if match is None or match.group(1) < "1971":
        return {}
    offset = (match.group(2) or "").replace("Z", "+00:00")
    return {
        "stated": match.group(1),
        "offset": offset if ":" in offset or not offset else f"{offset[:3]}:{offset[3:]}",
    }


def _place(text: str) -> dict[str, Any]:
    match = PLACE.match(text)
    return {"latitude": float(match.group(1)), "longitude": float(match.group(2))} if match else {}
