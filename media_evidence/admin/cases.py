"""What evidence hangs on a case's page: the tab, and the button that adds to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html

from cases.models import Case
from incidents.admin.moments import moment
from media_evidence.admin.checks import INTEGRITY_COLOURS
from media_evidence.admin.evidence import picture
from media_evidence.models import Evidence
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import action, display
from nethra.core.inlines import ViewOnlyInline


class EvidenceTab(ViewOnlyInline[Any, Case]):
    """The exhibits of a case, for whoever may view evidence."""

    model = Evidence
    fk_name = "case"
    anchor = "evidence"
    view_capability = Capability.VIEW_EVIDENCE
    verbose_name_plural = "evidence"
    fields = readonly_fields = ("preview", "page", "length", "hash", "state", "taken_in")

    @display(description="preview")
    def preview(self, evidence: Evidence) -> str:
        return picture(evidence)

    @display(description="exhibit")
    def page(self, evidence: Evidence) -> str:
        address = reverse("admin:media_evidence_evidence_change", args=[evidence.pk])
        return format_html('<a href="{}">{}</a>', address, evidence)

    @display(description="size")
    def length(self, evidence: Evidence) -> str:
        return "-" if evidence.is_physical else str(filesizeformat(evidence.size))

    @display(description="SHA-256")
    def hash(self, evidence: Evidence) -> str:
        if evidence.is_physical:
            return "-"
        return format_html('<code title="{}">{}…</code>', evidence.sha256, evidence.sha256[:12])

    @display(description="file", label=INTEGRITY_COLOURS)
    def state(self, evidence: Evidence) -> str:
        return evidence.get_integrity_display()

    @display(description="taken in")
    def taken_in(self, evidence: Evidence) -> str:
        return moment(evidence.uploaded_at)


@action(description="Add evidence", icon="attach_file", url_path="add-evidence", permissions=("add_a_file",))
def add_a_file(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the form of a new exhibit of this case."""
    case = self.get_object_or_404(request, object_id)
    return redirect(f"{reverse('admin:media_evidence_evidence_add')}?{urlencode({'case': case.number})}")


@action(
    description="Add a physical exhibit",
    icon="inventory_2",
    url_path="add-item",
    permissions=("add_an_item",),
)
def add_an_item(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the form of a new physical exhibit of this case."""
    case = self.get_object_or_404(request, object_id)
    return redirect(f"{reverse('admin:media_evidence_item_add')}?{urlencode({'case': case.number})}")


console.hang_tab(Case, EvidenceTab)
console.hang_button(Case, "add_a_file", add_a_file, Capability.ADD_EVIDENCE)
console.hang_button(Case, "add_an_item", add_an_item, Capability.ADD_EVIDENCE)
