"""The console's pages of placing incidents anew: how far it is, stop, order again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from incidents.models import AreaPlacing
from incidents.placing_runs import UNFINISHED, order_again, stop_placing
from nethra.core.access import access_of
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import display
from nethra.core.errors import Conflict

STATUS_COLOURS = {
    "Waiting": "info",
    "Running": "primary",
    "Done": "success",
    "Cancelled": "warning",
    "Failed": "danger",
}


@admin.register(AreaPlacing, site=console)
class AreaPlacingAdmin(ViewOnlyAdmin[AreaPlacing]):
    """Orders to place all incidents anew, and how far they are."""

    view_capability = Capability.VIEW_AREAS
    list_display = ("ordered_at", "reason", "state", "total", "done", "changed")
    sortable_by = ()
    ordering = ("-ordered_at", "-id")

    @display(description="status", label=STATUS_COLOURS)
    def state(self, placing: AreaPlacing) -> str:
        return placing.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        def route(tail: str, view: Any) -> URLPattern:
            checked: Any = self.admin_site.admin_view(view)
            name = f"incidents_areaplacing_{tail}"
            return cast(URLPattern, path(f"<uuid:placing_id>/{tail}/", checked, name=name))

        own = [route("progress", self.progress), route("stop", self.stop), route("again", self.again)]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show how far it is; its buttons post elsewhere."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        placing = self.get_object_or_404(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(placing),
            "opts": self.model._meta,
            "original": placing,
            "placing": placing,
            "moves": placing.status in UNFINISHED,
            "words": _words(placing),
            "colour": STATUS_COLOURS[placing.get_status_display()],
            "may_manage": access_of(request).may(Capability.MANAGE_AREAS),
        }
        return TemplateResponse(request, "incidents/placing.html", context)

    def progress(self, request: HttpRequest, placing_id: UUID) -> HttpResponse:
        """Answer the numbers, for the page's script."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        placing = self.get_object_or_404(request, str(placing_id))
        return JsonResponse(
            {
                "stage": placing.status,
                "done": placing.done,
                "total": placing.total,
                "words": _words(placing),
                "counts": {"changed": placing.changed},
            }
        )

    def stop(self, request: HttpRequest, placing_id: UUID) -> HttpResponse:
        """Ask a run to stop."""
        return self._acted(request, placing_id, stop_placing)

    def again(self, request: HttpRequest, placing_id: UUID) -> HttpResponse:
        """Order a run once more."""
        return self._acted(request, placing_id, order_again)

    def _acted(self, request: HttpRequest, placing_id: UUID, verb: Callable[..., Any]) -> HttpResponse:
        access = access_of(request)
        if request.method != "POST" or not access.may(Capability.MANAGE_AREAS):
            raise PermissionDenied
        placing = self.get_object_or_404(request, str(placing_id))
        try:
            verb(access=access, placing_id=placing.pk)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
        return redirect("admin:incidents_areaplacing_change", placing.pk)


def _words(placing: AreaPlacing) -> str:
    if placing.cancel_requested and placing.status in UNFINISHED:
        return "Stopping before the next batch."
    if placing.status == "waiting":
        return "Waiting for the worker to begin."
    return f"{placing.done:,} of {placing.total:,} incidents looked at."
