from importlib import import_module

from django.db import migrations

# A statement that is composed is parsed and planned anew for every change, which takes several times as long as writing
# the event. These are planned once in a session for each table and verb, and write what the composed one writes. Only
# for a table with shapes it stays: it alone can leave out PostGIS's cast to jsonb, 1 ms a row.
COMPOSED = import_module("nethra.audit.migrations.0002_triggers").CAPTURE
DECLARED, _, BODY = COMPOSED.partition("BEGIN\n")
COMPOSING = BODY.rpartition("    RETURN NULL;")[0]


def recorded(rows: str, body: str, guarded: str) -> str:
    """Return the statement that records rows, of which ``shown`` is what their event tells."""
    return f"""
        INSERT INTO audit_auditevent (id, agency_id, recorded_at, actor_id, action, entity, object_id, source,
            request_id, address, reason, result, body, guarded, salt, guarded_hash, leaf)
        SELECT e.id, e.agency_id, e.at, said.actor, said.verb, said.entity, e.object_id, said.source, said.request,
               said.address, said.reason, 'done', e.body, e.guarded, e.salt, e.hash,
               app.audit_leaf(e.id, e.agency_id, e.at, said.actor, said.verb, said.entity, e.object_id, said.source,
                              said.request, said.address, said.reason, 'done', e.body, e.hash)
        FROM (SELECT d.*, sha256(d.salt || convert_to(d.guarded, 'UTF8')) AS hash
              FROM (SELECT app.uuid7() AS id, clock_timestamp() AS at,
                           coalesce(r.shown ->> 'agency_id', r.shown ->> 'id')::uuid AS agency_id,
                           (r.shown ->> 'id')::uuid AS object_id, ({body})::text AS body,
                           CASE WHEN is_guarded THEN ({guarded})::text END AS guarded,
                           CASE WHEN is_guarded THEN uuid_send(gen_random_uuid()) END AS salt
                    FROM ({rows} OFFSET 0) r OFFSET 0) d OFFSET 0) e,
             (SELECT app.user_id() AS actor, lower(TG_OP) AS verb, TG_TABLE_NAME::text AS entity,
                     coalesce(nullif(current_setting('app.source', true), ''), 'sql') AS source,
                     coalesce(current_setting('app.request_id', true), '') AS request,
                     coalesce(current_setting('app.address', true), '') AS address,
                     coalesce(current_setting('app.reason', true), '') AS reason OFFSET 0) said;
"""


def part(row: str) -> str:
    """Return the guarded part of a row."""
    return f"(SELECT jsonb_object_agg(c, {row} -> c) FROM unnest(guarded_columns) c)"


INSERTED = recorded(
    "SELECT to_jsonb(n) - left_out AS shown FROM new_rows n",
    "jsonb_build_object('new', r.shown - guarded_columns)",
    f"jsonb_build_object('new', {part('r.shown')})",
)
# A plan is kept whatever number of rows it was made for. A full join is never a nested loop, which would be the best
# for one row and never end for a million.
UPDATED = recorded(
    """SELECT o.whole - left_out AS before, n.whole - left_out AS shown
                          FROM (SELECT t.id, to_jsonb(t) AS whole FROM old_rows t OFFSET 0) o
                          FULL JOIN (SELECT t.id, to_jsonb(t) AS whole FROM new_rows t OFFSET 0) n USING (id)
                          WHERE (o.whole - ignored)::text IS DISTINCT FROM (n.whole - ignored)::text""",
    "jsonb_build_object('old', app.changed_part(r.before - guarded_columns, r.shown - guarded_columns), "
    "'new', r.shown - guarded_columns)",
    f"jsonb_build_object('old', app.changed_part({part('r.before')}, {part('r.shown')}), 'new', {part('r.shown')})",
)
DELETED = recorded(
    "SELECT to_jsonb(o) - left_out AS shown FROM old_rows o",
    "jsonb_build_object('old', r.shown - guarded_columns)",
    f"jsonb_build_object('old', {part('r.shown')})",
)

PLANNED = f"""{DECLARED}    is_guarded boolean := cardinality(guarded_columns) > 0;
BEGIN
    IF EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
               WHERE a.attrelid = TG_RELID AND NOT a.attisdropped AND t.typname IN ('geometry', 'geography')) THEN
{COMPOSING}
    ELSIF TG_OP = 'INSERT' THEN {INSERTED}
    ELSIF TG_OP = 'UPDATE' THEN {UPDATED}
    ELSE {DELETED}
    END IF;
    RETURN NULL;
END $$"""
HEAD = "CREATE OR REPLACE FUNCTION app.capture_change()"


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_record_event_planned_once")]
    operations = [migrations.RunSQL(f"{HEAD} {PLANNED};", f"{HEAD} {COMPOSED};")]
