"""The console's pages of a version of areas: draw, check, compare, put in force, hand out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import Agency
from incidents.area_drawing import begin_draft, change_area, discard_draft, draw_area, own_set, remove_area
from incidents.area_forms import BeginDraftForm, OutlineForm, PutInForceForm
from incidents.area_history import (
    EXACT,
    GEOPACKAGE,
    compare_versions,
    version_file_name,
    version_geojson,
    version_geopackage,
)
from incidents.area_versions import put_in_force
from incidents.choices import AreaKind
from incidents.models import Area, AreaPlacing, AreaSet
from incidents.topology import check_version
from nethra.core.access import Access, access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, action, ask, refusing_as_pages
from nethra.core.errors import Conflict, DomainError, NotFound
from nethra.core.widgets import Extent, map_media

SETS = "admin:incidents_areaset"
GEOJSON = "application/geo+json"
OF_DRAFTS = {"put_in_force", "discard"}


class DrawsAreas:
    """Buttons and pages of a version; drafts are drawn, checked, put in force or thrown away."""

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return access_of(request).may(Capability.MANAGE_AREAS)

    def hidden_buttons(self, request: HttpRequest, row: AreaSet) -> Collection[str]:
        is_own = row.kind == AreaKind.OWN
        hidden = set() if row.is_draft else set(OF_DRAFTS)
        hidden |= {"draw_from"} if row.is_draft or is_own else set()
        hidden |= set() if row.is_draft or is_own else {"draw"}
        hidden |= {"check_areas", "compare"} if is_own else set()
        return hidden | ({"compare"} if row.is_current else set())

    # Beginning

    @action(description="Draw a new version", icon="draw", url_path="draw-new", permissions=("manage",))
    @refusing_as_pages
    def draw_new(self: Any, request: HttpRequest) -> HttpResponse:
        """Ask what is drawn, and begin a draft."""
        form = BeginDraftForm(request.POST or None)
        begun = _begun(access_of(request), form) if request.method == "POST" and form.is_valid() else None
        if begun is not None:
            return redirect(f"{SETS}_draw", begun.pk)
        context = self._page(request, "Draw a new version") | {
            "form": form,
            "button": "Begin the draft",
            "lead": "A draft is seen by whoever manages areas, until it is put in force.",
        }
        return TemplateResponse(request, "incidents/upload.html", context)

    @action(description="Own areas", icon="polyline", url_path="own", permissions=("manage",))
    @refusing_as_pages
    def draw_own(self: Any, request: HttpRequest) -> HttpResponse:
        """Lead to where the agency's own areas are drawn; before the first one, begin their set."""
        access = access_of(request)
        found = AreaSet.objects.visible_to(access).filter(kind=AreaKind.OWN).first()
        if found is not None or request.method == "POST":
            return redirect(f"{SETS}_draw", (found or own_set(access=access)).pk)
        context = self._page(request, "Own areas") | {
            "form": forms.Form(),
            "button": "Draw the first",
            "lead": "Areas of the agency's own, such as a patrol project, may overlap. Incidents are filtered by them.",
        }
        return TemplateResponse(request, "incidents/upload.html", context)

    @action(description="Draw from this", icon="draw", url_path="draw-from", permissions=("manage",))
    def draw_from(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object_or_404(request, object_id)
        question = Question(
            f"Draw from version {row.version}",
            "A draft begins with its areas. It is seen by whoever manages areas, until it is put in force.",
            "Begin the draft",
            "The draft has begun.",
        )
        begun: list[AreaSet] = []

        def act(_: dict[str, Any]) -> None:
            begun.append(begin_draft(access=access_of(request), kind=AreaKind(row.kind), from_id=row.pk))

        answer = ask(self, request, row, question, act, permission="manage")
        return redirect(f"{SETS}_draw", begun[0].pk) if begun else answer

    # Drawing

    @action(description="Draw", icon="draw", url_path="draw", permissions=("manage",))
    @refusing_as_pages
    def draw(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Draw one area after another; what is typed and what is drawn are the same text."""
        row = self.get_object_or_404(request, object_id)
        area = self._chosen(request, row)
        form = _outline_form(request, row, area)
        if request.method == "POST" and self._drawn(request, row, area, form):
            return redirect(f"{SETS}_draw", row.pk)
        areas = Area.objects.visible_to(access_of(request)).filter(area_set_id=row.pk).order_by("code")
        context = self._page(request, f"Draw: {row}") | {
            "original": row,
            "form": form,
            "area": area,
            "areas": areas.defer("shape"),
            "map": _addresses(row) | {"extent": _extent(access_of(request))},
            "map_assets": map_media(),
        }
        return TemplateResponse(request, "incidents/area_draw.html", context)

    def _chosen(self, request: HttpRequest, row: AreaSet) -> Area | None:
        wanted = request.GET.get("area", "")
        if not wanted:
            return None
        try:
            key = UUID(wanted)
        except ValueError as problem:
            raise NotFound() from problem
        area = Area.objects.visible_to(access_of(request)).filter(area_set_id=row.pk, pk=key).first()
        if area is None:
            raise NotFound()
        return area

    def _drawn(self, request: HttpRequest, row: AreaSet, area: Area | None, form: forms.Form) -> bool:
        access = access_of(request)
        try:
            if "remove" in request.POST and area is not None:
                remove_area(access=access, area_set_id=row.pk, area_id=area.pk)
                messages.success(request, f"{area.code} is removed.")
                return True
            if not form.is_valid():
                return False
            values = {"area_set_id": row.pk, **form.cleaned_data}
            stored = (
                draw_area(access=access, **values)
                if area is None
                else change_area(access=access, area_id=area.pk, **values)
            )
        except DomainError as refusal:
            if isinstance(refusal, NotFound):
                raise
            add_refusal(form, refusal)
            return False
        messages.success(request, f"{stored.code} is stored.")
        return True

    # Looking

    @action(description="Check", icon="fact_check", url_path="check", permissions=("view",))
    def check_areas(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what is wrong with a version, on a map and in words."""
        row = self.get_object_or_404(request, object_id)
        topology = check_version(access=access_of(request), area_set=row)
        context = self._page(request, f"Check: {row}") | {
            "original": row,
            "topology": topology,
            "percent": topology.faulty_share * 100,
            "map": _addresses(row) | {"faults": orjson.dumps(topology.geojson()).decode()},
            "map_assets": map_media(),
        }
        return TemplateResponse(request, "incidents/area_check.html", context)

    @action(
        description="Compare with the one in force", icon="compare", url_path="compare", permissions=("view",)
    )
    def compare(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a version over the one in force, and what differs."""
        row, access = self.get_object_or_404(request, object_id), access_of(request)
        current = AreaSet.objects.visible_to(access).current().filter(kind=row.kind).first()
        if current is None:
            raise Http404
        context = self._page(request, f"Compare: {row}") | {
            "original": row,
            "current": current,
            "differs": compare_versions(access=access, one=row, other=current),
            "map": _addresses(row) | {"other": reverse(f"{SETS}_download", args=[current.pk])},
            "map_assets": map_media(),
        }
        return TemplateResponse(request, "incidents/area_compare.html", context)

    @action(description="Export as GeoJSON", icon="download", url_path="areas.geojson", permissions=("view",))
    def download(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out a version as a file; the maps of these pages read the same."""
        row = self.get_object_or_404(request, object_id)
        body = orjson.dumps(version_geojson(access=access_of(request), area_set=row))
        return _attached(body, GEOJSON, version_file_name(row, "geojson"))

    @action(description="Export as GeoPackage", icon="download", url_path="areas.gpkg", permissions=("view",))
    def download_geopackage(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out a version as a layer for GIS."""
        row = self.get_object_or_404(request, object_id)
        body = version_geopackage(access=access_of(request), area_set=row)
        return _attached(body, GEOPACKAGE, version_file_name(row, "gpkg"))

    # Ending

    @action(description="Put in force", icon="gavel", url_path="put-in-force", permissions=("manage",))
    def put_in_force(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object_or_404(request, object_id)
        access = access_of(request)
        question = Question(
            f"Put in force: {row}",
            "It replaces the version in force, which stays with its period. A worker places all incidents anew.",
            "Put in force",
            "The version is in force.",
            PutInForceForm,
        )

        def act(values: dict[str, Any]) -> None:
            put_in_force(access=access, area_set_id=row.pk, **values)

        answer = ask(self, request, row, question, act, permission="manage")
        if answer.status_code != 302:
            return answer
        placing = (
            AreaPlacing.objects.visible_to(access).filter(status="waiting").order_by("-ordered_at").first()
        )
        return redirect("admin:incidents_areaplacing_change", placing.pk) if placing else answer

    @action(description="Discard", icon="delete", url_path="discard", permissions=("manage",))
    def discard(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object_or_404(request, object_id)
        question = Question(
            f"Discard: {row}",
            "The draft goes with its areas; the audit keeps what they were.",
            "Discard",
            "The draft is gone.",
        )
        return ask(
            self,
            request,
            row,
            question,
            lambda _: discard_draft(access=access_of(request), area_set_id=row.pk),
            permission="manage",
            after=reverse(f"{SETS}_changelist"),
        )

    def _page(self: Any, request: HttpRequest, title: str) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta}


def _begun(access: Access, form: forms.Form) -> AreaSet | None:
    kind = AreaKind(form.cleaned_data["kind"])
    current = AreaSet.objects.visible_to(access).current().filter(kind=kind).first()
    wanted = None if form.cleaned_data["is_empty"] or current is None else current.pk
    try:
        return begin_draft(access=access, kind=kind, from_id=wanted)
    except Conflict as refusal:
        add_refusal(form, refusal)
        return None


def _attached(body: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=content_type, headers=headers)


def _outline_form(request: HttpRequest, row: AreaSet, area: Area | None) -> OutlineForm:
    initial = {}
    if area is not None:
        initial = {"code": area.code, "name": area.name, "note": area.note, "shape": area.shape.wkt}
    return OutlineForm(request.POST or None, initial=initial, has_note=row.kind == AreaKind.OWN)


def _extent(access: Access) -> str:
    boundary = Agency.objects.visible_to(access).values_list("boundary", flat=True).first()
    return str(Extent(*boundary.extent)) if boundary else ""


def _addresses(row: AreaSet) -> dict[str, Any]:
    return {"areas": reverse(f"{SETS}_download", args=[row.pk]), "digits": EXACT}
