"""What the console shows of an exhibit's file: the viewer, what the file says, what looks alike, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from incidents.admin.moments import moment
from media_evidence import store
from media_evidence.admin.plain import or_sentence
from media_evidence.answers import preview_answer
from media_evidence.choices import MediaType, Preview
from media_evidence.fact_fields import DISAGREES_METRES
from media_evidence.knowing import alike, facts_of, record_clock
from media_evidence.models import Evidence
from media_evidence.rules import quarantine_of
from nethra.core.access import Access, access_of
from nethra.core.console_actions import Question, action, ask, display, refusing_as_pages
from nethra.core.errors import NotFound
from nethra.core.rows import Record

#: Played in the page; what else there is is downloaded.
PLAYED = {MediaType.VIDEO: "video", MediaType.AUDIO: "audio"}


class ClockForm(forms.Form):
    """How wrong the clock of the recording device was."""

    seconds_ahead = forms.IntegerField(
        label="Seconds that it was ahead",
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Negative where it was behind. Empty takes the correction back.",
    )
    reason = forms.CharField(
        label="How that was found",
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def read_by(evidence: Evidence, access: Access) -> Evidence:
    """Return the exhibit, knowing who reads it."""
    evidence.__dict__["_reader"] = access
    return evidence


def known(evidence: Evidence) -> Record:
    """Return what its reader may know of the exhibit's file; empty where nobody has looked yet."""
    if "_known" not in evidence.__dict__:
        try:
            evidence.__dict__["_known"] = facts_of(evidence.__dict__["_reader"], evidence.pk)
        except NotFound:
            evidence.__dict__["_known"] = {}
    return evidence.__dict__["_known"]  # type: ignore[no-any-return]


def lines_of(facts: Record) -> Iterator[tuple[str, str]]:
    """Yield what a file says in words: what it is about, and what it says."""
    device = " ".join(filter(None, (facts["camera_make"], facts["camera_model"])))
    serial = f"serial {facts['camera_serial']}" if facts["camera_serial"] else ""
    lines = {
        "Device": ", ".join(filter(None, (device, serial))),
        "Content": ", ".join(_measures(facts)),
        "Author": facts["author"],
        "Program": facts["producer"],
        "Made, as it says": _stated(facts),
        "Clock": _clock(facts),
        "Made, by the right clock": moment(facts["corrected_at"]) if facts["corrected_at"] else "",
        "Place": _place(facts),
        "Beware" if facts["is_polyglot"] else "Note": facts["note"],
    }
    yield from ((name, said) for name, said in lines.items() if said)


def _measures(facts: Record) -> Iterator[str]:
    if facts["width"] and facts["height"]:
        yield f"{facts['width']:,} by {facts['height']:,} points"
    if facts["duration_ms"] is not None:
        minutes, seconds = divmod(round(facts["duration_ms"] / 1000), 60)
        yield f"{minutes}:{seconds:02d} minutes"
    if facts["pages"]:
        yield f"{facts['pages']:,} {'page' if facts['pages'] == 1 else 'pages'}"
    if facts["codecs"]:
        yield facts["codecs"]


def _stated(facts: Record) -> str:
    if not facts["stated_at"]:
        return ""
    whose = f"it gives {facts['stated_offset']}" if facts["stated_offset"] else "taken as the agency's time"
    return f"{moment(facts['stated_at'])} ({whose})"


def _clock(facts: Record) -> str:
    if facts["clock_ahead"] is None:
        return ""
    how = "ahead" if facts["clock_ahead"] >= 0 else "behind"
    return f"{abs(facts['clock_ahead']):,} seconds {how}: {facts['clock_reason']}"


def _place(facts: Record) -> str:
    if not facts.get("location"):
        return ""
    longitude, latitude = facts["location"]["coordinates"]
    said = f"{latitude:.5f}, {longitude:.5f}"
    if facts.get("incident_distance") is not None:
        said += f"; {facts['incident_distance']:,} metres from the incident"
    if facts.get("place_disagrees"):
        said += f", which is more than {DISAGREES_METRES}: one of the two may be wrong"
    return said


class KnownFile:
    """The part of an exhibit's page that is about its file."""

    class Media:
        js = ("media_evidence/lightbox.js",)

    @display(description="file")
    def viewer(self, evidence: Evidence) -> str:
        if kept_back := quarantine_of(evidence):
            return kept_back
        facts = known(evidence)
        shown = facts.get("preview")
        head = store.preview_path(evidence.agency_id, evidence.pk, "txt")
        return render_to_string(
            "media_evidence/viewer.html",
            {
                "evidence": evidence,
                "player": PLAYED.get(MediaType(evidence.media_type)),
                "preview": _address(evidence, "preview") if shown == Preview.PICTURE else "",
                "thumbnail": _address(evidence, "thumbnail") if evidence.has_thumbnail else "",
                "file": _address(evidence, "file"),
                "text": head.read_text() if shown == Preview.TEXT and head.is_file() else "",
            },
        )

    @display(description="what the file says")
    def said(self, evidence: Evidence) -> str:
        facts = known(evidence)
        if not facts:
            return "It is being looked at."
        lines = list(lines_of(facts))
        return render_to_string("media_evidence/said.html", {"lines": lines, "entries": facts["entries"]})

    @display(description="alike")
    def alike(self, evidence: Evidence) -> str:
        found = alike(evidence.__dict__["_reader"], evidence.pk)
        return (
            render_to_string("media_evidence/alike.html", {"found": found})
            if found
            else "Nothing that you see."
        )

    def preview_url(self: Any) -> URLPattern:
        """Return the route of the larger preview."""
        view = self.admin_site.admin_view(self.preview_view)
        route: URLPattern = path("<uuid:object_id>/preview/", view, name="media_evidence_evidence_preview")
        return route

    @refusing_as_pages
    def preview_view(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """Show the larger picture, or the head of a text."""
        return or_sentence(preview_answer, access_of(request), object_id)

    @action(description="Correct the clock", icon="history_toggle_off", url_path="clock")
    def correct_clock(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        evidence = self.get_object_or_404(request, object_id)
        question = Question(
            f"Correct the clock of {evidence}",
            "Say how far the clock of the recording device was ahead. What the file states stays as it is.",
            "Correct the clock",
            "The clock is corrected.",
            form=ClockForm,
        )

        def act(values: dict[str, Any]) -> None:
            record_clock(access=access_of(request), evidence=evidence, **values)

        return ask(self, request, evidence, question, act)


def _address(evidence: Evidence, name: str) -> str:
    return reverse(f"admin:media_evidence_evidence_{name}", args=[evidence.pk])
