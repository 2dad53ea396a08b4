"""What the API is told of schedules, as the schema has it."""

from __future__ import annotations

from rest_framework import serializers

from insights.api.run_schemas import RunOrder
from insights.choices import Every
from insights.models import MOST_DAYS


class ScheduleAdd(RunOrder):
    """An analysis to order by the clock."""

    name = serializers.CharField(max_length=100)
    every = serializers.ChoiceField(
        choices=Every.choices,
        help_text="At five in the morning by the agency's clock: each day, Monday, or first of a month.",
    )
    latest_days = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Only incidents from so many days before the day of the run on.",
    )
