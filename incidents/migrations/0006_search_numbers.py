from django.db import migrations

from nethra.core.row_security import definer_function

# One function answers words and numbers: beneath row security neither index could be used, and an OR of two
# ways read every incident of the agency. ~>=~ compares byte by byte, whatever the database's collation.
SEARCH = """RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted tsquery;
    prefix text := upper(left(btrim(words), 40));
BEGIN
    SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & ')) INTO wanted
    FROM unnest(tsvector_to_array(to_tsvector('simple', left(words, 200)))) AS word;
    RETURN QUERY SELECT i.id FROM incidents_incident i
        WHERE i.agency_id = app.agency_id()
          AND to_tsvector('simple', i.address || ' ' || i.description) @@ wanted
        UNION ALL
        SELECT i.id FROM incidents_incident i
        WHERE i.agency_id = app.agency_id() AND prefix <> ''
          AND i.number ~>=~ prefix AND i.number ~<~ (prefix || chr(1114111))
        LIMIT most;
END $$"""

WORDS_ONLY = """RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
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

INDEX = """
CREATE INDEX incident_number_prefix ON incidents_incident (agency_id, number text_pattern_ops);
"""

words_only = definer_function("app.search_incidents(words text)", WORDS_ONLY)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_audit_lon_lat")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX incident_number_prefix;"),
        migrations.RunSQL(words_only.reverse_sql, words_only.sql),
        definer_function("app.search_incidents(words text, most integer)", SEARCH),
    ]
