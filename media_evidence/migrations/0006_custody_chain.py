from django.db import migrations

from nethra.core.row_security import audit_table, definer_function, link_within_agency, secure_table

TABLE = "media_evidence_custodyevent"
EVIDENCE = ["title", "description", "file_name"]
STANDING = [
    "custody",
    "holder_id",
    "holder_name",
    "offered_to_id",
    "is_on_hold",
    "custody_events",
    "custody_head",
]
BEFORE = audit_table("media_evidence_evidence", guarded=EVIDENCE)
# Where an exhibit stands follows from its custody events, which are audited themselves.
AFTER = audit_table("media_evidence_evidence", guarded=EVIDENCE, ignored=STANDING)

# What is hashed, word for word: names beside keys, times as microseconds since 1970. A key or a name that is added
# later would change the text of old rows, so what is stored is never made again but for comparison.
RECORD = f"""
CREATE FUNCTION app.custody_record(e {TABLE}, sha256 text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT jsonb_build_object('id', e.id, 'agency_id', e.agency_id, 'case_id', e.case_id, 'evidence_id', e.evidence_id,
       'sha256', sha256, 'position', e.position, 'kind', e.kind,
       'happened_at', (extract(epoch FROM e.happened_at) * 1000000)::bigint,
       'recorded_at', (extract(epoch FROM e.recorded_at) * 1000000)::bigint, 'is_late', e.is_late,
       'recorded_by_id', e.recorded_by_id, 'recorded_by_name', e.recorded_by_name,
       'from_person_id', e.from_person_id, 'from_name', e.from_name, 'to_person_id', e.to_person_id,
       'to_name', e.to_name, 'place', e.place, 'seal_number', e.seal_number, 'reason', e.reason,
       'answers_id', e.answers_id, 'salt', e.salt)::text $$;
"""

