from django.db import migrations

from nethra.core.row_security import definer_function

READ_ONLY = """
CREATE FUNCTION app.read_only_for_application(target text) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN
    EXECUTE format('REVOKE ALL ON %I FROM %I', target, app.application_role());
    EXECUTE format('GRANT SELECT ON %I TO %I', target, app.application_role());
END $$;
"""

TABLE = """
ALTER TABLE audit_auditevent ALTER COLUMN xid TYPE xid8 USING xid::text::xid8;
ALTER TABLE audit_auditevent ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
ALTER TABLE audit_auditevent ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_auditevent FORCE ROW LEVEL SECURITY;
CREATE POLICY agency_only ON audit_auditevent USING (agency_id = (SELECT app.agency_id()));
SELECT app.read_only_for_application('audit_auditevent');
GRANT INSERT ON audit_auditevent TO nethra_definer;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_auditevent FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('The audit is append only.');
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON audit_auditevent FOR EACH STATEMENT
    EXECUTE FUNCTION app.refuse_change('The audit is append only.');
ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER append_only_table;
"""

# The leaf of RFC 9162 (0x00 prefix) over a JSON array of the public columns and the guarded part's hash.
# changed_part is what an update replaced.
LEAF = """
CREATE FUNCTION app.audit_leaf(id uuid, agency_id uuid, recorded_at timestamptz, actor_id uuid, action text,
    entity text, object_id uuid, source text, request_id text, address text, reason text, result text,
    body text, guarded_hash bytea) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT sha256('\\x00'::bytea || convert_to(jsonb_build_array(id, agency_id,
       (extract(epoch FROM recorded_at) * 1000000)::bigint, actor_id, action, entity, object_id, source,
       request_id, address, reason, result, body, encode(guarded_hash, 'hex'))::text, 'UTF8')) $$;

CREATE FUNCTION app.changed_part(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(jsonb_object_agg(b.key, b.value), '{}') FROM jsonb_each(before) b
   WHERE after -> b.key IS DISTINCT FROM b.value $$;
"""

LEAF_REVERSE = """
DROP FUNCTION app.changed_part(jsonb, jsonb);
DROP FUNCTION app.audit_leaf(uuid, uuid, timestamptz, uuid, text, text, uuid, text, text, text, text, text, text, bytea);
"""

