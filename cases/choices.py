"""The words cases are described with, and the table of how a case may move."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from nethra.core.capabilities import Capability


class CaseStatus(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", "Open"
    UNDER_INVESTIGATION = "under_investigation", "Under investigation"
    SUSPENDED = "suspended", "Suspended"
    REFERRED = "referred", "Referred"
    CLOSED_CLEARED = "closed_cleared", "Closed, cleared"
    CLOSED_UNFOUNDED = "closed_unfounded", "Closed, unfounded"
    REOPENED = "reopened", "Reopened"


#: A closed case is read; only reopening it changes it.
CLOSED = (CaseStatus.CLOSED_CLEARED, CaseStatus.CLOSED_UNFOUNDED)

#: What moving a case to a status is called on a button.
VERBS = {
    CaseStatus.UNDER_INVESTIGATION: "Investigate",
    CaseStatus.SUSPENDED: "Suspend",
    CaseStatus.REFERRED: "Refer",
    CaseStatus.CLOSED_CLEARED: "Close as cleared",
    CaseStatus.CLOSED_UNFOUNDED: "Close as unfounded",
    CaseStatus.REOPENED: "Reopen",
}


class Priority(models.TextChoices):
    """How urgent a case or a task is."""

    LOW = "low", "Low"
    NORMAL = "normal", "Normal"
    HIGH = "high", "High"
    URGENT = "urgent", "Urgent"


class Level(models.TextChoices):
    """What somebody named in a case may do there, each including those before."""

    VIEW = "view", "View"
    WRITE = "write", "Write"
    CLOSE = "close", "Write, close and reopen"


#: From the least to the most.
LEVELS = (Level.VIEW, Level.WRITE, Level.CLOSE)
#: What can be asked for.
ASKED_LEVELS = [Level.VIEW.value, Level.WRITE.value]


class SealedPart(models.TextChoices):
    """What an order seals of a case."""

    WHOLE = "whole", "The whole case and its incidents"
    NOTES = "notes", "Notes and the reasons of its moves"
    PEOPLE = "people", "People involved"
    EVIDENCE = "evidence", "Evidence"


class Basis(models.TextChoices):
    """What let somebody read a case."""

    LEAD = "lead", "Leads it"
    NAMED = "named", "Named in it"
    UNIT = "unit", "Of its unit"
    ROLE = "role", "By role"
    EMERGENCY = "emergency", "Emergency"


class Oddity(models.TextChoices):
    """Why a reading is looked at by somebody else."""

    OWN_NAME = "own_name", "The reader's own name is in the case"
    COLLEAGUE = "colleague", "A colleague's name is in the case"
    NO_CONNECTION = "no_connection", "The reader has nothing to do with the case"
    EMERGENCY = "emergency", "Opened in an emergency"


class Verdict(models.TextChoices):
    """What a review found."""

    JUSTIFIED = "justified", "Justified"
    NOT_JUSTIFIED = "not_justified", "Not justified"


class Decision(models.TextChoices):
    """What became of a request for access."""

    OPEN = "open", "Waiting"
    GRANTED = "granted", "Granted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ExpungeKind(models.TextChoices):
    """What an order expunges."""

    CASE = "case", "A case with all that hangs on it"
    CASE_AND_INCIDENTS = "case_incidents", "A case and its incidents"
    INCIDENT = "incident", "An incident"
    PERSON = "person", "A person in a case"


class ShareLevel(models.TextChoices):
    """What another agency may do with what is shared with it."""

    VIEW = "view", "Read it"
    DOWNLOAD = "download", "Read it and download its files"


class LeadState(models.TextChoices):
    """Whether the agency that a case is shared with leads it."""

    NONE = "none", "No"
    OFFERED = "offered", "Offered"
    HELD = "held", "Leads the case"
    RETURNED = "returned", "Led the case, and gave it back"


#: What can be shared of a case and of an incident, row by row and field by field. Informant notes cannot.
SHARED_FIELDS: dict[str, tuple[str, ...]] = {
    "case": (
        "title",
        "status",
        "status_since",
        "priority",
        "clearance",
        "referred_to",
        "opened_at",
        "closed_at",
        "notes",
    ),
    "incident": (
        "status",
        "occurred_from",
        "occurred_until",
        "reported_at",
        "offences",
        "description",
        "address",
        "location",
    ),
    "person": ("role", "name", "born_on", "contact"),
    "task": ("title", "status", "priority", "due_on"),
    "evidence": (
        "position",
        "title",
        "description",
        "media_type",
        "captured_at",
        "file_name",
        "content_type",
        "size",
        "sha256",
    ),
    "history": ("from_status", "to_status", "changed_at", "reason"),
}
SHARED_NAMES = [f"{kind}.{name}" for kind, names in SHARED_FIELDS.items() for name in names]


class Clearance(models.TextChoices):
    """How a case was cleared, as the FBI's UCR programme tells it apart."""

    ARREST = "arrest", "By arrest"
    EXCEPTIONAL = "exceptional", "By exceptional means"


class InvolvedRole(models.TextChoices):
    """A person's part in a case."""

    VICTIM = "victim", "Victim"
    WITNESS = "witness", "Witness"
    SUSPECT = "suspect", "Suspect"
    COMPLAINANT = "complainant", "Complainant"
    OTHER = "other", "Other"


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", "Open"
    IN_PROGRESS = "in_progress", "In progress"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


#: Nothing is left to do.
ENDED = (TaskStatus.DONE, TaskStatus.CANCELLED)


@dataclass(frozen=True)
class Transition:
    """One way a case may move.

    ``fields`` must hold something on the case as it arrives, ``needs_reason`` asks for words that the
    history keeps, ``capability`` says who may. The database holds the same table (cases_transition).
    """

    source: CaseStatus
    target: CaseStatus
    needs_reason: bool
    fields: tuple[str, ...] = ()
    capability: Capability = Capability.CHANGE_CASES


def _table() -> tuple[Transition, ...]:
    s, close = CaseStatus, Capability.CLOSE_CASES
    at_work = (s.OPEN, s.REOPENED)
    return (
        *(Transition(source, s.UNDER_INVESTIGATION, False, ("lead",)) for source in at_work),
        *(Transition(source, s.UNDER_INVESTIGATION, True, ("lead",)) for source in (s.SUSPENDED, s.REFERRED)),
        *(Transition(source, s.SUSPENDED, True) for source in (*at_work, s.UNDER_INVESTIGATION)),
        *(
            Transition(source, s.REFERRED, True, ("referred_to",))
            for source in (*at_work, s.UNDER_INVESTIGATION, s.SUSPENDED)
        ),
        *(
            Transition(source, s.CLOSED_CLEARED, True, ("clearance",), close)
            for source in (s.UNDER_INVESTIGATION, s.REFERRED)
        ),
        *(
            Transition(source, s.CLOSED_UNFOUNDED, True, (), close)
            for source in (*at_work, s.UNDER_INVESTIGATION, s.SUSPENDED, s.REFERRED)
        ),
        *(Transition(source, s.REOPENED, True, (), close) for source in CLOSED),
    )


TRANSITIONS = _table()
