"""Bodies that stream to where an app keeps them, before their request's transaction begins."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

#: Bytes for an offset in a file, as the tus protocol sends them. Nobody but a receiver reads such a body.
OFFSET_STREAM = "application/offset+octet-stream"
#: What a client on a network that knows POST alone means by it.
OVERRIDE = "X-HTTP-Method-Override"
Receiver = Callable[[HttpRequest], None]

_receivers: list[tuple[re.Pattern[str], Receiver]] = []


def hang_receiver(paths: str, receive: Receiver) -> None:
    """Call ``receive`` for every request of somebody signed in whose whole path matches, outside any transaction.

    It leaves what came of it on the request, for the view to answer with.
    """
    _receivers.append((re.compile(paths), receive))


def receiver_of(request: HttpRequest) -> Receiver | None:
    """Return who receives the request's body; None where it is read as any other.

    So is what creates something and is no larger than any body: its view calls the receiver.
    """
    if request.method == "POST" and OVERRIDE not in request.headers and _is_small(request):
        return None
    return next((receive for paths, receive in _receivers if paths.fullmatch(request.path_info)), None)


def _is_small(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
