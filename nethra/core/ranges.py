"""Answering part of a file (RFC 9110, section 14), which Django's own response does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from nethra.core.middleware import SANDBOX

ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True)
class Part:
    """Bytes ``first`` to ``last`` of a file, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


def part_wanted(header: str, size: int) -> Part | None:
    """Return the part that a Range header names, None where the whole file is to be sent.

    Raise ValueError for a range that begins past the end. Several ranges are answered with the whole file.
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0:
            raise ValueError(header)
        return Part(max(size - int(last), 0), size - 1)
    if int(first) >= size:
        raise ValueError(header)
    if last and int(last) < int(first):
        return None
    return Part(int(first), min(int(last or size - 1), size - 1))


class Pieces(Protocol):
    """A file that gives any part of itself, piece by piece."""

    @property
    def size(self) -> int:
        """How many bytes."""

    def pieces(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from ``first`` to ``last``, both included."""


def file_response(
    request: HttpRequest, file: Pieces, *, name: str, content_type: str, etag: str, in_parts: bool = True
) -> HttpResponseBase:
    """Return the file, or the part asked for, as a download with constant memory; whole where not ``in_parts``."""
    size = file.size
    header = request.headers.get("Range", "") if in_parts else ""
    if request.headers.get("If-Range", f'"{etag}"') != f'"{etag}"':
        header = ""
    try:
        part = part_wanted(header, size)
    except ValueError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    sent = part or Part(0, size - 1)
    response = StreamingHttpResponse(
        file.pieces(sent.first, sent.last), status=206 if part else 200, content_type=content_type
    )
    response["Content-Length"] = str(sent.size)
    response["Accept-Ranges"] = "bytes" if in_parts else "none"
    response["ETag"] = f'"{etag}"'
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Security-Policy"] = SANDBOX
    if part:
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    return response
