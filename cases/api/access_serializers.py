"""What the routes about who sees a case may be written with, and the answers that are no rows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cases.choices import ASKED_LEVELS, Decision, Level, SealedPart, Verdict
from nethra.core.schema import StrictSerializer


class RestrictionWrite(StrictSerializer):
    """Who sees a case beside the people named."""

    is_restricted = serializers.BooleanField(required=False, help_text="Only the lead and people named.")
    hides_incidents = serializers.BooleanField(required=False)


class CaseAccessRead(serializers.Serializer[Any]):
    """Who sees a case, and what the one who asks may do there."""

    is_restricted = serializers.BooleanField()
    hides_incidents = serializers.BooleanField()
    sealed_parts = serializers.ListField(child=serializers.ChoiceField(choices=SealedPart.choices))
    my_level = serializers.ChoiceField(choices=Level.choices)
    is_mine_to_keep = serializers.BooleanField(help_text="Whether you decide who sees it.")


class ExclusionWrite(StrictSerializer):
    """A person who must not see a case."""

    user = serializers.UUIDField()
    reason = serializers.CharField(max_length=1000)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class MemberChange(StrictSerializer):
    """What a person named in a case may do there, and until when."""

    level = serializers.ChoiceField(choices=Level.choices, required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class SealWrite(StrictSerializer):
    """An order that seals a case or parts of it."""

    parts = serializers.ListField(child=serializers.ChoiceField(choices=SealedPart.choices))
    order_number = serializers.CharField(max_length=100)
    authority = serializers.CharField(max_length=200, help_text="The court or office that ordered it.")
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class RequestWrite(StrictSerializer):
    """A request for access."""

    reason = serializers.CharField(max_length=1000)
    level = serializers.ChoiceField(choices=ASKED_LEVELS, required=False)


class AnswerWrite(StrictSerializer):
    """The answer to a request for access."""

    decision = serializers.ChoiceField(choices=[Decision.GRANTED.value, Decision.DECLINED.value])
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    until = serializers.DateTimeField(required=False, allow_null=True)


class EmergencyWrite(StrictSerializer):
    """Why a case must be opened at once."""

    reason = serializers.CharField(max_length=1000)


class VerdictWrite(StrictSerializer):
    """What a review found."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)
