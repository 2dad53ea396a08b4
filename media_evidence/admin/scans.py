"""What the console shows of scans for malware, and the way to a file that is in quarantine."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from unfold.widgets import UnfoldAdminTextareaWidget

from incidents.admin.moments import moment
from media_evidence.answers import quarantined_file_answer
from media_evidence.choices import ScanState
from media_evidence.models import Evidence
from media_evidence.quarantine import MOST_REASON
from media_evidence.rules import quarantine_of
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, action, ask, display

SCAN_COLOURS = {
    "Clean": "success",
    "Waiting": "info",
    "Scan failed": "warning",
    "Infected": "danger",
}


class QuarantineForm(forms.Form):
    """For what a file in quarantine is needed."""

    reason = forms.CharField(
        label="For what it is needed",
        max_length=MOST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class ShowsScan:
    """The part of an exhibit's page that is about scans for malware."""

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns; where nothing is scanned, none says so for each exhibit."""
        columns = super().get_list_display(request)  # type: ignore[misc]
        return columns if settings.CLAMD else [name for name in columns if name != "scan_state"]

    @display(description="malware", label=SCAN_COLOURS)
    def scan_state(self, evidence: Evidence) -> str:
        return evidence.get_scan_display()

    @display(description="malware")
    def scanned(self, evidence: Evidence) -> str:
        return " ".join(filter(None, (_said(evidence), quarantine_of(evidence))))

    def has_hand_out_permission(self, request: HttpRequest, evidence: Evidence) -> bool:
        """Return whether the person may have files that are in quarantine."""
        return access_of(request).may(Capability.MANAGE_EVIDENCE)

    @action(description="Hand out from quarantine", icon="coronavirus", url_path="quarantined-file")
    def quarantined_file(self: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
        evidence = self.get_object_or_404(request, object_id)
        question = Question(
            f"Hand out {evidence} from quarantine",
            f"{_said(evidence)} The file comes as bytes without a type: open it only where it can do no harm. "
            "The audit keeps that you have it, and for what.",
            "Hand it out",
            "The file was handed out; the audit has the reason.",
            form=QuarantineForm,
        )
        answers: list[HttpResponseBase] = []

        def act(values: dict[str, Any]) -> None:
            access = access_of(request)
            answers.append(quarantined_file_answer(request, access, evidence.pk, values["reason"]))

        page = ask(self, request, evidence, question, act, permission="hand_out")
        return answers[0] if answers else page


def _said(evidence: Evidence) -> str:
    when = moment(evidence.scanned_at) if evidence.scanned_at else ""
    return {
        ScanState.NOT_SCANNED: "It was not scanned yet."
        if settings.CLAMD
        else "It was not scanned: no scanner is set up.",
        ScanState.WAITING: "It waits for its scan.",
        ScanState.CLEAN: f"None was found, {when}, by {evidence.scan_database}.",
        ScanState.INFECTED: f"{evidence.scan_signature} was found, {when}, by {evidence.scan_database}.",
        ScanState.FAILED: f"It could not be scanned, {when}. {evidence.scan_note}",
    }[ScanState(evidence.scan)]
