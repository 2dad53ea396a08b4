"""A tus client by hand, for tests of what each header does."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from media_evidence.models import Evidence
from nethra.core.receiving import OFFSET_STREAM
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT
from tests.support.files import jpeg
from tests.support.people import Cast, access_for, api_client

SPEAKS = {"HTTP_TUS_RESUMABLE": "1.0.0"}
CONTENT = jpeg()
HALF = len(CONTENT) // 2


def exhibits(cast: Cast) -> list[Evidence]:
    """Return the exhibits of North."""
    access = access_for(cast.admin)
    with agency_scope(access):
        return list(Evidence.objects.visible_to(access))


def key_of(address: str) -> UUID:
    """Return the key of the upload at this address."""
    return UUID(address.rstrip("/").rsplit("/", 1)[1])


def files_in(folder: Path) -> list[str]:
    """Return the names of all files below a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def metadata(**values: str) -> str:
    """Return the header Upload-Metadata."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


@dataclass
class Tus:
    """A person's program that sends files to cases."""

    client: Any

    def begin(self, case: Any, length: Any, content: bytes | None = None, **headers: Any) -> Any:
        """Create an upload, with its first bytes where there are any."""
        said = {"HTTP_UPLOAD_LENGTH": str(length), **SPEAKS, **headers}
        kind = OFFSET_STREAM if content is not None else "text/plain"
        return self.client.generic(
            "POST", f"{ROOT}/cases/{case.pk}/evidence/uploads", content or b"", kind, **said
        )

    def begun(self, case: Any, content: bytes, **said: str) -> str:
        """Return the address of a new upload for this content."""
        answer = self.begin(case, len(content), HTTP_UPLOAD_METADATA=metadata(**said))
        assert answer.status_code == 201, answer.content
        return str(answer.headers["Location"])

    def send(self, address: str, offset: int, content: bytes, **headers: Any) -> Any:
        """Send bytes for an offset."""
        said = {"HTTP_UPLOAD_OFFSET": str(offset), **SPEAKS, **headers}
        kind = said.pop("CONTENT_TYPE", OFFSET_STREAM)
        return self.client.generic("PATCH", address, content, kind, **said)

    def ask(self, address: str) -> Any:
        """Ask how much arrived."""
        return self.client.head(address, **SPEAKS)

    def offset(self, address: str) -> int:
        """Return how much arrived."""
        answer = self.ask(address)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["Upload-Offset"])

    def end(self, address: str) -> Any:
        """Forget an upload."""
        return self.client.delete(address, **SPEAKS)


def tus(user: Any) -> Tus:
    """Return a client that is signed in as somebody."""
    return Tus(api_client(user))
