"""What checks of an exhibit found, as a tab of its page."""

from __future__ import annotations

from typing import Any

from incidents.admin.moments import moment
from media_evidence.models import Evidence, FixityCheck
from nethra.core.capabilities import Capability
from nethra.core.console_actions import display
from nethra.core.inlines import ViewOnlyInline

INTEGRITY_COLOURS = {
    "Not checked since it was taken in": "info",
    "Intact": "success",
    "Altered": "danger",
    "Missing": "danger",
    "Disposed of": "info",
}


class ChecksTab(ViewOnlyInline[Any, Evidence]):
    """What each check of the exhibit found, the latest first."""

    model = FixityCheck
    fk_name = "evidence"
    anchor = "checks"
    view_capability = Capability.VIEW_EVIDENCE
    verbose_name_plural = "checks"
    fields = readonly_fields = ("when", "found", "chain", "who")

    @display(description="checked")
    def when(self, check: FixityCheck) -> str:
        return moment(check.checked_at)

    @display(description="file", label=INTEGRITY_COLOURS)
    def found(self, check: FixityCheck) -> str:
        return check.get_integrity_display()

    @display(description="chain of custody")
    def chain(self, check: FixityCheck) -> str:
        return f"{check.custody_breaks} breaks" if check.custody_breaks else "Holds"

    @display(description="by")
    def who(self, check: FixityCheck) -> str:
        return str(check.checked_by or f"Nethra, {check.source}")
