from django.db import migrations

from nethra.core.row_security import audit_table, definer_function, link_within_agency, secure_table

# Numbers increase and are unique; gaps are allowed, since a gapless counter would make imports wait (ADR 6).
NUMBERS = """
CREATE SEQUENCE incidents_incident_number_seq;
CREATE FUNCTION app.incident_number(format text, year integer) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT replace(replace(format, '{year}', year::text), '{sequence}',
                  lpad(nextval('incidents_incident_number_seq')::text, 7, '0')) $$;
"""
NUMBERS_REVERSE = """
DROP FUNCTION app.incident_number(text, integer);
DROP SEQUENCE incidents_incident_number_seq;
"""

WORDS = """
CREATE INDEX incident_words ON incidents_incident
    USING gin (to_tsvector('simple', address || ' ' || description));
"""

# The words of a search as prefixes: "missi st" finds "MISSION ST". Punctuation never reaches to_tsquery.
SEARCH = """RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted tsquery;
BEGIN
    SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & ')) INTO wanted
    FROM unnest(tsvector_to_array(to_tsvector('simple', left(words, 200)))) AS word;
    RETURN QUERY SELECT i.id FROM incidents_incident i
        WHERE i.agency_id = app.agency_id()
          AND to_tsvector('simple', i.address || ' ' || i.description) @@ wanted;
END $$"""

INCIDENT_LINKS = {
    "reported_by_id": "accounts_user",
    "beat_id": "incidents_area",
    "district_id": "incidents_area",
    "import_batch_id": "incidents_importbatch",
}


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("accounts", "0002_row_security")]
    operations = [
        migrations.RunSQL(NUMBERS, NUMBERS_REVERSE),
        secure_table("incidents_offencecategory"),
        audit_table("incidents_offencecategory"),
        secure_table("incidents_areaset"),
        link_within_agency("incidents_areaset", "loaded_by_id", "accounts_user"),
        audit_table("incidents_areaset"),
        secure_table("incidents_area"),
        link_within_agency("incidents_area", "area_set_id", "incidents_areaset"),
        audit_table("incidents_area"),
        secure_table("incidents_importbatch"),
        link_within_agency("incidents_importbatch", "created_by_id", "accounts_user"),
        audit_table("incidents_importbatch", ignored=["rows_read", "rows_total"]),
        secure_table("incidents_importreject"),
        link_within_agency("incidents_importreject", "batch_id", "incidents_importbatch"),
        audit_table("incidents_importreject", guarded=["raw"]),
        secure_table("incidents_incident"),
        *[
            link_within_agency("incidents_incident", column, target)
            for column, target in INCIDENT_LINKS.items()
        ],
        audit_table(
            "incidents_incident",
            guarded=["description", "notes", "address", "location"],
            excluded=["g3857", "content_hash"],
        ),
        secure_table("incidents_incidentoffence"),
        link_within_agency(
            "incidents_incidentoffence", "incident_id", "incidents_incident", on_delete="CASCADE"
        ),
        link_within_agency("incidents_incidentoffence", "category_id", "incidents_offencecategory"),
        audit_table("incidents_incidentoffence"),
        migrations.RunSQL(WORDS, "DROP INDEX incident_words;"),
        definer_function("app.search_incidents(words text)", SEARCH),
    ]
