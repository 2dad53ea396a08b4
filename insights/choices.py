"""Where a run of an analysis is, the ground that it covers, how often one is ordered, what is thought of a series."""

from __future__ import annotations

from django.db.models import TextChoices


class RunStatus(TextChoices):
    """Where a run is."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


#: What a worker has still to do.
UNDER_WAY = (RunStatus.WAITING, RunStatus.RUNNING)


class Every(TextChoices):
    """How often a schedule orders its analysis."""

    DAY = "day", "Day"
    WEEK = "week", "Week, on Monday"
    MONTH = "month", "Month, on the first"


class Ground(TextChoices):
    """Where cells lie when the filters ask for no area."""

    AREAS = "areas", "The agency's beats or districts"
    BOX = "box", "The box round all incidents"


class Verdict(TextChoices):
    """What somebody thinks of a proposed series."""

    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
