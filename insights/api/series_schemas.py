"""What the API is told of proposed series and answers about them, as the schema has it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from insights.choices import Verdict
from insights.models import MOST_WHY
from nethra.core.schema import StrictSerializer


class SeriesDecisionRead(serializers.Serializer[Any]):
    """What somebody decided about a proposed series."""

    id = serializers.UUIDField()
    run = serializers.UUIDField()
    series = serializers.IntegerField(help_text="Its rank in the run, 1 for the strongest.")
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    why = serializers.CharField()
    incidents = serializers.ListField(
        child=serializers.UUIDField(), help_text="The crimes it is about, of those that you may see."
    )
    left_out = serializers.IntegerField(help_text="Crimes it is about that you may not see.")
    case = serializers.UUIDField(allow_null=True, help_text="The case that the series became.")
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField()
    counts = serializers.BooleanField(help_text="Whether nobody decided about the series since.")


class SeriesDecisionsRead(serializers.Serializer[Any]):
    """All decisions about the series of a run."""

    data = SeriesDecisionRead(many=True)  # type: ignore[assignment]


class SeriesDecisionOrder(StrictSerializer):
    """A proposed series to accept or reject."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    why = serializers.CharField(max_length=MOST_WHY)


class SeriesCaseOrder(StrictSerializer):
    """A proposed series to make a case of."""

    title = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        default="",
        help_text="Of a new case; empty: the offence of the incident that begins it.",
    )


class SeriesCaseRead(serializers.Serializer[Any]):
    """The case that a series became."""

    case = serializers.UUIDField()
    number = serializers.CharField()
    linked = serializers.IntegerField(help_text="Incidents that were linked to it.")
    left_out = serializers.IntegerField(help_text="Crimes of the series that you may not see.")
    decision = serializers.UUIDField()
