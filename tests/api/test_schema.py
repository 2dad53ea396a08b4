from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.api.calls import ROOT, anonymous

METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def operations(schema: Any) -> dict[str, Any]:
    return {
        operation["operationId"]: operation
        for item in schema["paths"].values()
        for method, operation in item.items()
        if method in METHODS
    }


def test_the_schema_is_valid_openapi_3_1(schema: Any) -> None:
    validate_schema(schema)  # type: ignore[no-untyped-call]

    assert schema["openapi"] == "3.1.0"
    assert all(path.startswith(ROOT) for path in schema["paths"])


def test_operation_ids_are_stable(schema: Any) -> None:
    assert " ".join(sorted(operations(schema))) == (
        "access_requests_answer access_requests_list access_requests_retrieve access_requests_withdraw "
        "agencies_list agencies_partial_update agencies_retrieve area_versions_areas_create "
        "area_versions_areas_destroy area_versions_areas_geojson_areas area_versions_areas_gpkg_geopackage "
        "area_versions_areas_list area_versions_areas_partial_update area_versions_areas_retrieve "
        "area_versions_create area_versions_destroy area_versions_faults area_versions_list "
        "area_versions_put_in_force area_versions_retrieve areas_at areas_geojson_geojson "
        "areas_list areas_retrieve audit_events_csv_table audit_events_list audit_events_retrieve "
        "auth_keys_create auth_keys_destroy auth_keys_list auth_login auth_logout auth_logout_all "
        "auth_me auth_password_link auth_refresh auth_sessions_destroy auth_sessions_list auth_step_up "
        "cases_access_partial_update cases_access_requests_ask cases_access_retrieve cases_create "
        "cases_disclosures_create cases_disclosures_list cases_emergencies_open cases_evidence_create "
        "cases_evidence_items_create cases_evidence_list cases_evidence_uploads_create "
        "cases_exclusions_create cases_exclusions_destroy cases_exclusions_list cases_geojson_geojson "
        "cases_history cases_incidents_create cases_incidents_destroy cases_incidents_list cases_list "
        "cases_members_create cases_members_destroy cases_members_list cases_members_partial_update "
        "cases_partial_update cases_people_create cases_people_destroy cases_people_list "
        "cases_people_partial_update cases_people_retrieve cases_readings_list cases_retrieve "
        "cases_seals_create cases_seals_lift cases_seals_list cases_seals_remove cases_shares_create "
        "cases_shares_list cases_tasks_create cases_tasks_list cases_tasks_partial_update "
        "cases_tasks_retrieve cases_transitions_move cases_transitions_moves disclosures_retrieve "
        "disclosures_revoke disposals_approve disposals_call_back disposals_certificate "
        "disposals_create disposals_decline disposals_list disposals_retrieve emergencies_end "
        "emergencies_list emergencies_retrieve emergencies_review evidence_alike evidence_check_in "
        "evidence_check_out evidence_checks_list evidence_clock evidence_custody_create "
        "evidence_custody_list evidence_destroy evidence_facts evidence_file evidence_item_retrieve "
        "evidence_label evidence_list evidence_move evidence_page evidence_partial_update "
        "evidence_preview evidence_quarantined_file evidence_redactions_create evidence_redactions_list "
        "evidence_retention evidence_retention_decide evidence_retrieve evidence_seal "
        "evidence_thumbnail evidence_verify exports_cancel exports_create exports_file exports_list "
        "exports_retrieve expunge_orders_approve expunge_orders_create expunge_orders_decline "
        "expunge_orders_list expunge_orders_retrieve import_batches_list import_batches_rejects "
        "import_batches_retrieve incidents_create incidents_geojson_geojson incidents_list "
        "incidents_partial_update incidents_readings_list incidents_retrieve incidents_seals_create "
        "incidents_seals_lift incidents_seals_list incidents_seals_remove incidents_shares_of_incident "
        "insights_areas insights_grid insights_hours insights_methods insights_runs_cancel insights_runs_compare "
        "insights_runs_create insights_runs_file insights_runs_list insights_runs_pin insights_runs_repeat "
        "insights_runs_result insights_runs_retrieve insights_runs_series_case "
        "insights_runs_series_decisions_create insights_schedules_create insights_schedules_list "
        "insights_schedules_retrieve insights_schedules_stop insights_series_decisions "
        "inventories_close inventories_create "
        "inventories_lines_find inventories_lines_list inventories_lines_settle inventories_list "
        "inventories_retrieve items_labels items_list offence_categories_list offences_list places_find "
        "readings_list readings_review redactions_cancel redactions_file redactions_release "
        "redactions_retrieve retention_categories_create retention_categories_list "
        "retention_categories_partial_update retention_categories_retrieve roles_list "
        "roles_partial_update searches_create searches_destroy searches_list searches_partial_update "
        "searches_retrieve searches_seen shared_end_passing_on shared_files_file shared_list "
        "shared_moves_move shared_pass_on shared_retrieve shared_return_lead shared_take_lead "
        "shares_list shares_offer_lead shares_preview shares_readings shares_release shares_retrieve "
        "shares_revoke storage_locations_close storage_locations_create storage_locations_list "
        "storage_locations_partial_update storage_locations_retrieve tasks_list tiles_described "
        "tiles_incidents units_close units_create units_list units_partial_update units_retrieve "
        "uploads_destroy uploads_partial_update users_create users_deactivate users_end_sessions "
        "users_link users_list users_partial_update users_password users_reactivate users_release "
        "users_retrieve"
    )


def test_every_operation_tells_its_refusals(schema: Any) -> None:
    for name, operation in operations(schema).items():
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], name


def test_every_operation_but_signing_in_needs_the_bearer_token(schema: Any) -> None:
    needs = {name for name, told in operations(schema).items() if {"bearer": []} in told.get("security", [])}

    assert set(operations(schema)) - needs == {"auth_login", "auth_password_link", "auth_refresh"}


def test_the_incident_is_described_as_it_is_answered(schema: Any) -> None:
    incident = schema["components"]["schemas"]["Incident"]

    assert "redacted" in incident["properties"]
    assert "notes" not in incident["required"]
    assert incident["properties"]["location"]


@pytest.mark.django_db
def test_the_docs_are_served_from_here_without_inline_script() -> None:
    page = anonymous().get(f"{ROOT}/docs")
    script = anonymous().get(f"{ROOT}/docs?script=")

    text = page.content.decode()
    assert page.status_code == script.status_code == 200
    assert "<style" not in text
    assert "<script>" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert anonymous().get(f"{ROOT}/schema").json()["openapi"] == "3.1.0"


def test_the_published_schema_is_the_one_that_is_served() -> None:
    published = Path(__file__).parents[2] / "docs" / "openapi" / "v1.yaml"
    generated = io.StringIO()

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=generated)

    same = published.read_text() == generated.getvalue()
    assert same, "Run: python manage.py spectacular --file docs/openapi/v1.yaml"
