"""Small real files for tests, made by the libraries that write such files."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cases.models import Case
from media_evidence.models import Evidence, Upload
from media_evidence.services import add_evidence
from media_evidence.uploads import Said, begin_upload
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from nethra.core.uploads import StreamedFile, incoming_folder

TAKEN = "2026:03:02 06:31:00"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def jpeg(colour: tuple[int, int, int] = (70, 90, 120), taken: str = TAKEN, offset: str = "") -> bytes:
    """Return a JPEG whose EXIF says when it was taken."""
    exif = Image.Exif()
    details = {0x9003: taken} if taken else {}
    exif[0x8769] = {**details, 0x9011: offset} if offset else details
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def sent(content: bytes, name: str = "window.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    """Return a file as a client sends it."""
    return SimpleUploadedFile(name, content, content_type)


def arrived(content: bytes, name: str = "window.jpg") -> StreamedFile:
    """Return a file as the upload handler hands it on."""
    import hashlib

    path = incoming_folder() / str(uuid.uuid4())
    path.write_bytes(content)
    return StreamedFile(path, hashlib.sha256(content).hexdigest(), len(content), name=name)


def make_evidence(access: Access, case: Case, content: bytes | None = None, **values: Any) -> Evidence:
    """Return an exhibit of a case, by default a photo."""
    name = values.pop("name", "window.jpg")
    with agency_scope(access):
        file = arrived(jpeg() if content is None else content, name)
        try:
            return add_evidence(access=access, case=case, file=file, **values)
        finally:
            # As at the end of a request.
            file.close()
            file.path.unlink()


def make_upload(access: Access, case: Case, name: str = "window.jpg", **said: Any) -> Upload:
    """Return an upload to a case, of which nothing arrived yet."""
    with agency_scope(access):
        return begin_upload(access=access, case_id=case.pk, said=Said(length=1000, file_name=name, **said))
