"""The console's pages for exhibits: take in, look at, describe, verify, download."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget

from cases.access import may_write
from cases.models import Case
from cases.readings import note_reading
from incidents.admin.moments import moment
from media_evidence.admin.checks import INTEGRITY_COLOURS, ChecksTab
from media_evidence.admin.custody import ShowsCustody
from media_evidence.admin.filters import HandsFilter, QuarantineFilter, SoundFilter
from media_evidence.admin.items import thing_of
from media_evidence.admin.kept import ShowsKeeping
from media_evidence.admin.knowing import KnownFile, known, read_by
from media_evidence.admin.plain import or_sentence
from media_evidence.admin.redaction import ShowsRedactions
from media_evidence.admin.scans import ShowsScan
from media_evidence.answers import file_answer, shared_file_answer, thumbnail_answer
from media_evidence.choices import MediaType
from media_evidence.examining import verify_evidence
from media_evidence.forms import EvidenceForm, NewEvidenceForm
from media_evidence.models import Evidence
from media_evidence.rules import quarantine_of
from media_evidence.services import add_evidence, change_evidence, confirm_capture_time
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display, refusing_as_pages
from nethra.core.console_lists import DayRangeFilter
from nethra.core.errors import NotAllowed, NotFound

#: What a check of a thing looks at.
THINGS_CHAIN = "Each entry of its chain of custody is compared with the one before it and with the audit."


def picture(evidence: Evidence) -> str:
    """Return the exhibit's thumbnail as an image, or what it is where it has none, or is in quarantine."""
    if evidence.is_physical:
        return "Physical"
    if quarantine_of(evidence):
        return f"{evidence.get_media_type_display()}; in quarantine"
    if not evidence.has_thumbnail:
        kind = evidence.get_media_type_display()
        cannot_be_drawn = evidence.media_type == MediaType.PHOTO and evidence.inspected_at
        return f"{kind}; no preview can be made" if cannot_be_drawn else kind
    address = reverse("admin:media_evidence_evidence_thumbnail", args=[evidence.pk])
    return format_html(
        '<img class="nethra-thumb nethra-thumb-small" src="{}" alt="{}">', address, evidence.title
    )


