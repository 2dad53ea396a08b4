"""A tus client for the drills: it sends files, is cut, and goes on until the server says that it has them."""

from __future__ import annotations

import base64
import hashlib
import http.client
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.drills.evidence import MEGABYTE, Console

STREAM = "application/offset+octet-stream"
#: What a client bears with while everything around it is killed.
FAULTS = (OSError, http.client.HTTPException)
PATIENCE_SECONDS = 180


class Gone(Exception):
    """The server did not take a file in, however often it was asked."""


@dataclass
class Sender:
    """One connection of an officer's program to a case."""

    console: Console
    link: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        """Return the answer to a request, read whole; the connection is kept."""
        if self.link is None:
            self.link = http.client.HTTPConnection("localhost", self.console.port, timeout=120)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.link.request(method, path, body, {**self.speaking(), **said})
            answer = self.link.getresponse()
            answer.read()
        except FAULTS:
            self.close()
            raise
        return answer

    def speaking(self) -> dict[str, str]:
        """Return the headers of every request."""
        return {"Authorization": f"Bearer {self.console.token}", "Tus-Resumable": "1.0.0"}

    def close(self) -> None:
        """Let go of the connection."""
        if self.link is not None:
            self.link.close()
            self.link = None

    def begin(self, length: int, name: str, body: bytes | None = None, **headers: str) -> Any:
        """Create an upload, with its bytes where they are given."""
        said = {"Upload_Length": str(length), "Upload_Metadata": f"filename {_encoded(name)}", **headers}
        if body is not None:
            said["Content_Type"] = STREAM
        path = f"/api/v1/cases/{self.console.case}/evidence/uploads"
        return self.ask("POST", path, body or b"", **said)

    def send_file(self, address: str, source: Path, offset: int, count: int) -> http.client.HTTPResponse:
        """Send a part of a file as the kernel reads it; nothing of it passes through this process."""
        link = http.client.HTTPConnection("localhost", self.console.port, timeout=600)
        link.putrequest("PATCH", address)
        sent = {
            **self.speaking(),
            "Upload-Offset": str(offset),
            "Content-Type": STREAM,
            "Content-Length": str(count),
        }
        for name, value in sent.items():
            link.putheader(name, value)
        link.endheaders()
        with source.open("rb") as file:
            link.sock.sendfile(file, offset, count)
        answer = link.getresponse()
        answer.read()
        link.close()
        return answer


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Stubborn:
    """Sends one file until it is told which exhibit it became, however often it is cut or the server is killed."""

    sender: Sender
    content: bytes
    name: str
    dice: random.Random
    #: How many requests failed on the way, and were resumed after.
    faults: int = 0
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        self.sha256 = hashlib.sha256(self.content).hexdigest()

    def run(self) -> str:
        """Return the exhibit's key; raise Gone."""
        address = str(self._until(self._begin).headers["Location"])
        exhibit = str(self._until(lambda: self._go_on(address)).headers["X-Exhibit"])
        return exhibit.rsplit("/", 1)[1]

    def _until(self, work: Callable[[], Any]) -> Any:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with suppress(*FAULTS):
                answer = work()
                if answer is not None:
                    return answer
            self.faults += 1
            time.sleep(self.dice.uniform(0.05, 0.4))
        raise Gone(self.name)

    def _begin(self) -> Any:
        # The same key each time: a creation whose answer was lost makes no second upload.
        answer = self.sender.begin(len(self.content), self.name, Idempotency_Key=f"drill-{self.name}")
        return answer if answer.status == 201 else None

    def _go_on(self, address: str) -> Any:
        asked = self.sender.ask("HEAD", address)
        if asked.status != 200:
            return None
        offset = int(asked.headers["Upload-Offset"])
        while "X-Exhibit" not in asked.headers:
            piece = self.content[offset : offset + self.dice.randint(1, MEGABYTE)]
            if self.dice.random() < 0.1:
                self._cut(address, offset, piece)
                return None
            asked = self._patch(address, offset, piece)
            if asked.status != 204:
                return None
            offset = int(asked.headers["Upload-Offset"])
        return asked

    def _patch(self, address: str, offset: int, piece: bytes) -> Any:
        said = {"Upload_Offset": str(offset), "Content_Type": STREAM}
        if self.dice.random() < 0.5:
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            said["Upload_Checksum"] = f"sha256 {digest}"
        return self.sender.ask("PATCH", address, piece, **said)

    def _cut(self, address: str, offset: int, piece: bytes) -> None:
        """Send half of a piece and hang up."""
        link = http.client.HTTPConnection("localhost", self.sender.console.port, timeout=30)
        try:
            link.putrequest("PATCH", address)
            sent = {**self.sender.speaking(), "Upload-Offset": str(offset), "Content-Type": STREAM}
            for name, value in {**sent, "Content-Length": str(len(piece))}.items():
                link.putheader(name, value)
            link.endheaders(piece[: len(piece) // 2])
        finally:
            link.close()