# The exhibit's row is locked: two entries cannot take one place, and a hand-over is answered once.
LINK = f"""RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    x media_evidence_evidence;
    me uuid := app.user_id();
    wrong text;
BEGIN
    SELECT * INTO x FROM media_evidence_evidence e
    WHERE e.id = NEW.evidence_id AND e.agency_id = app.agency_id() FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no such exhibit.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    NEW.case_id := x.case_id;
    NEW.position := x.custody_events + 1;
    NEW.recorded_at := clock_timestamp();
    NEW.is_late := NEW.recorded_at - NEW.happened_at > interval '24 hours';
    -- A visiting superadmin is no user of this agency, but has a name.
    SELECT u.id INTO NEW.recorded_by_id FROM accounts_user u WHERE u.id = me AND u.agency_id = x.agency_id;
    NEW.recorded_by_name := coalesce(app.custody_name(me), 'Nethra');

    wrong := CASE
        WHEN NEW.happened_at > NEW.recorded_at + interval '5 minutes' THEN 'It cannot have happened in the future.'
        WHEN x.custody_events = 0 AND NEW.kind <> 'received' THEN 'A chain begins when the exhibit is received.'
        WHEN x.custody_events > 0 AND NEW.kind = 'received' THEN 'The exhibit was received already.'
        WHEN x.custody = 'disposed' AND NEW.kind NOT IN ('viewed', 'corrected')
            THEN 'The exhibit was disposed of.'
        WHEN x.custody = 'offered' AND NEW.kind IN ('transferred', 'released', 'disposed')
            THEN 'The exhibit is offered to somebody, who has not answered.'
        WHEN NEW.kind IN ('accepted', 'declined', 'withdrawn') AND x.custody <> 'offered'
            THEN 'The exhibit is offered to nobody.'
        WHEN NEW.kind IN ('accepted', 'declined') AND x.offered_to_id IS DISTINCT FROM me
            THEN 'Only the one it is offered to answers.'
        WHEN NEW.kind IN ('transferred', 'released', 'disposed') AND x.custody <> 'held'
            THEN 'The exhibit is not in custody here.'
        WHEN NEW.kind = 'transferred' AND NEW.to_person_id IS NULL THEN 'It is handed over to a person.'
        WHEN NEW.kind = 'transferred' AND NEW.to_person_id = x.holder_id THEN 'They hold it already.'
        WHEN NEW.kind = 'released' AND btrim(NEW.to_name) = '' THEN 'It is released to somebody.'
        WHEN NEW.kind = 'returned' AND x.custody <> 'released' THEN 'The exhibit is not released.'
        WHEN NEW.kind = 'disposed' AND x.is_on_hold THEN 'The exhibit is on legal hold.'
        WHEN NEW.kind = 'hold_set' AND x.is_on_hold THEN 'The exhibit is on legal hold already.'
        WHEN NEW.kind = 'hold_lifted' AND NOT x.is_on_hold THEN 'The exhibit is not on legal hold.'
    END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'custody_step';
    END IF;

    -- Whence it comes is what the chain says, not what somebody typed.
    IF NEW.kind IN ('transferred', 'accepted', 'declined', 'withdrawn', 'released', 'disposed') THEN
        NEW.from_person_id := x.holder_id;
        NEW.from_name := x.holder_name;
    ELSIF NEW.kind = 'returned' THEN
        NEW.from_person_id := NULL;
        NEW.from_name := x.holder_name;
    END IF;
    IF NEW.kind IN ('accepted', 'declined', 'withdrawn') THEN
        NEW.to_person_id := x.offered_to_id;
        SELECT o.id INTO NEW.answers_id FROM {TABLE} o
        WHERE o.evidence_id = x.id AND o.agency_id = x.agency_id AND o.kind = 'transferred'
        ORDER BY o.position DESC LIMIT 1;
    END IF;
    NEW.from_name := coalesce(app.custody_name(NEW.from_person_id), NEW.from_name);
    NEW.to_name := coalesce(app.custody_name(NEW.to_person_id), NEW.to_name);

    NEW.previous_hash := CASE WHEN NEW.position = 1
        THEN encode(sha256(convert_to(format(E'nethra custody\\n%s\\n%s', x.id, x.sha256), 'UTF8')), 'hex')
        ELSE x.custody_head END;
    NEW.salt := encode(uuid_send(gen_random_uuid()), 'hex');
    NEW.record := app.custody_record(NEW, x.sha256);
    NEW.hash := encode(sha256(convert_to(NEW.previous_hash || E'\\n' || NEW.record, 'UTF8')), 'hex');

    UPDATE media_evidence_evidence SET
        custody = CASE NEW.kind WHEN 'transferred' THEN 'offered' WHEN 'released' THEN 'released'
            WHEN 'disposed' THEN 'disposed' WHEN 'received' THEN 'held' WHEN 'accepted' THEN 'held'
            WHEN 'declined' THEN 'held' WHEN 'withdrawn' THEN 'held' WHEN 'returned' THEN 'held' ELSE x.custody END,
        offered_to_id = CASE WHEN NEW.kind = 'transferred' THEN NEW.to_person_id
            WHEN NEW.kind IN ('accepted', 'declined', 'withdrawn') THEN NULL ELSE x.offered_to_id END,
        holder_id = CASE WHEN NEW.kind IN ('received', 'accepted', 'returned') THEN NEW.to_person_id
            WHEN NEW.kind IN ('released', 'disposed') THEN NULL ELSE x.holder_id END,
        holder_name = CASE WHEN NEW.kind IN ('received', 'accepted', 'returned', 'released') THEN NEW.to_name
            WHEN NEW.kind = 'disposed' THEN '' ELSE x.holder_name END,
        is_on_hold = CASE NEW.kind WHEN 'hold_set' THEN true WHEN 'hold_lifted' THEN false ELSE x.is_on_hold END,
        custody_events = NEW.position, custody_head = NEW.hash
    WHERE id = x.id AND agency_id = x.agency_id;
    RETURN NEW;
END $$"""

NAME = """RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.name || CASE WHEN u.badge_number = '' THEN '' ELSE ' (' || u.badge_number || ')' END
    FROM accounts_user u WHERE u.id = person
$$"""

BEGIN = f"""RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO {TABLE} (id, agency_id, case_id, evidence_id, kind, happened_at, to_person_id,
        position, is_late, recorded_by_name, from_name, to_name, place, seal_number, reason, record, salt, previous_hash, hash)
    VALUES (app.uuid7(), NEW.agency_id, NEW.case_id, NEW.id, 'received', NEW.uploaded_at, NEW.uploaded_by_id,
        0, false, '', '', '', '', '', '', '', '', '', '');
    RETURN NULL;
END $$"""

STANDS = """
CREATE FUNCTION app.refuse_standing() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF current_user = 'nethra_definer' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'Where an exhibit stands follows from its custody events.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

DIFFERS = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in STANDING)
WALLS = f"""
SELECT app.read_only_for_application('{TABLE}');
DO $$ BEGIN EXECUTE format('GRANT INSERT ON {TABLE} TO %I', app.application_role()); END $$;
GRANT SELECT, INSERT, DELETE ON {TABLE} TO nethra_definer;
GRANT UPDATE ON media_evidence_evidence TO nethra_definer;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('A chain of custody is append only.');
CREATE TRIGGER link_custody BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION app.link_custody();
CREATE TRIGGER begin_custody AFTER INSERT ON media_evidence_evidence FOR EACH ROW
    EXECUTE FUNCTION app.begin_custody();
