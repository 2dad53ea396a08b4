"""The categories that a new agency begins with: round numbers to adjust, since every state has its own law."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.signals import agency_created
from media_evidence.models import RetentionCategory
from nethra.core.access import Access

#: Name -> days. What is never disposed of, homicide above all, has no category.
CATEGORIES = {
    "No crime found": 180,
    "Traffic and minor offences": 2 * 365,
    "Offences against property": 5 * 365,
    "Violent offences": 20 * 365,
}


@receiver(agency_created)
def add_default_categories(sender: Any, access: Access, **_: Any) -> None:
    """Give a new agency its first categories."""
    for name, days in CATEGORIES.items():
        RetentionCategory.objects.create(agency_id=access.agency_id, name=name, days=days)
