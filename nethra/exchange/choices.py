"""The words of what spans the apps."""

from __future__ import annotations

from django.db import models


class ResourceName(models.TextChoices):
    """A kind of record that leaves the house or is looked for again, as routes and rows name it."""

    INCIDENTS = "incidents", "Incidents"
    CASES = "cases", "Cases"
