"""The console's pages for disclosures: what was given to whom, what they fetched, and revoking it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from cases.readings import note_reading
from incidents.admin.moments import moment
from media_evidence.choices import DisclosureState
from media_evidence.disclosing.fields import DOWNLOADS, DOWNLOADS_OF_FILE, STATE
from media_evidence.disclosing.services import revoke_disclosure
from media_evidence.models import DisclosedFile, Disclosure, DisclosureDownload
from nethra.core.access import Access, access_of
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display
from nethra.core.inlines import ViewOnlyInline

COLOURS = {
    DisclosureState.PREPARING.label: "info",
    DisclosureState.FAILED.label: "danger",
    DisclosureState.OPEN.label: "success",
    DisclosureState.OVER.label: "info",
    DisclosureState.REVOKED.label: "warning",
}
#: What can be revoked still does something.
LIVE = (DisclosureState.PREPARING, DisclosureState.FAILED, DisclosureState.OPEN)


def with_standing(found: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
    """Return disclosures with how each stands and how often its files were downloaded."""
    return found.annotate(standing=STATE, times=DOWNLOADS)


class ShowsStanding:
    """What a list or page says of a disclosure."""

    @display(description="state", label=COLOURS)
    def state(self, disclosure: Disclosure) -> str:
        return DisclosureState(disclosure.__dict__["standing"]).label

    @display(description="ends")
    def ends(self, disclosure: Disclosure) -> str:
        return moment(disclosure.expires_at)

    @display(description="downloads")
    def times(self, disclosure: Disclosure) -> str:
        return str(disclosure.__dict__["times"])


def may_revoke(access: Access, disclosure: Disclosure) -> bool:
    """Return whether this access revokes a disclosure that it sees, and that still does something."""
    return access.may(Capability.MANAGE_EVIDENCE) and disclosure.__dict__["standing"] in LIVE


class FilesTab(ViewOnlyInline[Any, Disclosure]):
    """The files that the recipient gets."""

    model = DisclosedFile
    fk_name = "disclosure"
    anchor = "files"
    view_capability = Capability.VIEW_EVIDENCE
    tab = False
    verbose_name_plural = "files"
    fields = readonly_fields = ("exhibit", "file", "progress", "hash", "times", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DisclosedFile]:
        found: QuerySet[DisclosedFile] = super().get_queryset(request).select_related("evidence")
        return found.annotate(times=DOWNLOADS_OF_FILE)

    @display(description="exhibit")
    def exhibit(self, file: DisclosedFile) -> str:
        address = reverse("admin:media_evidence_evidence_change", args=[file.evidence_id])
        return format_html('<a href="{}">{}</a>', address, file.evidence)

    @display(description="file")
    def file(self, file: DisclosedFile) -> str:
        return f"{file.file_name} ({filesizeformat(file.size)})" if file.size else "-"

    @display(description="state")
    def progress(self, file: DisclosedFile) -> str:
        pages = f", {file.pages_done} of {file.pages} pages" if file.pages and not file.made_at else ""
        return f"{file.get_state_display()}{pages}"

    @display(description="SHA-256")
    def hash(self, file: DisclosedFile) -> str:
        return format_html('<code class="nethra-digest">{}</code>', file.sha256 or "-")

    @display(description="downloads")
    def times(self, file: DisclosedFile) -> str:
        return str(file.__dict__["times"])


class DownloadsTab(ViewOnlyInline[Any, Disclosure]):
    """When the recipient fetched which file, the latest first."""

    model = DisclosureDownload
    fk_name = "disclosure"
    anchor = "downloads"
    view_capability = Capability.VIEW_EVIDENCE
    tab = False
    verbose_name_plural = "downloads"
    fields = readonly_fields = ("when", "what", "address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DisclosureDownload]:
        return super().get_queryset(request).select_related("file")

    @display(description="downloaded")
    def when(self, download: DisclosureDownload) -> str:
        return moment(download.downloaded_at) if download.downloaded_at else "-"

    @display(description="file")
    def what(self, download: DisclosureDownload) -> str:
        return str(download.file)


@admin.register(Disclosure, site=console)
class DisclosureAdmin(ShowsStanding, ButtonsByState, ViewOnlyAdmin[Disclosure]):
    """What was given to people outside the agency."""

    view_capability = Capability.VIEW_EVIDENCE
    list_display = ("number", "of_case", "recipient_name", "state", "ends", "times", "given")
    ordering = ("-made_at", "-id")
    sortable_by = ()
    search_fields = ("number",)
    search_help_text = "Number, as it stands on a file, or words of the recipient's name"
    fields = (
        "number",
        "of_case",
        "state",
        "recipient_name",
        "recipient_email",
        "purpose",
        "given",
        "ends",
        "most_downloads",
        "times",
        "revoked",
        "revoke_reason",
    )
    readonly_fields = ("of_case", "state", "given", "ends", "times", "revoked")
    inlines = (FilesTab, DownloadsTab)
    actions_detail = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Disclosure]:
        found = super().get_queryset(request).select_related("case", "made_by", "revoked_by")
        return with_standing(found)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the disclosure; of a sensitive case only once the person said why they read it."""
        disclosure = super().get_object(request, object_id, from_field)
        if disclosure is not None and disclosure.case.is_sensitive:
            note_reading(access_of(request), disclosure.case)
        return disclosure

    def hidden_buttons(self, request: HttpRequest, row: Disclosure) -> Collection[str]:
        return () if may_revoke(access_of(request), row) else ("revoke",)

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.MANAGE_EVIDENCE)

    @action(description="Revoke", icon="undo", url_path="revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        disclosure = self.get_object_or_404(request, object_id)
        question = Question(
            f"Revoke {disclosure}",
            f"{disclosure.recipient_name} can fetch nothing more from now on; what was fetched stays with them.",
            "Revoke",
            "The disclosure is revoked.",
            RevokeForm,
        )
        access = access_of(request)
        return ask(
            self,
            request,
            disclosure,
            question,
            lambda said: revoke_disclosure(access=access, disclosure=disclosure, **said),
            permission="revoke",
        )

    @display(description="case")
    def of_case(self, disclosure: Disclosure) -> str:
        address = reverse("admin:cases_case_change", args=[disclosure.case_id])
        return format_html('<a href="{}">{}</a>', address, disclosure.case.number)

    @display(description="given")
    def given(self, disclosure: Disclosure) -> str:
        return f"{moment(disclosure.made_at)}, {disclosure.made_by or '-'}"

    @display(description="revoked")
    def revoked(self, disclosure: Disclosure) -> str:
        if disclosure.revoked_at is None:
            return "-"
        return f"{moment(disclosure.revoked_at)}, {disclosure.revoked_by or '-'}"


class RevokeForm(forms.Form):
    """Why a disclosure is revoked."""

    reason = forms.CharField(
        label="Why", max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
