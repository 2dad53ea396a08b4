"""What exports do when something they may hold is expunged."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from cases.signals import case_about_to_be_expunged
from incidents.signals import incident_expunged
from nethra.core.access import Access, operator_access
from nethra.exchange.services import expire_exports


@receiver(incident_expunged)
@receiver(case_about_to_be_expunged)
def forget_exports(sender: Any, access: Access, **_: Any) -> list[str]:
    """Delete every file of the agency: any may hold what the order takes away, and all can be made again."""
    expire_exports(access=operator_access(access.agency_id, source=access.source), everything=True)
    return []
