"""What console and API answer with when somebody asks for the file of an export."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from nethra.core.access import Access
from nethra.core.ranges import file_response
from nethra.exchange.choices import ExportFormat
from nethra.exchange.files import KINDS
from nethra.exchange.services import hand_out_export


def file_answer(request: HttpRequest, access: Access, export_id: UUID) -> HttpResponseBase:
    """Return the file, or the part that a Range header names, as a download that the audit knows of.

    Raise NotFound, NotAllowed, Conflict where there is no file yet, Gone once it was deleted.
    """
    export, file = hand_out_export(access=access, export_id=export_id)
    ending, content_type = KINDS[ExportFormat(export.format)]
    name = f"{export.resource}-{export.created_at:%Y-%m-%d}-{str(export.pk)[-6:]}.{ending}"
    return file_response(request, file, name=name, content_type=content_type, etag=export.sha256)