CREATE TRIGGER standing_fixed BEFORE UPDATE ON media_evidence_evidence FOR EACH ROW WHEN ({DIFFERS})
    EXECUTE FUNCTION app.refuse_standing();
CREATE TRIGGER standing_begins BEFORE INSERT ON media_evidence_evidence FOR EACH ROW
    WHEN (NEW.custody <> 'held' OR NEW.custody_events <> 0 OR NEW.custody_head <> '' OR NEW.is_on_hold
          OR NEW.holder_id IS NOT NULL OR NEW.offered_to_id IS NOT NULL OR NEW.holder_name <> '')
    EXECUTE FUNCTION app.refuse_standing();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER link_custody;
ALTER TABLE media_evidence_evidence ENABLE ALWAYS TRIGGER begin_custody;
ALTER TABLE media_evidence_evidence ENABLE ALWAYS TRIGGER standing_fixed;
ALTER TABLE media_evidence_evidence ENABLE ALWAYS TRIGGER standing_begins;
"""
WALLS_REVERSE = f"""
DROP TRIGGER standing_begins ON media_evidence_evidence;
DROP TRIGGER standing_fixed ON media_evidence_evidence;
DROP TRIGGER begin_custody ON media_evidence_evidence;
DROP TRIGGER link_custody ON {TABLE};
DROP TRIGGER append_only ON {TABLE};
"""

# Exhibits that were here before their chain did; that it was entered later is told.
EARLIER = f"""RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    x record;
    was text := coalesce(current_setting('app.agency_id', true), '');
BEGIN
    FOR x IN SELECT e.* FROM media_evidence_evidence e WHERE e.custody_events = 0 ORDER BY e.agency_id, e.id LOOP
        PERFORM set_config('app.agency_id', x.agency_id::text, true);
        INSERT INTO {TABLE} (id, agency_id, case_id, evidence_id, kind, happened_at, to_person_id, reason,
            position, is_late, recorded_by_name, from_name, to_name, place, seal_number, record, salt, previous_hash, hash)
        VALUES (app.uuid7(), x.agency_id, x.case_id, x.id, 'received', x.uploaded_at, x.uploaded_by_id,
            'Entered when custody records began.', 0, false, '', '', '', '', '', '', '', '', '');
    END LOOP;
    PERFORM set_config('app.agency_id', was, true);
END $$"""

BEGIN_EARLIER = (
    definer_function("app.begin_earlier_custody()", EARLIER, grant=False).sql
    + "SELECT app.begin_earlier_custody(); DROP FUNCTION app.begin_earlier_custody();"
)


class Migration(migrations.Migration):
    dependencies = [
        ("media_evidence", "0005_custody"),
        ("media_evidence", "0004_expunge"),
        ("accounts", "0009_role_walls"),
    ]
    operations = [
        secure_table(TABLE),
        link_within_agency(TABLE, "case_id", "cases_case"),
        link_within_agency(TABLE, "evidence_id", "media_evidence_evidence"),
        link_within_agency(TABLE, "answers_id", TABLE),
        link_within_agency(TABLE, "recorded_by_id", "accounts_user"),
        link_within_agency(TABLE, "from_person_id", "accounts_user"),
        link_within_agency(TABLE, "to_person_id", "accounts_user"),
        link_within_agency("media_evidence_evidence", "holder_id", "accounts_user"),
        link_within_agency("media_evidence_evidence", "offered_to_id", "accounts_user"),
        audit_table(
            TABLE, guarded=["record", "salt", "from_name", "to_name", "place", "seal_number", "reason"]
        ),
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        migrations.RunSQL(RECORD, f"DROP FUNCTION app.custody_record({TABLE}, text);"),
        migrations.RunSQL(STANDS, "DROP FUNCTION app.refuse_standing();"),
        definer_function("app.custody_name(person uuid)", NAME, grant=False),
        definer_function("app.link_custody()", LINK, grant=False),
        definer_function("app.begin_custody()", BEGIN, grant=False),
        migrations.RunSQL(WALLS, WALLS_REVERSE),
        migrations.RunSQL(BEGIN_EARLIER, migrations.RunSQL.noop),
    ]
