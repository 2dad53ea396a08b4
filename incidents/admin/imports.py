"""The console's pages for imports: upload, preview, progress, result, undo."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from incidents.choices import ImportStatus
from incidents.import_pages import Stage, progress_of, stage_of, table_of
from incidents.importing.batches import rejects_path
from incidents.importing.services import preview, request_cancel, start_import
from incidents.jobs import run_import_job, undo_import_job
from incidents.models import ImportBatch, ImportReject
from incidents.upload_forms import ImportForm
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin, add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, ask, display
from nethra.core.errors import DomainError
from nethra.jobs.queue import enqueue

PREVIEW_ROWS = 10
SHOWN_REJECTS = 100
STATUS_COLOURS = {
    "Uploaded": "info",
    "Running": "primary",
    "Done": "success",
    "Failed": "danger",
    "Cancelled": "warning",
    "Undone": "warning",
}


@admin.register(ImportBatch, site=console)
class ImportAdmin(ConsoleAdmin[ImportBatch]):
    """Imports of the agency; each page shows what can be done next."""

    view_capability = Capability.VIEW_IMPORTS
    add_capability = change_capability = Capability.RUN_IMPORTS
    list_display = (
        "file_name",
        "profile",
        "state",
        "rows_total",
        "rows_stored",
        "rows_rejected",
        "created_at",
    )
    list_filter = (("status", ChoicesDropdownFilter),)
    sortable_by = ()
    ordering = ("-created_at", "-id")

    @display(description="status", label=STATUS_COLOURS)
    def state(self, batch: ImportBatch) -> str:
        return batch.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        def route(tail: str, view: Any, name: str) -> URLPattern:
            url_name = f"incidents_importbatch_{name}"
            checked: Any = self.admin_site.admin_view(view)
            return cast(URLPattern, path(f"<uuid:batch_id>/{tail}", checked, name=url_name))

        return [
            route("start/", self.start, "start"),
            route("progress/", self.progress, "progress"),
            route("cancel/", self.cancel, "cancel"),
            route("undo/", self.undo, "undo"),
            route("rejects.csv", self.rejects, "rejects"),
            *super().get_urls(),
        ]

    # Upload

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file; its page then shows how it is read."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                batch = start_import(
                    access=access_of(request),
                    file=form.cleaned_data["file"],
                    file_name=form.cleaned_data["file"].name,
                    profile=form.cleaned_data["profile"],
                    look_up_addresses=form.cleaned_data["look_up_addresses"],
                )
                return redirect(_page(batch.pk))
            except DomainError as refusal:
                add_refusal(form, refusal)
        context = self._context(request, "New import") | {"form": form, "button": "Upload and look at it"}
        return TemplateResponse(request, "incidents/upload.html", context)

    # One import

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show an import at its stage: preview, progress or result; its buttons post elsewhere."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        batch = self.get_object_or_404(request, object_id)
        stage = stage_of(batch)
        context = self._context(request, batch.file_name) | {
            "original": batch,
            "batch": batch,
            "stage": stage,
            "may_run": self.has_change_permission(request),
            "progress": progress_of(batch, stage),
            "colour": STATUS_COLOURS[batch.get_status_display()],
        }
        return TemplateResponse(
            request, "incidents/import.html", context | self._details(request, batch, stage)
        )

    def _details(self, request: HttpRequest, batch: ImportBatch, stage: Stage) -> dict[str, Any]:
        access = access_of(request)
        if stage is Stage.PREVIEW and self.has_change_permission(request):
            look = preview(access=access, batch=batch, rows=PREVIEW_ROWS)
            readable = not look.problem and not look.missing_columns
            return {"preview": look, "table": table_of(look), "is_readable": readable}
        if stage is not Stage.ENDED:
            return {}
        rejects = ImportReject.objects.visible_to(access).filter(batch_id=batch.pk).order_by("line")
        return {
            "rejects": rejects[:SHOWN_REJECTS],
            "refused": batch.rows_rejected + batch.rows_repeated,
            "may_undo": batch.status == ImportStatus.DONE and batch.rows_stored,
        }

    def progress(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        """Answer the numbers of a running import, for the page's script."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = self.get_object_or_404(request, str(batch_id))
        return JsonResponse(progress_of(batch, stage_of(batch)))

    def start(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        """Order the import from the worker."""
        batch = self._batch_to_act_on(request, batch_id)
        if batch.status == ImportStatus.UPLOADED:
            ImportBatch.objects.visible_to(access_of(request)).filter(pk=batch.pk).update(message="")
            enqueue(run_import_job, agency_id=batch.agency_id, batch_id=batch.pk)
        return redirect(_page(batch.pk))

    def cancel(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        """Ask an import to stop."""
        batch = self._batch_to_act_on(request, batch_id)
        try:
            request_cancel(access=access_of(request), batch=batch)
        except DomainError as refusal:
            messages.warning(request, refusal.message)
            return redirect(_page(batch.pk))
        if batch.status == ImportStatus.UPLOADED:
            # The worker notices the wish and closes the import.
            enqueue(run_import_job, agency_id=batch.agency_id, batch_id=batch.pk)
        return redirect(_page(batch.pk))

    def _batch_to_act_on(self, request: HttpRequest, batch_id: UUID) -> ImportBatch:
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        return self.get_object_or_404(request, str(batch_id))

    def undo(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        """Ask, then order the worker to take back what the import stored."""
        batch = self.get_object_or_404(request, str(batch_id))
        question = Question(
            f"Undo the import of {batch.file_name}",
            f"The {batch.rows_stored:,} incidents it stored are removed with their offences. Incidents edited "
            "since, or referred to by other records, stop the undo.",
            "Undo the import",
            "The worker takes the incidents back.",
        )

        def act(_: dict[str, Any]) -> None:
            ImportBatch.objects.visible_to(access_of(request)).filter(pk=batch.pk).update(message="")
            enqueue(undo_import_job, agency_id=batch.agency_id, batch_id=batch.pk)

        return ask(self, request, batch, question, act)

    def rejects(self, request: HttpRequest, batch_id: UUID) -> HttpResponse | FileResponse:
        """Hand out the file of refused rows, to whoever may read rows as they came."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        batch = self.get_object_or_404(request, str(batch_id))
        file = rejects_path(batch)
        if not batch.rejects_path or not file.is_file():
            raise Http404
        name = f"rejects-{batch.created_at:%Y-%m-%d}.csv"
        return FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type="text/csv")

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta}


def _page(batch_id: UUID) -> str:
    return reverse("admin:incidents_importbatch_change", args=[batch_id])
