from django.db import migrations

from nethra.core.row_security import audit_table, definer_function

TABLE, OFFENCES = "incidents_incident", "incidents_incidentoffence"
GUARDED = [
    "description",
    "notes",
    "address",
    "location",
    "external_id",
    "beat_id",
    "district_id",
    "found_by_address",
]
LEFT_OUT = ["g3857", "lon", "lat", "content_hash", "is_guarded"]
BEFORE = audit_table(TABLE, guarded=GUARDED, excluded=LEFT_OUT)
# What is stated follows from the offences, whose own events tell of every change.
AFTER = audit_table(TABLE, guarded=GUARDED, excluded=LEFT_OUT, ignored=["stated_offences"])

# A code and a completion need no escaping: both are of short lists. Whatever writes an incident may use it.
ONE = """
CREATE FUNCTION app.stated_offence(code text, completion text, category uuid, is_primary boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '{"code":"' || code || '","completion":"' || completion || '","category":'
       || coalesce('"' || category::text || '"', 'null') || ',"is_primary":' || is_primary::text || '}' $$;
"""
ONE_REVERSE = "DROP FUNCTION app.stated_offence(text, text, uuid, boolean);"

# Past row security, so that no rule about who sees what could leave an incident with offences it does not have.
DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
LIST = f"""
    SELECT '[' || coalesce(string_agg(app.stated_offence(o.offence_code_id, o.completion, o.category_id, o.is_primary),
                                      ',' ORDER BY NOT o.is_primary, o.position), '') || ']' AS list
    FROM {OFFENCES} o WHERE o.agency_id = {{agency}} AND o.incident_id = {{incident}}"""
ALL = f"""RETURNS text LANGUAGE sql STABLE {DEFINER} AS
$${LIST.format(agency="agency", incident="incident")} $$"""

FILL = f"ALTER TABLE {TABLE} ALTER COLUMN stated_offences TYPE text USING app.stated_offences(agency_id, id);"

# Nobody writes anything else into the column. The row is locked when this runs, and the function sees what has been
# committed until then: of two who change the offences of one incident the second states those of both.
KEEP = f"""RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    NEW.stated_offences := app.stated_offences(NEW.agency_id, NEW.id);
    RETURN NEW;
END $$"""

# Services and imports write what they know when they insert: then nothing is left to do, and nothing is updated.
STALE = f"""SELECT array_agg(i.id ORDER BY i.id) INTO stale
        FROM {TABLE} i CROSS JOIN LATERAL ({LIST.format(agency="i.agency_id", incident="i.id")}) stated
        WHERE (i.agency_id, i.id) IN ({{changed}}) AND i.stated_offences IS DISTINCT FROM stated.list"""
OLD, NEW = (f"SELECT agency_id, incident_id FROM {rows}_rows" for rows in ("old", "new"))
STATE = f"""RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE stale uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN {STALE.format(changed=NEW)};
    ELSIF TG_OP = 'DELETE' THEN {STALE.format(changed=OLD)};
    ELSE {STALE.format(changed=f"{OLD} UNION ALL {NEW}")};
    END IF;
    IF stale IS NOT NULL THEN
        UPDATE {TABLE} SET stated_offences = '[]' WHERE id = ANY (stale);
    END IF;
    RETURN NULL;
END $$"""

TRIGGERS = f"""
CREATE TRIGGER keep_stated_offences BEFORE UPDATE OF stated_offences ON {TABLE} FOR EACH ROW
    EXECUTE FUNCTION app.keep_stated_offences();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER keep_stated_offences;
CREATE TRIGGER state_inserted AFTER INSERT ON {OFFENCES} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION app.state_offences();
CREATE TRIGGER state_updated AFTER UPDATE ON {OFFENCES} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION app.state_offences();
CREATE TRIGGER state_deleted AFTER DELETE ON {OFFENCES} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION app.state_offences();
ALTER TABLE {OFFENCES} ENABLE ALWAYS TRIGGER state_inserted;
ALTER TABLE {OFFENCES} ENABLE ALWAYS TRIGGER state_updated;
ALTER TABLE {OFFENCES} ENABLE ALWAYS TRIGGER state_deleted;
"""
TRIGGERS_REVERSE = f"""
DROP TRIGGER state_deleted ON {OFFENCES};
DROP TRIGGER state_updated ON {OFFENCES};
DROP TRIGGER state_inserted ON {OFFENCES};
DROP TRIGGER keep_stated_offences ON {TABLE};
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0023_stated_offences"), ("audit", "0008_changes_planned_once")]
    operations = [
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        migrations.RunSQL(ONE, ONE_REVERSE),
        definer_function("app.stated_offences(agency uuid, incident uuid)", ALL, grant=False),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        definer_function("app.keep_stated_offences()", KEEP, grant=False),
        definer_function("app.state_offences()", STATE, grant=False),
        migrations.RunSQL(TRIGGERS, TRIGGERS_REVERSE),
    ]
