"""The routes of the API. No path ends in a slash."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from accounts.api.role_views import RoleViewSet
from accounts.api.sign_in_views import KeyViewSet, SessionViewSet, SignInViewSet
from accounts.api.views import AgencyViewSet, UnitViewSet, UserViewSet
from cases.api.access_views import (
    AccessRequestViewSet,
    CaseAccessViewSet,
    CaseExclusionViewSet,
    CaseReadingViewSet,
    CaseSealViewSet,
    ClosedCaseViewSet,
    EmergencyViewSet,
    ReadingViewSet,
)
from cases.api.expunge_views import ExpungeOrderViewSet
from cases.api.part_views import (
    CaseIncidentViewSet,
    CaseMemberViewSet,
    CaseTaskViewSet,
    InvolvedPersonViewSet,
    TaskViewSet,
)
from cases.api.share_views import CaseShareViewSet, SharedViewSet, ShareViewSet
from cases.api.views import CaseViewSet
from incidents.api.area_views import AreaHistoryViewSet, AreaVersionViewSet
from incidents.api.part_views import IncidentReadingViewSet
from incidents.api.place_views import PlaceViewSet
from incidents.api.reference_views import (
    AreaViewSet,
    ImportBatchViewSet,
    OffenceCategoryViewSet,
    OffenceViewSet,
)
from incidents.api.seal_views import IncidentSealViewSet
from incidents.api.tile_views import TileViewSet
from incidents.api.version_area_views import VersionAreaViewSet
from incidents.api.views import IncidentViewSet
from insights.api.run_views import MethodViewSet, RunViewSet
from insights.api.schedule_views import ScheduleViewSet
from insights.api.series_views import SeriesViewSet
from insights.api.views import InsightViewSet
from media_evidence.api.custody import CustodyViewSet, FixityCheckViewSet
from media_evidence.api.disclosure_views import CaseDisclosureViewSet, DisclosureViewSet
from media_evidence.api.fact_views import FileFactsViewSet
from media_evidence.api.items import CaseItemViewSet, EvidenceItemViewSet, ItemViewSet
from media_evidence.api.keeping import DisposalViewSet, RetentionCategoryViewSet, RetentionViewSet
from media_evidence.api.redaction_views import ExhibitRedactionViewSet, RedactionViewSet
from media_evidence.api.room import InventoryLineViewSet, InventoryViewSet, StorageLocationViewSet
from media_evidence.api.upload_views import CaseUploadViewSet, UploadViewSet
from media_evidence.api.views import CaseEvidenceViewSet, EvidenceViewSet, SharedFileViewSet
from nethra.audit.api.views import AuditEventViewSet
from nethra.exchange.api.search_views import SavedSearchViewSet
from nethra.exchange.api.views import ExportViewSet
from nethra.health import database_health, health

Verbs = dict[str, Any]
LIST: Verbs = {"get": "list"}
COLLECTION: Verbs = {"get": "list", "post": "create"}
READ: Verbs = {"get": "retrieve"}
EDIT: Verbs = {"get": "retrieve", "patch": "partial_update"}
REMOVE: Verbs = {"delete": "destroy"}

people: list[URLPattern] = [
    path("auth/login", SignInViewSet.as_view({"post": "login"})),
    path("auth/refresh", SignInViewSet.as_view({"post": "refresh"})),
    path("auth/logout", SessionViewSet.as_view({"post": "logout"})),
    path("auth/logout-all", SessionViewSet.as_view({"post": "logout_all"})),
    path("auth/step-up", SessionViewSet.as_view({"post": "step_up"})),
    path("auth/sessions", SessionViewSet.as_view(LIST)),
    path("auth/sessions/<uuid:id>", SessionViewSet.as_view(REMOVE)),
    path("auth/password-link", SignInViewSet.as_view({"post": "password_link"})),
    path("auth/keys", KeyViewSet.as_view(COLLECTION)),
    path("auth/keys/<uuid:id>", KeyViewSet.as_view(REMOVE)),
    path("auth/me", SessionViewSet.as_view({"get": "me"})),
    path("users", UserViewSet.as_view(COLLECTION)),
    path("users/<uuid:id>", UserViewSet.as_view(EDIT)),
    path("users/<uuid:id>/deactivate", UserViewSet.as_view({"post": "deactivate"})),
    path("users/<uuid:id>/reactivate", UserViewSet.as_view({"post": "reactivate"})),
    path("users/<uuid:id>/release", UserViewSet.as_view({"post": "release"})),
    path("users/<uuid:id>/link", UserViewSet.as_view({"post": "link"})),
    path("users/<uuid:id>/end-sessions", UserViewSet.as_view({"post": "end_sessions"})),
    path("users/<uuid:id>/password", UserViewSet.as_view({"post": "password"})),
]

cases: list[URLPattern] = [
    path("cases", CaseViewSet.as_view(COLLECTION)),
    path("cases.geojson", CaseViewSet.as_view({"get": "geojson"})),
    path("cases/<uuid:id>", CaseViewSet.as_view(EDIT)),
    path("cases/<uuid:id>/transitions", CaseViewSet.as_view({"get": "moves", "post": "move"})),
    path("cases/<uuid:id>/history", CaseViewSet.as_view({"get": "history"})),
    path("cases/<uuid:case_id>/incidents", CaseIncidentViewSet.as_view(COLLECTION)),
    path("cases/<uuid:case_id>/incidents/<uuid:id>", CaseIncidentViewSet.as_view(REMOVE)),
    path("cases/<uuid:case_id>/members", CaseMemberViewSet.as_view(COLLECTION)),
    path(
        "cases/<uuid:case_id>/members/<uuid:id>",
        CaseMemberViewSet.as_view({"patch": "partial_update", **REMOVE}),
    ),
    path("cases/<uuid:case_id>/people", InvolvedPersonViewSet.as_view(COLLECTION)),
    path("cases/<uuid:case_id>/people/<uuid:id>", InvolvedPersonViewSet.as_view({**EDIT, **REMOVE})),
    path("cases/<uuid:case_id>/tasks", CaseTaskViewSet.as_view(COLLECTION)),
    path("cases/<uuid:case_id>/tasks/<uuid:id>", CaseTaskViewSet.as_view(EDIT)),
    path("tasks", TaskViewSet.as_view(LIST)),
    path("cases/<uuid:case_id>/evidence", CaseEvidenceViewSet.as_view(COLLECTION)),
    path(
        "cases/<uuid:case_id>/evidence/uploads",
        CaseUploadViewSet.as_view({"post": "create", "options": "metadata"}),
    ),
    path(
        "uploads/<uuid:id>",
        UploadViewSet.as_view(
            {"head": "state", "patch": "partial_update", "delete": "destroy", "options": "metadata"}
        ),
    ),
    path("evidence", EvidenceViewSet.as_view(LIST)),
    path("evidence/<uuid:id>", EvidenceViewSet.as_view(EDIT)),
    path("evidence/<uuid:id>/alike", FileFactsViewSet.as_view({"get": "alike"})),
    path("evidence/<uuid:id>/clock", FileFactsViewSet.as_view({"post": "clock"})),
    path("evidence/<uuid:id>/facts", FileFactsViewSet.as_view({"get": "facts"})),
    path("evidence/<uuid:id>/file", EvidenceViewSet.as_view({"get": "file"})),
    path("evidence/<uuid:id>/preview", FileFactsViewSet.as_view({"get": "preview"})),
    path("evidence/<uuid:id>/quarantined-file", EvidenceViewSet.as_view({"post": "quarantined_file"})),
    path("evidence/<uuid:id>/retention", RetentionViewSet.as_view({"get": "retention", "post": "decide"})),
    path("evidence/<uuid:id>/thumbnail", EvidenceViewSet.as_view({"get": "thumbnail"})),
    path("evidence/<uuid:evidence_id>/checks", FixityCheckViewSet.as_view(LIST)),
    path("evidence/<uuid:evidence_id>/custody", CustodyViewSet.as_view(COLLECTION)),
    path("evidence/<uuid:evidence_id>/page", ExhibitRedactionViewSet.as_view({"get": "page"})),
    path("evidence/<uuid:evidence_id>/redactions", ExhibitRedactionViewSet.as_view(COLLECTION)),
    path("evidence/<uuid:id>/verify", EvidenceViewSet.as_view({"post": "verify"})),
    path("cases/<uuid:case_id>/disclosures", CaseDisclosureViewSet.as_view(COLLECTION)),
    path("disclosures/<uuid:id>", DisclosureViewSet.as_view(READ)),
    path("disclosures/<uuid:id>/revoke", DisclosureViewSet.as_view({"post": "revoke"})),
    path("redactions/<uuid:id>", RedactionViewSet.as_view({"get": "retrieve"})),
    path("redactions/<uuid:id>/cancel", RedactionViewSet.as_view({"post": "cancel"})),
    path("redactions/<uuid:id>/file", RedactionViewSet.as_view({"get": "file"})),
    path("redactions/<uuid:id>/release", RedactionViewSet.as_view({"post": "release"})),
]

keeping: list[URLPattern] = [
    path("retention-categories", RetentionCategoryViewSet.as_view(COLLECTION)),
    path("retention-categories/<uuid:id>", RetentionCategoryViewSet.as_view(EDIT)),
    path("disposals", DisposalViewSet.as_view(COLLECTION)),
    path("disposals/<uuid:id>", DisposalViewSet.as_view(READ)),
    path("disposals/<uuid:id>/approve", DisposalViewSet.as_view({"post": "approve"})),
    path("disposals/<uuid:id>/decline", DisposalViewSet.as_view({"post": "decline"})),
    path("disposals/<uuid:id>/call-back", DisposalViewSet.as_view({"post": "call_back"})),
    path("disposals/<uuid:id>/certificate", DisposalViewSet.as_view({"get": "certificate"})),
]

evidence_room: list[URLPattern] = [
    path("cases/<uuid:case_id>/evidence/items", CaseItemViewSet.as_view({"post": "create"})),
    path("evidence/<uuid:id>/item", EvidenceItemViewSet.as_view(READ)),
    path("evidence/<uuid:id>/label", EvidenceItemViewSet.as_view({"get": "label"})),
    path("evidence/<uuid:id>/move", EvidenceItemViewSet.as_view({"post": "move"})),
    path("evidence/<uuid:id>/seal", EvidenceItemViewSet.as_view({"post": "seal"})),
    path("evidence/<uuid:id>/check-out", EvidenceItemViewSet.as_view({"post": "check_out"})),
    path("evidence/<uuid:id>/check-in", EvidenceItemViewSet.as_view({"post": "check_in"})),
    path("evidence/<uuid:id>/destroy", EvidenceItemViewSet.as_view({"post": "destroy"})),
    path("items", ItemViewSet.as_view(LIST)),
    path("items/labels", ItemViewSet.as_view({"get": "labels"})),
    path("storage-locations", StorageLocationViewSet.as_view(COLLECTION)),
    path("storage-locations/<uuid:id>", StorageLocationViewSet.as_view(EDIT)),
    path("storage-locations/<uuid:id>/close", StorageLocationViewSet.as_view({"post": "close"})),
    path("inventories", InventoryViewSet.as_view(COLLECTION)),
    path("inventories/<uuid:id>", InventoryViewSet.as_view(READ)),
    path("inventories/<uuid:id>/close", InventoryViewSet.as_view({"post": "close"})),
    path("inventories/<uuid:inventory_id>/lines", InventoryLineViewSet.as_view(LIST)),
    path(
        "inventories/<uuid:inventory_id>/lines/<uuid:id>/find", InventoryLineViewSet.as_view({"post": "find"})
    ),
    path(
        "inventories/<uuid:inventory_id>/lines/<uuid:id>/settle",
        InventoryLineViewSet.as_view({"post": "settle"}),
    ),
]

audit: list[URLPattern] = [
    path("audit-events", AuditEventViewSet.as_view(LIST)),
    path("audit-events.csv", AuditEventViewSet.as_view({"get": "table"})),
    path("audit-events/<uuid:id>", AuditEventViewSet.as_view(READ)),
]

analyses: list[URLPattern] = [
    path("insights/methods", MethodViewSet.as_view({"get": "methods"})),
    path("insights/runs", RunViewSet.as_view(COLLECTION)),
    path("insights/runs/<uuid:id>", RunViewSet.as_view(READ)),
    path("insights/runs/<uuid:id>/cancel", RunViewSet.as_view({"post": "cancel"})),
    path("insights/runs/<uuid:id>/compare", RunViewSet.as_view({"get": "compare"})),
    path("insights/runs/<uuid:id>/file", RunViewSet.as_view({"get": "file"})),
    path("insights/runs/<uuid:id>/pin", RunViewSet.as_view({"post": "pin"})),
    path("insights/runs/<uuid:id>/repeat", RunViewSet.as_view({"post": "repeat"})),
    path("insights/runs/<uuid:id>/result", RunViewSet.as_view({"get": "result"})),
    path("insights/runs/<uuid:id>/series/decisions", SeriesViewSet.as_view({"get": "list"})),
    path("insights/runs/<uuid:id>/series/<int:series>/decisions", SeriesViewSet.as_view({"post": "create"})),
    path("insights/runs/<uuid:id>/series/<int:series>/case", SeriesViewSet.as_view({"post": "case"})),
]

exchange: list[URLPattern] = [
    path("searches", SavedSearchViewSet.as_view(COLLECTION)),
    path("searches/<uuid:id>", SavedSearchViewSet.as_view({**EDIT, **REMOVE})),
    path("searches/<uuid:id>/seen", SavedSearchViewSet.as_view({"post": "seen"})),
    path("exports", ExportViewSet.as_view(COLLECTION)),
    path("exports/<uuid:id>", ExportViewSet.as_view(READ)),
    path("exports/<uuid:id>/cancel", ExportViewSet.as_view({"post": "cancel"})),
    path("exports/<uuid:id>/file", ExportViewSet.as_view({"get": "file"})),
]

need_to_know: list[URLPattern] = [
    path(
        "cases/<uuid:case_id>/access",
        CaseAccessViewSet.as_view(EDIT),
    ),
    path("cases/<uuid:case_id>/exclusions", CaseExclusionViewSet.as_view(COLLECTION)),
    path("cases/<uuid:case_id>/exclusions/<uuid:id>", CaseExclusionViewSet.as_view(REMOVE)),
    path("cases/<uuid:case_id>/seals", CaseSealViewSet.as_view(COLLECTION)),
    path("cases/<uuid:case_id>/seals/lift", CaseSealViewSet.as_view({"post": "lift"})),
    path("cases/<uuid:case_id>/seals/remove", CaseSealViewSet.as_view({"post": "remove"})),
    path("cases/<uuid:case_id>/readings", CaseReadingViewSet.as_view(LIST)),
    path("cases/<uuid:case_id>/access-requests", ClosedCaseViewSet.as_view({"post": "ask"})),
    path("cases/<uuid:case_id>/emergencies", ClosedCaseViewSet.as_view({"post": "open"})),
    path("access-requests", AccessRequestViewSet.as_view(LIST)),
    path("access-requests/<uuid:id>", AccessRequestViewSet.as_view(READ)),
    path("access-requests/<uuid:id>/answer", AccessRequestViewSet.as_view({"post": "answer"})),
    path("access-requests/<uuid:id>/withdraw", AccessRequestViewSet.as_view({"post": "withdraw"})),
    path("emergencies", EmergencyViewSet.as_view(LIST)),
    path("emergencies/<uuid:id>", EmergencyViewSet.as_view(READ)),
    path("emergencies/<uuid:id>/end", EmergencyViewSet.as_view({"post": "end"})),
    path("emergencies/<uuid:id>/review", EmergencyViewSet.as_view({"post": "review"})),
    path("readings", ReadingViewSet.as_view(LIST)),
    path("readings/<uuid:id>/review", ReadingViewSet.as_view({"post": "review"})),
    path("incidents/<uuid:incident_id>/readings", IncidentReadingViewSet.as_view(LIST)),
    path("incidents/<uuid:incident_id>/seals", IncidentSealViewSet.as_view(COLLECTION)),
    path("incidents/<uuid:incident_id>/seals/lift", IncidentSealViewSet.as_view({"post": "lift"})),
    path("incidents/<uuid:incident_id>/seals/remove", IncidentSealViewSet.as_view({"post": "remove"})),
    path("cases/<uuid:case_id>/shares", CaseShareViewSet.as_view(COLLECTION)),
    path("incidents/<uuid:incident_id>/shares", ShareViewSet.as_view({"post": "of_incident"})),
    path("shares", ShareViewSet.as_view(LIST)),
    path("shares/<uuid:id>", ShareViewSet.as_view(READ)),
    path("shares/<uuid:id>/preview", ShareViewSet.as_view({"get": "preview"})),
    path("shares/<uuid:id>/release", ShareViewSet.as_view({"post": "release"})),
    path("shares/<uuid:id>/revoke", ShareViewSet.as_view({"post": "revoke"})),
    path("shares/<uuid:id>/offer-lead", ShareViewSet.as_view({"post": "offer_lead"})),
    path("shares/<uuid:id>/readings", ShareViewSet.as_view({"get": "readings"})),
    path("shared", SharedViewSet.as_view(LIST)),
    path("shared/<uuid:id>", SharedViewSet.as_view({"get": "retrieve", "delete": "end_passing_on"})),
    path("shared/<uuid:id>/pass-on", SharedViewSet.as_view({"post": "pass_on"})),
    path("shared/<uuid:id>/take-lead", SharedViewSet.as_view({"post": "take_lead"})),
    path("shared/<uuid:id>/return-lead", SharedViewSet.as_view({"post": "return_lead"})),
    path("shared/<uuid:id>/moves", SharedViewSet.as_view({"post": "move"})),
    path("shared/<uuid:id>/files/<uuid:evidence_id>", SharedFileViewSet.as_view({"get": "file"})),
    path("expunge-orders", ExpungeOrderViewSet.as_view(COLLECTION)),
    path("expunge-orders/<uuid:id>", ExpungeOrderViewSet.as_view(READ)),
    path("expunge-orders/<uuid:id>/approve", ExpungeOrderViewSet.as_view({"post": "approve"})),
    path("expunge-orders/<uuid:id>/decline", ExpungeOrderViewSet.as_view({"post": "decline"})),
    path("roles", RoleViewSet.as_view(LIST)),
    path("roles/<slug:role>", RoleViewSet.as_view({"patch": "partial_update"})),
]

version_1: list[URLPattern] = [
    # First what is asked for most: every route before it is tried.
    path("incidents", IncidentViewSet.as_view(COLLECTION)),
    path("incidents.geojson", IncidentViewSet.as_view({"get": "geojson"})),
    path("incidents/<uuid:id>", IncidentViewSet.as_view(EDIT)),
    *people,
    path("units", UnitViewSet.as_view(COLLECTION)),
    path("units/<uuid:id>", UnitViewSet.as_view(EDIT)),
    path("units/<uuid:id>/close", UnitViewSet.as_view({"post": "close"})),
    path("agencies", AgencyViewSet.as_view(LIST)),
    path("agencies/<uuid:id>", AgencyViewSet.as_view(EDIT)),
    *cases,
    *keeping,
    *evidence_room,
    *audit,
    *exchange,
    *need_to_know,
    path("offences", OffenceViewSet.as_view(LIST)),
    path("offence-categories", OffenceCategoryViewSet.as_view(LIST)),
    path("areas", AreaViewSet.as_view(LIST)),
    path("areas.geojson", AreaViewSet.as_view({"get": "geojson"})),
    path("areas/at", AreaHistoryViewSet.as_view({"get": "at"})),
    path("areas/<uuid:id>", AreaViewSet.as_view(READ)),
    path("places", PlaceViewSet.as_view({"get": "find"})),
    path("area-versions", AreaVersionViewSet.as_view(COLLECTION)),
    path("area-versions/<uuid:id>", AreaVersionViewSet.as_view({**READ, **REMOVE})),
    path("area-versions/<uuid:id>/put-in-force", AreaVersionViewSet.as_view({"post": "put_in_force"})),
    path("area-versions/<uuid:version_id>/areas", VersionAreaViewSet.as_view(COLLECTION)),
    path("area-versions/<uuid:version_id>/areas/<uuid:id>", VersionAreaViewSet.as_view({**EDIT, **REMOVE})),
    path("area-versions/<uuid:id>/areas.geojson", AreaVersionViewSet.as_view({"get": "areas"})),
    path("area-versions/<uuid:id>/areas.gpkg", AreaVersionViewSet.as_view({"get": "geopackage"})),
    path("area-versions/<uuid:id>/faults", AreaVersionViewSet.as_view({"get": "faults"})),
    path("import-batches", ImportBatchViewSet.as_view(LIST)),
    path("import-batches/<uuid:id>", ImportBatchViewSet.as_view(READ)),
    path("import-batches/<uuid:id>/rejects", ImportBatchViewSet.as_view({"get": "rejects"})),
    path("insights/schedules", ScheduleViewSet.as_view(COLLECTION)),
    path("insights/schedules/<uuid:id>", ScheduleViewSet.as_view(READ)),
    path("insights/schedules/<uuid:id>/stop", ScheduleViewSet.as_view({"post": "stop"})),
    path("insights/grid", InsightViewSet.as_view({"get": "grid"})),
    path("insights/areas", InsightViewSet.as_view({"get": "areas"})),
    path("insights/hours", InsightViewSet.as_view({"get": "hours"})),
    *analyses,
    path("tiles/incidents.json", TileViewSet.as_view({"get": "described"})),
    path("tiles/incidents/<int:z>/<int:x>/<int:y>.mvt", TileViewSet.as_view({"get": "incidents"})),
    path("schema", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="core/api_docs.html"),
        name="api-docs",
    ),
]

#: The seed's paths answer at the root as well.
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(version_1)),
    path("health", health),
    path("health/db", database_health),
    *people,
]
