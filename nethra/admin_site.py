"""The roof of the console: what the sidebar lists, and what the theme asks for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from nethra.core.capabilities import Capability
from nethra.core.console import Link, console

__all__ = ["console", "console_script", "console_style", "environment_label", "favicon", "navigation"]

SECTIONS: dict[str, tuple[Link, ...]] = {
    "Overview": (
        Link("Dashboard", "monitoring", "admin:index", None),
        Link("Map", "map", "admin:map", Capability.VIEW_INCIDENTS),
        Link("Analyses", "analytics", "admin:insights_analysisrun_changelist", Capability.VIEW_INSIGHTS),
        Link(
            "Saved searches",
            "saved_search",
            "admin:exchange_savedsearch_changelist",
            Capability.VIEW_INCIDENTS,
        ),
    ),
    "Records": (
        Link("Incidents", "description", "admin:incidents_incident_changelist", Capability.VIEW_INCIDENTS),
        Link("Cases", "folder_open", "admin:cases_case_changelist", Capability.VIEW_CASES),
        Link("Tasks", "task_alt", "admin:cases_casetask_changelist", Capability.VIEW_CASES),
        Link(
            "Evidence", "photo_library", "admin:media_evidence_evidence_changelist", Capability.VIEW_EVIDENCE
        ),
        Link(
            "Disclosures",
            "outgoing_mail",
            "admin:media_evidence_disclosure_changelist",
            Capability.MANAGE_EVIDENCE,
        ),
        Link(
            "Disposals",
            "auto_delete",
            "admin:media_evidence_disposal_changelist",
            Capability.MANAGE_EVIDENCE,
        ),
        Link(
            "Retention",
            "event_busy",
            "admin:media_evidence_retentioncategory_changelist",
            Capability.MANAGE_EVIDENCE,
        ),
    ),
    "Evidence room": (
        Link(
            "Physical exhibits",
            "inventory_2",
            "admin:media_evidence_item_changelist",
            Capability.VIEW_EVIDENCE,
        ),
        Link(
            "Inventories",
            "checklist",
            "admin:media_evidence_inventory_changelist",
            Capability.VIEW_EVIDENCE,
            for_guests=False,
        ),
        Link(
            "Storage locations",
            "shelves",
            "admin:media_evidence_storagelocation_changelist",
            Capability.VIEW_EVIDENCE,
            for_guests=False,
        ),
    ),
    "Need to know": (
        Link("Access requests", "key", "admin:cases_accessrequest_changelist", Capability.VIEW_CASES),
        Link("Emergencies", "emergency", "admin:cases_emergency_changelist", Capability.VIEW_CASES),
        Link("Shared by us", "outbox", "admin:cases_share_changelist", Capability.SHARE_RECORDS),
        Link("Shared with us", "inbox", "admin:shared", Capability.VIEW_SHARED),
        Link(
            "Orders to expunge",
            "delete_forever",
            "admin:cases_expungeorder_changelist",
            Capability.EXPUNGE_RECORDS,
        ),
        Link("Who looked", "visibility", "admin:cases_casereading_changelist", Capability.REVIEW_READINGS),
    ),
    "Geography": (
        Link("Areas", "pentagon", "admin:incidents_area_changelist", Capability.VIEW_AREAS),
        Link("Area versions", "layers", "admin:incidents_areaset_changelist", Capability.VIEW_AREAS),
    ),
    "Data": (
        Link("Placings", "move_location", "admin:incidents_areaplacing_changelist", Capability.VIEW_AREAS),
        Link("Imports", "upload_file", "admin:incidents_importbatch_changelist", Capability.VIEW_IMPORTS),
        Link("My exports", "download", "admin:exchange_export_changelist", None),
    ),
    "Administration": (
        Link("People", "group", "admin:accounts_user_changelist", Capability.VIEW_USERS),
        Link(
            "Locked accounts",
            "lock",
            "admin:accounts_user_changelist",
            Capability.MANAGE_USERS,
            "?state=locked",
        ),
        Link("Units", "account_tree", "admin:accounts_unit_changelist", Capability.VIEW_USERS),
        Link("Working hours", "schedule", "admin:accounts_workinghours_changelist", Capability.VIEW_USERS),
        Link(
            "Hours exceptions",
            "event_available",
            "admin:accounts_hoursexception_changelist",
            Capability.VIEW_USERS,
        ),
        Link("Sessions", "devices", "admin:accounts_usersession_changelist", Capability.MANAGE_USERS),
        Link("API keys", "key", "admin:accounts_apikey_changelist", Capability.MANAGE_USERS),
        Link("Roles", "badge", "admin:roles", Capability.VIEW_USERS),
        Link("Sign-in log", "login", "admin:accounts_signinevent_changelist", Capability.VIEW_AUDIT),
        Link("Agency", "account_balance", "admin:accounts_agency_changelist", Capability.VIEW_AGENCY),
        Link("Audit", "history", "admin:audit_auditevent_changelist", Capability.VIEW_AUDIT),
        Link("Audit holds", "gavel", "admin:audit_audithold_changelist", Capability.VIEW_AUDIT),
    ),
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar of this person: the sections with what their capabilities open."""
    access = getattr(request, "access", None)
    if access is None:
        return []
    sections: list[dict[str, Any]] = []
    for title, links in SECTIONS.items():
        items = [
            {"title": link.title, "icon": link.icon, "link": link.address, **_active(link, request)}
            for link in links
            if link.is_open_to(access)
        ]
        if items:
            sections.append({"title": title, "separator": bool(sections), "items": items})
    return sections


def _active(link: Link, request: HttpRequest) -> dict[str, bool]:
    """Return which of two links to the same list is the one that is shown; the theme knows by itself otherwise."""
    twins = [each for each in console.links if each.url_name == link.url_name]
    if len(twins) == 1 or not request.path.startswith(reverse(link.url_name)):
        return {}
    asked = f"?{request.META.get('QUERY_STRING', '')}".rstrip("?")
    is_other = any(asked == each.query for each in twins if each is not link)
    return {"active": asked == link.query or (not link.query and not is_other)}


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links of the menu behind one's name."""
    links = [
        {"title": "Your account", "link": reverse("admin:account")},
        {"title": "Second factor", "link": reverse("admin:second_factor")},
        {"title": "Keys for programs", "link": reverse("admin:api_keys")},
    ]
    access = getattr(request, "access", None)
    if access is not None and not access.is_visiting and getattr(request.user, "is_platform_admin", False):
        links.append({"title": "Enter an agency", "link": reverse("admin:enter_agency")})
    return links


def agency_name(request: HttpRequest) -> str:
    """Return the name of the agency this person is working in."""
    return str(getattr(request, "agency", "Crime analysis"))


def environment_label(request: HttpRequest) -> list[str] | None:
    """Return the label beside the title; production has none."""
    return None if settings.PRODUCTION else [settings.ENVIRONMENT.capitalize(), "info"]


def console_style(request: HttpRequest) -> str:
    """Return the address of the console's own style."""
    return static("nethra/console.css")


def map_style(request: HttpRequest) -> str:
    """Return the address of the maps' style."""
    return static("nethra/maps.css")


def console_script(request: HttpRequest) -> str:
    """Return the address of the script that names what the theme leaves nameless."""
    return static("nethra/a11y.js")


def idle_lock(request: HttpRequest) -> str:
    """Return the address of the script that locks a console nobody uses."""
    return static("accounts/idle-lock.js")


def favicon(request: HttpRequest) -> str:
    """Return the address of the icon in the browser's tab."""
    return static("nethra/favicon.svg")


console.links = [link for links in SECTIONS.values() for link in links]
