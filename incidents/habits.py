"""Writing how an incident was done; the incident's services call it."""

from __future__ import annotations

from collections.abc import Sequence

from incidents.models import Incident, IncidentHabit
from incidents.rules import HabitInput
from nethra.core.access import Access
from nethra.core.errors import NotAllowed
from nethra.core.guards import withheld_of


def refuse_hidden(incident: Incident) -> None:
    """Raise NotAllowed where the narrative, of which the modus operandi is a part, is withheld."""
    if "description" in withheld_of(incident):
        raise NotAllowed("What may not be read cannot be changed: modus operandi.")


def replace_habits(access: Access, incident: Incident, habits: Sequence[HabitInput]) -> None:
    """Write these fields in place of all that were stated; those that stay as they are leave no trace in the audit."""
    stored = IncidentHabit.objects.visible_to(access).filter(incident_id=incident.pk)
    before = {HabitInput(field, value) for field, value in stored.values_list("field", "value")}
    gone = [habit.field for habit in before - set(habits)]
    if gone:
        stored.filter(field__in=gone).delete()
    write_habits(incident, [habit for habit in habits if habit not in before])


def write_habits(incident: Incident, habits: Sequence[HabitInput]) -> None:
    """Write fields that the incident does not have."""
    if habits:
        IncidentHabit.objects.bulk_create(habit_of(incident, habit) for habit in habits)


def habit_of(incident: Incident, habit: HabitInput) -> IncidentHabit:
    """Return the row of one field, not yet stored."""
    return IncidentHabit(
        agency_id=incident.agency_id, incident=incident, field=habit.field, value=habit.value
    )
