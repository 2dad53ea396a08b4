"""Bodies that stream to where an app keeps them, before their request's transaction begins."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest

#: Bytes for an offset in a file, as the tus protocol sends them. Nobody but a receiver reads such a body.
OFFSET_STREAM = "application/offset+octet-stream"
Receiver = Callable[[HttpRequest], None]

_receivers: list[tuple[re.Pattern[str], Receiver]] = []


def hang_receiver(paths: str, receive: Receiver) -> None:
    """Call ``receive`` for every request of somebody signed in whose whole path matches, outside any transaction.

    It leaves what came of it on the request, for the view to answer with.
    """
    _receivers.append((re.compile(paths), receive))


def receiver_of(request: HttpRequest) -> Receiver | None:
    """Return who receives the request's body; None where it is read as any other."""
    return next((receive for paths, receive in _receivers if paths.fullmatch(request.path_info)), None)
