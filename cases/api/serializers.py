"""What cases and their parts may be written with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cases.choices import CaseStatus, Clearance, InvolvedRole, Level, Priority, TaskStatus
from nethra.core.schema import StrictSerializer

MAX_TEXT = 100_000


class CaseWrite(StrictSerializer):
    """A case's own facts; its status moves by transitions."""

    title = serializers.CharField(
        required=False, max_length=200, help_text="The incident's offence by default."
    )
    notes = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT)
    informant_notes = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_TEXT, help_text="What could betray a source."
    )
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    unit = serializers.UUIDField(
        source="unit_id", required=False, allow_null=True, help_text="The lead's unit by default."
    )
    lead = serializers.UUIDField(
        source="lead_id", required=False, allow_null=True, help_text="The user who works the case."
    )


class CaseCreate(CaseWrite):
    """A new case about an incident."""

    primary_incident = serializers.UUIDField(help_text="The incident that begins the case, once.")


class MoveWrite(StrictSerializer):
    """A move of a case to another status."""

    to = serializers.ChoiceField(choices=CaseStatus.choices)
    expected_status = serializers.ChoiceField(
        choices=CaseStatus.choices,
        required=False,
        help_text="The status you saw; where the case has moved since, the answer is 409.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    lead = serializers.UUIDField(source="lead_id", required=False, allow_null=True)
    referred_to = serializers.CharField(required=False, allow_blank=True, max_length=200)
    clearance = serializers.ChoiceField(choices=Clearance.choices, required=False)


class MoveRead(serializers.Serializer[Any]):
    """A status as seen from where the case stands."""

    to = serializers.ChoiceField(choices=CaseStatus.choices)
    is_possible = serializers.BooleanField()
    why_not = serializers.CharField(help_text="Empty where it is possible.")
    needs = serializers.ListField(child=serializers.CharField(), help_text="What a move asks for.")


class MovesRead(serializers.Serializer[Any]):
    """Every status but the present one."""

    status = serializers.ChoiceField(choices=CaseStatus.choices)
    data = MoveRead(many=True)  # type: ignore[assignment]


class LinkWrite(StrictSerializer):
    """A further incident."""

    incident = serializers.UUIDField()


class MemberWrite(StrictSerializer):
    """A person named in the case."""

    user = serializers.UUIDField()
    level = serializers.ChoiceField(choices=Level.choices, required=False, help_text="write by default.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class PersonWrite(StrictSerializer):
    """A person involved in a case."""

    role = serializers.ChoiceField(choices=InvolvedRole.choices)
    name = serializers.CharField(max_length=200)
    born_on = serializers.DateField(required=False, allow_null=True)
    contact = serializers.CharField(required=False, allow_blank=True, max_length=300)


class TaskWrite(StrictSerializer):
    """A task of a case."""

    title = serializers.CharField(max_length=200)
    status = serializers.ChoiceField(choices=TaskStatus.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    assignee = serializers.UUIDField(source="assignee_id", required=False, allow_null=True)
    due_on = serializers.DateField(required=False, allow_null=True)
