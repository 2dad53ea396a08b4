"""What the headers of the tus protocol 1.0.0 (tus.io) say."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.http import HttpRequest

from media_evidence.uploads import Said
from nethra.core.errors import DomainError, InvalidInput

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
#: SHA-1 because whoever offers the extension must know it; only against faults of the line.
ALGORITHMS: dict[str, Callable[[], Any]] = {
    "sha256": hashlib.sha256,
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
}
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


class VersionUnknown(DomainError):
    """The client speaks another version, or names none."""

    status = 412
    code = "tus_version"
    message = f"Say which version of the tus protocol you speak: Tus-Resumable: {VERSION}."


class LengthNeeded(DomainError):
    """Nobody can tell whether a body of no length is whole."""

    status = 411
    code = "length_required"
    message = "Say by Content-Length how many bytes you send."


def require_version(request: HttpRequest) -> None:
    """Raise VersionUnknown unless the client speaks this version."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise VersionUnknown()


def number_of(request: HttpRequest, name: str) -> int:
    """Return the bytes that a header names; raise InvalidInput."""
    text = request.headers.get(name, "")
    if not _NUMBER.fullmatch(text):
        raise InvalidInput(f"{name} is a whole number of bytes.", code="invalid_header")
    return int(text)


def length_of(request: HttpRequest) -> int:
    """Return how many bytes the whole file has; raise InvalidInput where that is not said."""
    if "Upload-Defer-Length" in request.headers:
        raise InvalidInput("Say the file's length from the beginning: Upload-Length.", code="invalid_header")
    return number_of(request, "Upload-Length")


def body_length(request: HttpRequest) -> int:
    """Return how many bytes the request sends; raise LengthNeeded."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not _NUMBER.fullmatch(text):
        raise LengthNeeded()
    return int(text)


def checksum_of(request: HttpRequest) -> tuple[Any, bytes] | None:
    """Return a hasher and the digest that is declared of this body; None where none is."""
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return None
    name, _, encoded = text.partition(" ")
    digest = _decoded(encoded)
    if name not in ALGORITHMS or digest is None:
        raise InvalidInput(
            f"Upload-Checksum is one of {', '.join(ALGORITHMS)}, a space, and the digest in Base64.",
            code="invalid_checksum",
        )
    return ALGORITHMS[name](), digest


def metadata_of(request: HttpRequest) -> dict[str, str]:
    """Return what Upload-Metadata says; raise InvalidInput where it is not of the protocol's form."""
    said: dict[str, str] = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        name, _, encoded = pair.strip().partition(" ")
        value = _decoded(encoded)
        try:
            text = None if value is None else value.decode()
        except UnicodeDecodeError:
            text = None
        if not name or name in said or text is None or "\0" in text:
            raise InvalidInput(
                "Upload-Metadata is names with values of UTF-8 in Base64, each name once.",
                code="invalid_metadata",
            )
        said[name] = text
    return said


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None


def said_by(request: HttpRequest) -> Said:
    """Return what a request to begin an upload says of its file; names that are not known are the client's own."""
    said = metadata_of(request)
    names = ("title", "media_type", "camera_type", "sha256")
    return Said(
        length=length_of(request),
        file_name=said.get("filename", ""),
        captured_at=_time(said.get("captured_at", "")),
        **{name: said.get(name, "").strip() for name in names},
    )


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInput(
            errors={"captured_at": ["This is a time with its offset, as 2026-03-02T06:31:00Z."]}
        )
    return found.astimezone(UTC)