@admin.register(Evidence, site=console)
class EvidenceAdmin(
    ShowsCustody, ShowsKeeping, ShowsRedactions, KnownFile, ShowsScan, ButtonsByState, ConsoleAdmin[Evidence]
):
    """Exhibits. What is known about one may be changed; its file and its origin never."""

    view_capability = Capability.VIEW_EVIDENCE
    add_capability = change_capability = Capability.ADD_EVIDENCE

    form = EvidenceForm
    list_display = (
        "exhibit",
        "preview",
        "of_case",
        "kind",
        "length",
        "state",
        "scan_state",
        "stands",
        "taken_in",
    )
    change_form_outer_before_template = "media_evidence/head.html"
    list_filter = (
        ("is_physical", BooleanRadioFilter),
        ("media_type", ChoicesDropdownFilter),
        ("integrity", ChoicesDropdownFilter),
        ("scan", ChoicesDropdownFilter),
        ("custody", ChoicesDropdownFilter),
        HandsFilter,
        SoundFilter,
        QuarantineFilter,
        ("uploaded_at", DayRangeFilter),
    )
    sortable_by = ("taken_in",)
    ordering = ("-uploaded_at", "-id")
    search_fields = ("title",)
    search_help_text = "Words of title or file name, a bag's or a case's number"
    readonly_fields = (
        "thing",
        "viewer",
        "said",
        "alike",
        "of_case",
        "file_name",
        "content_type",
        "length",
        "sha256",
        "origin",
        "proposed",
        "checked",
        "kept",
        "scanned",
    )
    inlines = (ChecksTab,)
    actions_detail = (
        "download",
        "redact",
        {
            "title": "Examine",
            "icon": "fact_check",
            "items": ["verify_now", "use_proposed_time", "correct_clock", "quarantined_file"],
        },
    )

    # Who may

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = not isinstance(obj, Evidence) or (
            not obj.case.is_closed and may_write(access_of(request), obj.case)
        )
        return is_open and super().has_change_permission(request, obj)

    # What is found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evidence]:
        return super().get_queryset(request).select_related("case", "uploaded_by", "offered_to")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the exhibit; of a sensitive case only once the person said why they read it."""
        evidence = super().get_object(request, object_id, from_field)
        if evidence is not None and evidence.case.is_sensitive:
            note_reading(access_of(request), evidence.case)
        return read_by(evidence, access_of(request)) if evidence is not None else None

    def find_by_name(self, request: HttpRequest, term: str) -> QuerySet[Evidence]:
        """Return the exhibits whose title or file name holds the term, for the command palette."""
        found: Any = self.get_queryset(request)
        return found.matching(term)  # type: ignore[no-any-return]

    # The form

    def get_fieldsets(self, request: HttpRequest, obj: Evidence | None = None) -> Any:
        facts = ["title", "media_type", "camera_type", "captured_at", "description"]
        if obj is None:
            return [(None, {"fields": ["case_number", "file", "declared_sha256", *facts]})]
        if obj.is_physical:
            return [
                ("Exhibit", {"fields": ["thing", "of_case", "title", "description", "origin", "checked"]})
            ]
        return [
            ("Exhibit", {"fields": ["viewer", "of_case", *facts]}),
            ("What is in it", {"fields": ["said", "alike"]}),
            (
                "File",
                {
                    "fields": [
                        "file_name",
                        "content_type",
                        "length",
                        "sha256",
                        "origin",
                        "proposed",
                        "checked",
                        "kept",
                        "scanned",
                    ]
                },
            ),
        ]

    def get_inlines(self, request: HttpRequest, obj: Evidence | None) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Evidence | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        cases = Case.objects.visible_to(access_of(request))
        form = super().get_form(request, obj, change, form=NewEvidenceForm, **kwargs)
        form.find = staticmethod(lambda number: cases.filter(number=number).first())
        form.base_fields["media_type"] = forms.ChoiceField(
            label="Media type",
            required=False,
            choices=[("", "By its content"), *MediaType.choices],
            widget=UnfoldAdminSelectWidget,
        )
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"case_number": request.GET.get("case", "")[:20]}

    def save_through_service(
        self, request: HttpRequest, obj: Evidence, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Evidence:
        access = access_of(request)
        if change:
            return change_evidence(access=access, evidence=obj, **form.facts())
        return add_evidence(
            access=access,
            case=form.cleaned_data["case_number"],
            file=form.cleaned_data["file"],
            declared_sha256=form.cleaned_data["declared_sha256"],
            **form.facts(),
        )

    def response_post_save_add(self, request: HttpRequest, obj: Evidence) -> HttpResponseRedirect:
        """Go back to the case, where the exhibit now hangs."""
        return redirect(f"{reverse('admin:cases_case_change', args=[obj.case_id])}#evidence")

    # Files

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:object_id>/file/", view(self.file_view), name="media_evidence_evidence_file"),
            path(
                "<uuid:object_id>/thumbnail/",
                view(self.thumbnail_view),
                name="media_evidence_evidence_thumbnail",
            ),
            self.preview_url(),
            *super().get_urls(),
        ]

    @refusing_as_pages
    def file_view(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """Send the file as a download, or the part that a Range header names."""
        return or_sentence(file_answer, request, access_of(request), object_id)

    @refusing_as_pages
    def thumbnail_view(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """Show the small picture."""
        return or_sentence(thumbnail_answer, access_of(request), object_id)

    # Buttons

    def hidden_buttons(self, request: HttpRequest, row: Evidence) -> Collection[str]:
        """Offer the file's own time only while it differs from what is recorded, a clock where it tells a time.

        And of a file that is in quarantine the way out of it, to those who may, in place of the download.
        """
        of_files = ("download", "quarantined_file", "redact", "use_proposed_time", "correct_clock")
        if row.is_disposed:
            return (*of_files, "retention", "dispose")
        if row.is_physical:
            return of_files if row.case.is_closed else (*of_files, "dispose")
        is_kept_back = bool(quarantine_of(row))
        may_change = self.has_change_permission(request, row)
        offered = {
            "download": not is_kept_back,
            "quarantined_file": is_kept_back and self.has_hand_out_permission(request, row),
            "dispose": row.case.is_closed,
            # Copies are made of a closed case's exhibits too.
            "redact": not is_kept_back and access_of(request).may(Capability.ADD_EVIDENCE),
            "use_proposed_time": may_change and row.proposed_captured_at not in (None, row.captured_at),
            "correct_clock": may_change and bool(known(row).get("stated_at")),
        }
        return [name for name, is_offered in offered.items() if not is_offered]

    @action(description="Download", icon="download", url_path="download")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        evidence = self.get_object_or_404(request, object_id)
        return redirect(reverse("admin:media_evidence_evidence_file", args=[evidence.pk]))

    @action(description="Verify now", icon="verified", url_path="verify")
    def verify_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        evidence = self.get_object_or_404(request, object_id)
        question = Question(
            f"Verify {evidence}",
            THINGS_CHAIN
            if evidence.is_physical
            else "The stored file is hashed again and compared with the SHA-256 it was taken in with; so is each entry "
            "of its chain of custody, with the one before it and with the audit.",
            "Verify now",
            "File and chain of custody were checked.",
        )

        def act(_: dict[str, Any]) -> None:
            found = verify_evidence(access=access_of(request), evidence=evidence)
            if not found.is_well:
                for sentence in found.sentences:
                    messages.error(request, f"{sentence} Tell an administrator.")

        return ask(self, request, evidence, question, act, permission="view")

    @action(description="Use the file's time", icon="schedule", url_path="use-time")
    def use_proposed_time(self, request: HttpRequest, object_id: str) -> HttpResponse:
        evidence = self.get_object_or_404(request, object_id)
        told = moment(evidence.proposed_captured_at) if evidence.proposed_captured_at else "nothing"
        question = Question(
            f"Confirm when {evidence} was recorded",
            f"The file says {told}. A camera's clock may be wrong: confirm what you know to be right.",
            "Confirm this time",
            "The time is confirmed.",
        )

        def act(_: dict[str, Any]) -> None:
            confirm_capture_time(access=access_of(request), evidence=evidence)

        return ask(self, request, evidence, question, act)

    # Columns

    @display(description="exhibit")
    def exhibit(self, evidence: Evidence) -> str:
        return str(evidence)

    @display(description="preview")
    def preview(self, evidence: Evidence) -> str:
        return picture(evidence)

    @display(description="case")
    def of_case(self, evidence: Evidence) -> str:
        address = reverse("admin:cases_case_change", args=[evidence.case_id])
        return format_html('<a href="{}">{}</a>', address, evidence.case.number)

    @display(description="what and where it is")
    def thing(self, evidence: Evidence) -> str:
        return thing_of(evidence.__dict__["_reader"], evidence)

    @display(description="type")
    def kind(self, evidence: Evidence) -> str:
        return "Physical" if evidence.is_physical else evidence.get_media_type_display()

    @display(description="size")
    def length(self, evidence: Evidence) -> str:
        return "-" if evidence.is_physical else str(filesizeformat(evidence.size))

    @display(description="file", label=INTEGRITY_COLOURS)
    def state(self, evidence: Evidence) -> str:
        return evidence.get_integrity_display()

    @display(description="custody")
    def stands(self, evidence: Evidence) -> str:
        where = evidence.get_custody_display()
        return f"{where}: {evidence.holder_name}" if evidence.holder_name else where

    @display(description="taken in", ordering="uploaded_at")
    def taken_in(self, evidence: Evidence) -> str:
        return moment(evidence.uploaded_at)

    @display(description="taken in")
    def origin(self, evidence: Evidence) -> str:
        return f"{moment(evidence.uploaded_at)}, {evidence.uploaded_by or '-'}"

    @display(description="recorded, as the file says")
    def proposed(self, evidence: Evidence) -> str:
        if evidence.proposed_captured_at:
            return moment(evidence.proposed_captured_at)
        return "It does not say." if evidence.inspected_at else "It is being looked at."

    @display(description="checked")
    def checked(self, evidence: Evidence) -> str:
        when = f", {moment(evidence.verified_at)}" if evidence.verified_at else ""
        chain = "; its chain of custody does not hold" if evidence.is_chain_broken else ""
        return f"{evidence.get_integrity_display()}{when}{chain}"


def shared_file(request: HttpRequest, share_id: UUID, evidence_id: UUID) -> HttpResponseBase:
    """Send a file that another agency lets this one download; its owner sees who did."""
    try:
        return or_sentence(shared_file_answer, request, access_of(request), share_id, evidence_id)
    except NotFound as error:
        raise Http404 from error
    except NotAllowed as error:
        raise PermissionDenied from error


console.add_page("shared/<uuid:share_id>/files/<uuid:evidence_id>/", shared_file, "shared_file")
