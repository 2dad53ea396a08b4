"""Uploads that can be resumed, over the API: the tus protocol 1.0.0."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from media_evidence import tus, uploads
from media_evidence.models import Upload
from media_evidence.tus_headers import VERSION
from nethra.core.api import Open
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.idempotency import AlreadyDone, Done
from nethra.core.receiving import OFFSET_STREAM
from nethra.core.schema import READING_REASON
from nethra.core.viewsets import ApiViewSet

BODY = {OFFSET_STREAM: OpenApiTypes.BINARY}


def _header(name: str, description: str, kind: Any = str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=description)


SPEAKS = _header("Tus-Resumable", f"The version of the protocol: {VERSION}.")
LENGTH = _header("Upload-Length", "How many bytes the file has.", int)
OFFSET = _header("Upload-Offset", "How many bytes arrived before; 409 where it is another number.", int)
CHECKSUM = _header(
    "Upload-Checksum", "sha256 or sha1, a space, and the body's digest in Base64.", required=False
)
METADATA = _header(
    "Upload-Metadata",
    "Of the file: filename, title, media_type, camera_type, captured_at, sha256; values in Base64.",
    required=False,
)


class UploadState(serializers.Serializer[Any]):
    """An upload that can be resumed."""

    id = serializers.UUIDField()
    length = serializers.IntegerField(help_text="Bytes of the whole file.")
    offset = serializers.IntegerField(help_text="Bytes that arrived.")
    expires_at = serializers.DateTimeField()
    evidence = serializers.UUIDField(allow_null=True, help_text="The exhibit, once all arrived.")


class TusViewSet(ApiViewSet):
    """What all routes of the protocol have in common."""

    http_method_names = [*ApiViewSet.http_method_names, "options"]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Answers are headers, whatever a client would rather have.
        return super().perform_content_negotiation(request, force=True)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in tus.common_headers(final.status_code).items():
            final.headers[name] = value
        return final

    @extend_schema(exclude=True)
    def metadata(self, request: Request, **_: Any) -> Response:
        """Say what this server offers of the protocol."""
        return _response(tus.options())


class CaseUploadViewSet(TusViewSet):
    """Uploads to a case."""

    actions = {"create": Capability.ADD_EVIDENCE, "metadata": Open.SIGNED_IN}

    @extend_schema(
        parameters=[SPEAKS, LENGTH, METADATA, CHECKSUM, READING_REASON],
        request=BODY,
        responses={201: UploadState},
    )
    def create(self, request: Request, case_id: UUID) -> Response:
        """Begin an upload to a case, with its first bytes or without any; Location says where to send the rest."""
        upload, answer = tus.begin(request._request, self.access, case_id, _address, _exhibit)
        return Response(_state(upload), answer.status, headers=answer.headers)

    def told_again(self, done: Done) -> Response:
        try:
            upload = uploads.find_upload(self.access, done.record_id or self.kwargs["case_id"])
        except NotFound:
            raise AlreadyDone() from None
        headers = {**tus.state_headers(upload, _exhibit), "Location": _address(upload.pk)}
        return Response(_state(upload), done.status, headers=headers)


class UploadViewSet(TusViewSet):
    """One's own uploads."""

    actions = {
        "state": Capability.ADD_EVIDENCE,
        "partial_update": Capability.ADD_EVIDENCE,
        "destroy": Capability.ADD_EVIDENCE,
        "metadata": Open.SIGNED_IN,
    }

    def state(self, request: Request, id: UUID) -> Response:
        """Say how much of an upload arrived."""
        return _response(tus.tell(request._request, self.access, id, _exhibit))

    @extend_schema(
        parameters=[SPEAKS, OFFSET, CHECKSUM],
        request=BODY,
        responses={
            204: None,
            460: OpenApiResponse(description="The bytes have another checksum than the declared one."),
        },
    )
    def partial_update(self, request: Request, id: UUID) -> Response:
        """Send more bytes; with the last one the file is an exhibit, which X-Exhibit names."""
        return _response(tus.go_on(request._request, self.access, id, _exhibit))

    @extend_schema(parameters=[SPEAKS], responses={204: None})
    def destroy(self, request: Request, id: UUID) -> Response:
        """Forget an upload and what arrived of it."""
        return _response(tus.end(request._request, self.access, id))


def _response(answer: tus.Answer) -> Response:
    return Response(status=answer.status, headers=answer.headers)


def _state(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.pk,
        "length": upload.length,
        "offset": uploads.offset_of(upload),
        "expires_at": uploads.expires_at(upload),
        "evidence": upload.evidence_id,
    }


def _address(upload_id: UUID) -> str:
    return f"/api/v1/uploads/{upload_id}"


def _exhibit(evidence_id: UUID) -> str:
    return f"/api/v1/evidence/{evidence_id}"
