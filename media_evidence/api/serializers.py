"""What evidence may be written with."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from media_evidence.choices import CameraType, MediaType
from nethra.core.schema import StrictSerializer, or_nothing

MAX_TEXT = 100_000


@extend_schema_field(or_nothing("date-time"))
class FormTimeField(serializers.DateTimeField):
    """A time in a form, where a field that is left empty is there all the same."""


class EvidenceWrite(StrictSerializer):
    """What is known about an exhibit."""

    title = serializers.CharField(required=False, max_length=200, help_text="The file's name by default.")
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT)
    media_type = serializers.ChoiceField(
        choices=MediaType.choices, required=False, help_text="By the content by default."
    )
    camera_type = serializers.ChoiceField(choices=CameraType.choices, required=False, allow_blank=True)
    captured_at = serializers.DateTimeField(required=False, allow_null=True)


class QuarantineReason(StrictSerializer):
    """For what a file in quarantine is needed."""

    reason = serializers.CharField(max_length=1000)


class EvidenceCreate(EvidenceWrite):
    """A new exhibit, sent as multipart/form-data, where a field that is left empty is there all the same."""

    title = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="The file's name by default."
    )
    media_type = serializers.ChoiceField(
        choices=MediaType.choices, required=False, allow_blank=True, help_text="By the content by default."
    )
    captured_at = FormTimeField(required=False, allow_null=True)
    file = serializers.FileField(allow_empty_file=True, max_length=1000)
    sha256 = serializers.CharField(
        source="declared_sha256",
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="What the file's SHA-256 should be; where it is another, nothing is kept.",
    )
