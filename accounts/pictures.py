"""Pictures of people: made anew and small from whatever was sent."""

from __future__ import annotations

import tempfile
from typing import Any

from nethra.core.errors import InvalidInput
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.looking import look_into

MOST_BYTES = 10 * 1024 * 1024
UNREADABLE = "This picture cannot be read. Send a JPEG, PNG or WebP of up to 10 MB."


def small_picture(sent: Any) -> bytes:
    """Return a JPEG without metadata, 480 pixels at most, of an uploaded file; raise InvalidInput."""
    if sent.size > MOST_BYTES:
        raise InvalidInput(errors={"picture": [UNREADABLE]})
    with tempfile.TemporaryFile() as copy:
        for piece in sent.chunks():
            copy.write(piece)
        copy.flush()
        copy.seek(0)
        found = look_into(copy, [ParsedKind.PICTURE])
    if not found.thumbnail:
        raise InvalidInput(errors={"picture": [UNREADABLE]})
    return found.thumbnail
