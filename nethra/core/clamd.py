"""A client of clamd, the daemon of ClamAV: one file over INSTREAM, in pieces, against one clock. ADR 21 has the why.

The protocol: https://docs.clamav.net/manual/Usage/Scanning.html#clamd, and the manual page of clamd.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

logger = logging.getLogger(__name__)
#: The path of a socket, or host and port.
Address = str | tuple[str, int]
CHUNK = 1 << 18
MOST_REPLY, MOST_NAME = 4096, 200
#: What clamd names, where its AlertExceedsMax is on, in place of looking on; some releases have no name for it.
NOT_WHOLE = ("Heuristics.Limits.Exceeded", "(null)")

AWAY = "The scanner does not answer."
BROKE_OFF = "The scanner broke off."
TOO_SLOW = "The scanner took too long and was given up."
ERRED = "The scanner could not read it."
TOO_LARGE = "It is larger than the scanner takes."
TOO_DEEP = (
    "The scanner looked at a part of it only: it is larger, or holds more, than the scanner's limits allow."
)


class ScanFailed(Exception):
    """There is no verdict; the message is one plain sentence. ``is_final``: trying again would end in the same."""

    def __init__(self, sentence: str, *, is_final: bool = False) -> None:
        self.sentence = sentence
        self.is_final = is_final
        super().__init__(sentence)


@dataclass(frozen=True)
class Verdict:
    """What clamd said of a file: the signature that it matched, empty where none did; and by which database."""

    signature: str
    database: str


def scan(file: IO[bytes], address: Address, seconds: float) -> Verdict:
    """Return clamd's verdict on an open file within so many seconds, in constant memory; raise ScanFailed."""
    until = time.monotonic() + seconds
    database = _version(address, until)
    with _line(address, until) as line:
        _stream(line, file, until)
        return Verdict(_signature(_reply(line, until)), database)


def version(address: Address, seconds: float) -> str:
    """Return how clamd names itself and its database, such as ClamAV 1.4.6/27000/date; raise ScanFailed."""
    return _version(address, time.monotonic() + seconds)


def _version(address: Address, until: float) -> str:
    with _line(address, until) as line:
        line.sendall(b"zVERSION\0")
        said = _reply(line, until)
    if not said:
        raise ScanFailed(BROKE_OFF)
    return said[:MOST_NAME]


@contextmanager
def _line(address: Address, until: float) -> Iterator[socket.socket]:
    try:
        connected = _connected(address, _left(until))
    except OSError as problem:
        raise ScanFailed(AWAY) from problem
    with connected as line:
        try:
            yield line
        except TimeoutError as problem:
            raise ScanFailed(TOO_SLOW) from problem
        except OSError as problem:
            raise ScanFailed(BROKE_OFF) from problem


def _connected(address: Address, seconds: float) -> socket.socket:
    if isinstance(address, tuple):
        return socket.create_connection(address, seconds)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(seconds)
    try:
        line.connect(address)
    except OSError:
        line.close()
        raise
    return line


def _left(until: float) -> float:
    """Return the seconds left; raise TimeoutError where none are."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _stream(line: socket.socket, file: IO[bytes], until: float) -> None:
    """Send a file; stop where clamd answers or hangs up before the end, as it does when it has enough."""
    answers = select.poll()
    answers.register(line, select.POLLIN)
    try:
        line.sendall(b"zINSTREAM\0")
        while piece := file.read(CHUNK):
            if answers.poll(0):
                return
            line.settimeout(_left(until))
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        # What it said before it hung up is still to be read.
        return


def _reply(line: socket.socket, until: float) -> str:
    said = b""
    while len(said) < MOST_REPLY and not said.endswith(b"\0"):
        line.settimeout(_left(until))
        piece = line.recv(MOST_REPLY)
        if not piece:
            break
        said += piece
    text = said.rstrip(b"\0").decode("utf-8", "replace")
    return "".join(sign for sign in text if sign.isprintable()).strip()


def _signature(reply: str) -> str:
    """Return the name that a reply says was found, '' for none; raise ScanFailed where it is no verdict."""
    said = reply.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        name = said.removesuffix(" FOUND")[:MOST_NAME]
        if name.startswith(NOT_WHOLE):
            raise ScanFailed(TOO_DEEP, is_final=True)
        return name
    if "size limit exceeded" in said:
        raise ScanFailed(TOO_LARGE, is_final=True)
    logger.warning("clamd gave no verdict: %s", said[:MOST_NAME])
    raise ScanFailed(ERRED if said else BROKE_OFF)
