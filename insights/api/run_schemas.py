"""What the API is told of runs and answers about them, as the schema has it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from insights.models import MOST_WHY
from nethra.core.parameters import MOST_FILTERS
from nethra.core.schema import StrictSerializer


class ParameterRead(serializers.Serializer[Any]):
    """A parameter of a method."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField(help_text="whole number, number, day, flag or text.")
    is_list = serializers.BooleanField()
    default = serializers.JSONField(help_text="Null where people have to name one, such as a day.")
    unit = serializers.CharField()
    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    help = serializers.CharField()


class MethodRead(serializers.Serializer[Any]):
    """A method of analysis."""

    key = serializers.CharField()
    title = serializers.CharField()
    question = serializers.CharField()
    version = serializers.CharField()
    minimum = serializers.IntegerField(help_text="The least number of incidents that it answers for.")
    needs = serializers.ListField(
        child=serializers.CharField(),
        help_text="subject: name an incident; zones: treated and control; forecast: its run.",
    )
    parameters = ParameterRead(many=True)
    assumes = serializers.ListField(child=serializers.CharField())
    fails = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())


class MethodsRead(serializers.Serializer[Any]):
    """All methods, in the order of the questions."""

    data = MethodRead(many=True)  # type: ignore[assignment]


class RunAbout(StrictSerializer):
    """What a method is asked about besides the incidents."""

    subject = serializers.UUIDField(required=False, help_text="The incident that it is about.")
    treated = serializers.UUIDField(required=False, help_text="The area of an operation.")
    control = serializers.UUIDField(required=False, help_text="The area to compare it with.")
    forecast = serializers.UUIDField(required=False, help_text="The run of the forecast that is scored.")
    ground = serializers.ChoiceField(
        choices=["areas", "box"],
        required=False,
        help_text="Where cells lie when the filters ask for no area: the agency's areas (the default), or the box.",
    )


class RunOrder(StrictSerializer):
    """An analysis to run."""

    analysis = serializers.CharField(max_length=40, help_text="The key of a method.")
    parameters = serializers.DictField(
        required=False, help_text="Of the method; those left out have defaults."
    )
    filters = serializers.CharField(
        max_length=MOST_FILTERS,
        required=False,
        allow_blank=True,
        default="",
        help_text="Which incidents, as in the query of their list: offence=220&occurred_after=2026-03-01T00:00:00Z",
    )
    about = RunAbout(required=False)
    why = serializers.CharField(max_length=MOST_WHY, help_text="What it is for.")


class RunAgain(StrictSerializer):
    """A run to repeat."""

    why = serializers.CharField(max_length=MOST_WHY)
    now = serializers.BooleanField(
        default=False, help_text="Count today as today, not the day of the run that is repeated."
    )


class RunPin(StrictSerializer):
    """Whether a run is pinned."""

    is_pinned = serializers.BooleanField()


class FigureRead(serializers.Serializer[Any]):
    """A number that sums a result up."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.JSONField()
    kind = serializers.CharField()
    unit = serializers.CharField()


class ColumnRead(serializers.Serializer[Any]):
    """A column of the rows."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField(help_text="text, count, number, share, p, day, moment, incident or flag.")
    unit = serializers.CharField()
    values = serializers.ListField(child=serializers.JSONField())


class PictureRead(serializers.Serializer[Any]):
    """How the rows are drawn."""

    kind = serializers.CharField(help_text="matrix, lines or bars.")
    title = serializers.CharField()
    across = serializers.CharField()
    down = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class ResultRead(serializers.Serializer[Any]):
    """What a run found."""

    sentences = serializers.ListField(child=serializers.CharField())
    figures = FigureRead(many=True)
    columns = ColumnRead(many=True)
    rows = serializers.IntegerField()
    cut = serializers.IntegerField(help_text="Rows that were left out after the last.")
    hidden = serializers.IntegerField(help_text="Rows about incidents that you may not see.")
    is_whole = serializers.BooleanField(help_text="Whether the stored result still has its digest.")
    shapes = serializers.ListField(
        child=serializers.JSONField(),
        allow_null=True,
        help_text="A GeoJSON geometry in EPSG:4326 for each row.",
    )
    coloured_by = serializers.CharField()
    scale = serializers.CharField()
    pictures = PictureRead(many=True)
    cautions = serializers.ListField(child=serializers.CharField())


class BesideRead(serializers.Serializer[Any]):
    """One thing told of both runs."""

    name = serializers.CharField()
    first = serializers.JSONField()
    second = serializers.JSONField()


class ComparedRead(serializers.Serializer[Any]):
    """Two runs side by side."""

    same_input = serializers.BooleanField()
    same_result = serializers.BooleanField()
    asked = BesideRead(many=True)
    figures = BesideRead(many=True)