# Statement triggers with transition tables: one INSERT ... SELECT records one changed row or a million.
# The statement is composed because a guarded part and an old part exist only for some tables and verbs, and
# a SQL function per row would cost more than the row. OFFSET 0 keeps the planner from evaluating to_jsonb and
# sha256 once per reference (110 against 30 microseconds a row). body is {"new": the row} or {"old": what was replaced,
# "new": the row} or {"old": the row}.
CAPTURE = """RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    guarded_columns text[] := string_to_array(TG_ARGV[0], ',');
    left_out text[] := string_to_array(TG_ARGV[1], ',');
    ignored text[] := string_to_array(TG_ARGV[2], ',');
    shown_columns text; compared_columns text; before_guarded text; after_guarded text; rows_sql text; body_sql text;
    guarded_sql text := 'NULL::text';
BEGIN
    SELECT format('jsonb_build_object(%s)', string_agg(format('%L, r.before -> %L', c, c), ', ')),
           format('jsonb_build_object(%s)', string_agg(format('%L, r.after -> %L', c, c), ', '))
      INTO before_guarded, after_guarded FROM unnest(guarded_columns) c;
    -- Geometries as hexadecimal EWKB: PostGIS's cast to jsonb looks the SRID up for every row, 1 ms each.
    SELECT string_agg(c.spelt || ' AS ' || c.name, ', ') FILTER (WHERE c.col <> ALL (left_out)),
           string_agg(c.spelt, ', ') FILTER (WHERE c.col <> ALL (ignored))
      INTO shown_columns, compared_columns
      FROM (SELECT a.attname::text AS col, quote_ident(a.attname) AS name,
                   quote_ident(a.attname) || CASE WHEN t.typname IN ('geometry', 'geography') THEN '::text' ELSE '' END
                       AS spelt
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) c;
    IF TG_OP = 'INSERT' THEN
        rows_sql := format('SELECT to_jsonb(n) AS after, NULL::jsonb AS before FROM (SELECT %s FROM new_rows) n',
                           shown_columns);
        body_sql := $q$jsonb_build_object('new', r.after - $1)$q$;
        guarded_sql := format($q$jsonb_build_object('new', %s)::text$q$, after_guarded);
    ELSIF TG_OP = 'UPDATE' THEN
        rows_sql := format(
            'SELECT to_jsonb(o) - ''mark'' AS before, to_jsonb(n) - ''mark'' AS after
             FROM (SELECT %1$s, md5(ROW(%2$s)::text) AS mark FROM old_rows) o
             JOIN (SELECT %1$s, md5(ROW(%2$s)::text) AS mark FROM new_rows) n USING (id)
             WHERE o.mark <> n.mark', shown_columns, compared_columns);
        body_sql := $q$jsonb_build_object('old', app.changed_part(r.before - $1, r.after - $1), 'new', r.after - $1)$q$;
        guarded_sql := format($q$jsonb_build_object('old', app.changed_part(%s, %s), 'new', %s)::text$q$,
                              before_guarded, after_guarded, after_guarded);
    ELSE
        rows_sql := format('SELECT to_jsonb(o) AS before, NULL::jsonb AS after FROM (SELECT %s FROM old_rows) o',
                           shown_columns);
        body_sql := $q$jsonb_build_object('old', r.before - $1)$q$;
        guarded_sql := format($q$jsonb_build_object('old', %s)::text$q$, before_guarded);
    END IF;
    IF cardinality(guarded_columns) = 0 THEN guarded_sql := 'NULL::text'; END IF;
    EXECUTE format($q$
        INSERT INTO audit_auditevent (id, agency_id, recorded_at, actor_id, action, entity, object_id, source,
            request_id, address, reason, result, body, guarded, salt, guarded_hash, leaf)
        SELECT e.id, e.agency_id, e.at, $2, $3, $4, e.object_id, $5, $6, $7, $8, 'done', e.body, e.guarded, e.salt,
               e.hash, app.audit_leaf(e.id, e.agency_id, e.at, $2, $3, $4, e.object_id, $5, $6, $7, $8, 'done',
                                      e.body, e.hash)
        FROM (SELECT d.*, sha256(d.salt || convert_to(d.guarded, 'UTF8')) AS hash
              FROM (SELECT app.uuid7() AS id, clock_timestamp() AS at,
                           coalesce(coalesce(r.after, r.before) ->> 'agency_id', coalesce(r.after, r.before) ->> 'id')::uuid
                               AS agency_id,
                           (coalesce(r.after, r.before) ->> 'id')::uuid AS object_id, %s::text AS body, %s AS guarded,
                           CASE WHEN cardinality($9) > 0 THEN uuid_send(gen_random_uuid()) END AS salt
                    FROM (%s OFFSET 0) r OFFSET 0) d OFFSET 0) e$q$, body_sql, guarded_sql, rows_sql)
    USING guarded_columns, app.user_id(), lower(TG_OP), TG_TABLE_NAME::text,
          coalesce(nullif(current_setting('app.source', true), ''), 'sql'),
          coalesce(current_setting('app.request_id', true), ''), coalesce(current_setting('app.address', true), ''),
          coalesce(current_setting('app.reason', true), ''), guarded_columns;
    RETURN NULL;
END $$"""

# What no row change shows: sign-ins, refusals, readings, exports. The agency comes from the transaction.
RECORD = """RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO audit_auditevent (id, agency_id, recorded_at, actor_id, action, entity, object_id, source,
        request_id, address, reason, result, body, guarded, salt, guarded_hash, leaf)
    SELECT e.id, e.agency_id, e.at, app.user_id(), p_action, p_entity, p_object, e.source, e.request_id, e.address,
           e.reason, p_result, e.body, p_guarded::text, e.salt, e.hash,
           app.audit_leaf(e.id, e.agency_id, e.at, app.user_id(), p_action, p_entity, p_object, e.source,
                          e.request_id, e.address, e.reason, p_result, e.body, e.hash)
    FROM (SELECT d.*, sha256(d.salt || convert_to(p_guarded::text, 'UTF8')) AS hash
          FROM (SELECT app.uuid7() AS id, app.agency_id() AS agency_id, clock_timestamp() AS at,
                       coalesce(nullif(current_setting('app.source', true), ''), 'sql') AS source,
                       coalesce(current_setting('app.request_id', true), '') AS request_id,
                       coalesce(current_setting('app.address', true), '') AS address,
                       coalesce(nullif(p_reason, ''), current_setting('app.reason', true), '') AS reason,
                       coalesce(p_body, '{}')::text AS body,
                       CASE WHEN p_guarded IS NOT NULL THEN uuid_send(gen_random_uuid()) END AS salt) d
          OFFSET 0) e
$$"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(READ_ONLY, "DROP FUNCTION app.read_only_for_application(text);"),
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.RunSQL(LEAF, LEAF_REVERSE),
        definer_function("app.capture_change()", CAPTURE, grant=False),
        definer_function(
            "app.record_event(p_action text, p_entity text, p_object uuid, p_result text, p_reason text, "
            "p_body jsonb, p_guarded jsonb)",
            RECORD,
        ),
    ]
