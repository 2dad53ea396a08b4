from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

CATEGORY = "media_evidence_retentioncategory"
GIVEN = "media_evidence_exhibitcategory"
DISPOSAL = "media_evidence_disposal"
CERTIFICATE = "media_evidence_disposalcertificate"
OPTIONS = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

# Why an exhibit may not be disposed of now; NULL where it may. Case and exhibit stay locked: none is reopened or held
# meanwhile.
REFUSAL = f"""RETURNS text {OPTIONS} $$
DECLARE
    c cases_case;
    x media_evidence_evidence;
    kept integer;
BEGIN
    SELECT k.* INTO c FROM cases_case k JOIN media_evidence_evidence e ON e.case_id = k.id AND e.agency_id = k.agency_id
    WHERE e.id = exhibit AND e.agency_id = app.agency_id() FOR SHARE OF k;
    SELECT e.* INTO x FROM media_evidence_evidence e
    WHERE e.id = exhibit AND e.agency_id = app.agency_id() FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN 'There is no such exhibit.'; END IF;
    SELECT max(g.days) INTO kept FROM {GIVEN} m JOIN {CATEGORY} g ON g.id = m.category_id AND g.agency_id = m.agency_id
    WHERE m.evidence_id = x.id AND m.agency_id = x.agency_id;
    RETURN CASE
        WHEN x.custody = 'disposed' THEN 'The exhibit was disposed of.'
        WHEN x.is_on_hold THEN 'The exhibit is on legal hold.'
        WHEN cardinality(c.sealed_parts) > 0 THEN 'The case is sealed.'
        WHEN c.led_by_agency_id IS NOT NULL THEN 'Another agency leads the case.'
        WHEN c.closed_at IS NULL THEN 'The case is open.'
        WHEN kept IS NULL THEN 'The exhibit has no category, so it is kept without end.'
        WHEN c.closed_at + make_interval(hours => 24 * kept) > clock_timestamp() THEN 'The exhibit is not due yet.'
        WHEN x.custody <> 'held' THEN 'The exhibit is not in custody here.'
    END;
END $$"""

# Who asks and who answers is whoever is signed in; times are the database's.
MOVE = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    me uuid;
    wrong text;
BEGIN
    SELECT u.id INTO me FROM accounts_user u WHERE u.id = app.user_id() AND u.agency_id = app.agency_id();
    IF TG_OP = 'INSERT' THEN
        wrong := CASE
            WHEN NEW.state <> 'waiting' OR NEW.answered_by_id IS NOT NULL OR NEW.ended_by_id IS NOT NULL
                THEN 'A disposal begins as a request.'
            WHEN me IS NULL OR NEW.asked_by_id <> me THEN 'Whoever asks for a disposal asks in their own name.'
        END;
        SELECT e.case_id INTO NEW.case_id FROM media_evidence_evidence e
        WHERE e.id = NEW.evidence_id AND e.agency_id = app.agency_id();
        NEW.asked_at := clock_timestamp();
        NEW.answered_at := NULL;
        NEW.due_at := NULL;
        NEW.ended_at := NULL;
    ELSE
        wrong := CASE
            WHEN (OLD.case_id, OLD.evidence_id, OLD.reason, OLD.asked_at, OLD.asked_by_id)
                IS DISTINCT FROM (NEW.case_id, NEW.evidence_id, NEW.reason, NEW.asked_at, NEW.asked_by_id)
                THEN 'What was asked for never changes.'
            WHEN (OLD.state, NEW.state) NOT IN (('waiting', 'approved'), ('waiting', 'declined'),
                ('waiting', 'called_back'), ('approved', 'called_back'), ('approved', 'done'))
                THEN 'A disposal does not move this way.'
            WHEN NEW.state IN ('approved', 'declined') AND me IS NULL THEN 'A disposal is answered by a person.'
            WHEN NEW.state = 'approved' THEN app.disposal_refusal(NEW.evidence_id)
            WHEN NEW.state = 'done' AND NOT EXISTS (SELECT FROM {CERTIFICATE} t WHERE t.disposal_id = NEW.id)
                THEN 'A disposal is carried out with a certificate.'
        END;
        IF OLD.state = 'waiting' AND NEW.state <> 'called_back' THEN
            NEW.answered_at := clock_timestamp();
            NEW.answered_by_id := me;
            NEW.due_at := CASE NEW.state WHEN 'approved' THEN NEW.answered_at + interval '168 hours' END;
        ELSE
            NEW.answered_at := OLD.answered_at;
            NEW.answered_by_id := OLD.answered_by_id;
            NEW.due_at := OLD.due_at;
            NEW.ended_at := clock_timestamp();
            NEW.ended_by_id := me;
        END IF;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'disposal_step';
    END IF;
    RETURN NEW;
END $$"""

# Before the entry is linked: two people, the window over, and still due.
APPROVED = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    wrong text := app.disposal_refusal(NEW.evidence_id);
BEGIN
    IF wrong IS NULL AND NOT EXISTS (
        SELECT FROM {DISPOSAL} d WHERE d.evidence_id = NEW.evidence_id AND d.agency_id = app.agency_id()
          AND d.state = 'approved' AND d.due_at <= clock_timestamp())
    THEN
        wrong := 'Two people decide on a disposal, and it can be called back for seven days.';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'custody_step';
    END IF;
    RETURN NEW;
END $$"""

CERTIFY = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    d {DISPOSAL};
    x media_evidence_evidence;
    last media_evidence_custodyevent;
BEGIN
    SELECT * INTO d FROM {DISPOSAL} o
    WHERE o.id = NEW.disposal_id AND o.agency_id = app.agency_id() AND o.state = 'approved';
    SELECT * INTO x FROM media_evidence_evidence e
    WHERE e.id = d.evidence_id AND e.agency_id = d.agency_id AND e.custody = 'disposed';
    SELECT * INTO last FROM media_evidence_custodyevent e
    WHERE e.evidence_id = x.id AND e.agency_id = x.agency_id AND e.hash = x.custody_head AND e.kind = 'disposed'
      AND NEW.number <> '' AND strpos(e.reason, NEW.number) > 0;
    IF last.id IS NULL THEN
        RAISE EXCEPTION 'A certificate follows the entry of custody that names it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'disposal_step';
    END IF;
    NEW.case_id := x.case_id;
    NEW.evidence_id := x.id;
    NEW.sha256 := x.sha256;
    NEW.size := x.size;
    SELECT g.name, g.days, g.starts INTO NEW.category, NEW.days, NEW.starts
    FROM {GIVEN} m JOIN {CATEGORY} g ON g.id = m.category_id AND g.agency_id = m.agency_id
    WHERE m.evidence_id = x.id AND m.agency_id = x.agency_id ORDER BY g.days DESC, g.name LIMIT 1;
    SELECT c.closed_at INTO NEW.started_at FROM cases_case c WHERE c.id = x.case_id AND c.agency_id = x.agency_id;
    NEW.kept_until := NEW.started_at + make_interval(hours => 24 * NEW.days);
    NEW.reason := d.reason;
    NEW.asked_at := d.asked_at;
    NEW.asked_by_id := d.asked_by_id;
    NEW.asked_by_name := app.custody_name(d.asked_by_id);
    NEW.approved_at := d.answered_at;
    NEW.approved_by_id := d.answered_by_id;
    NEW.approved_by_name := app.custody_name(d.answered_by_id);
    NEW.disposed_at := last.recorded_at;
    NEW.custody_head := x.custody_head;
    NEW.file := '';
    NEW.checked_at := NULL;
    RETURN NEW;
END $$"""

# A category that was given says of which case it is; the other columns are nobody's to fill.
OF_CASE = f"""RETURNS trigger {OPTIONS} $$
BEGIN
    SELECT e.case_id INTO NEW.case_id FROM media_evidence_evidence e
    WHERE e.id = NEW.evidence_id AND e.agency_id = app.agency_id();
    RETURN NEW;
END $$"""

WALLS = f"""
SELECT app.read_only_for_application('{DISPOSAL}');
SELECT app.read_only_for_application('{CERTIFICATE}');
SELECT app.read_only_for_application('{GIVEN}');
DO $$ BEGIN
    EXECUTE format('GRANT INSERT, UPDATE ON {DISPOSAL} TO %I', app.application_role());
    EXECUTE format('GRANT INSERT, UPDATE (file, checked_at) ON {CERTIFICATE} TO %I', app.application_role());
    EXECUTE format('GRANT INSERT, DELETE ON {GIVEN} TO %I', app.application_role());
END $$;
GRANT SELECT, DELETE ON {GIVEN}, {DISPOSAL}, {CERTIFICATE} TO nethra_definer;
GRANT SELECT ON {CATEGORY} TO nethra_definer;
CREATE TRIGGER given_of_case BEFORE INSERT ON {GIVEN} FOR EACH ROW EXECUTE FUNCTION app.category_of_case();
CREATE TRIGGER move_disposal BEFORE INSERT OR UPDATE ON {DISPOSAL} FOR EACH ROW
    EXECUTE FUNCTION app.move_disposal();
CREATE TRIGGER certify BEFORE INSERT ON {CERTIFICATE} FOR EACH ROW EXECUTE FUNCTION app.certify_disposal();
CREATE TRIGGER looked_up_once BEFORE UPDATE ON {CERTIFICATE} FOR EACH ROW WHEN (OLD.file <> '')
    EXECUTE FUNCTION app.refuse_change('A certificate never changes.');
-- By its name it comes before the trigger that links the entry.
CREATE TRIGGER approved_disposal BEFORE INSERT ON media_evidence_custodyevent FOR EACH ROW
    WHEN (NEW.kind = 'disposed') EXECUTE FUNCTION app.require_disposal();
ALTER TABLE {GIVEN} ENABLE ALWAYS TRIGGER given_of_case;
ALTER TABLE {DISPOSAL} ENABLE ALWAYS TRIGGER move_disposal;
ALTER TABLE {CERTIFICATE} ENABLE ALWAYS TRIGGER certify;
ALTER TABLE {CERTIFICATE} ENABLE ALWAYS TRIGGER looked_up_once;
ALTER TABLE media_evidence_custodyevent ENABLE ALWAYS TRIGGER approved_disposal;
"""
WALLS_REVERSE = f"""
DROP TRIGGER approved_disposal ON media_evidence_custodyevent;
DROP TRIGGER looked_up_once ON {CERTIFICATE};
DROP TRIGGER certify ON {CERTIFICATE};
DROP TRIGGER move_disposal ON {DISPOSAL};
DROP TRIGGER given_of_case ON {GIVEN};
"""

# What was decided on a case's exhibits that an approved order expunges; before the exhibits, to which it refers.
EXPUNGE = f"""RETURNS void {OPTIONS} $$
DECLARE
    o cases_expungeorder;
BEGIN
    SELECT * INTO o FROM cases_expungeorder e
    WHERE e.id = wanted AND e.agency_id = app.agency_id() AND e.approved_at IS NOT NULL AND e.declined_at IS NULL
      AND (e.asked_by_id IS NULL OR e.approved_by_id IS DISTINCT FROM e.asked_by_id)
      AND e.kind IN ('case', 'case_incidents');
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM set_config('app.expunging', 'on', true);
    DELETE FROM {CERTIFICATE} t WHERE t.case_id = o.subject_id AND t.agency_id = o.agency_id;
    DELETE FROM {DISPOSAL} d WHERE d.case_id = o.subject_id AND d.agency_id = o.agency_id;
    DELETE FROM {GIVEN} m WHERE m.case_id = o.subject_id AND m.agency_id = o.agency_id;
END $$"""

# What another agency may download; of a file that was disposed of there is no digest to find one by.
SHARED = f"""
CREATE OR REPLACE FUNCTION app.read_shared_file(wanted uuid, exhibit uuid)
RETURNS TABLE (owner_id uuid, sha256 text, file_name text, content_type text) {OPTIONS} $$
DECLARE
    given cases_share;
BEGIN
    SELECT s.* INTO given FROM cases_share s JOIN cases_case c ON c.id = s.case_id
    WHERE s.id = wanted AND s.recipient_id = app.agency_id() AND s.level = 'download'
      AND app.shares_any(s.fields, 'evidence') AND app.share_is_live(s.id)
      AND NOT app.is_sealed(c.sealed_parts, c.seal_lifted_until, 'evidence');
    IF NOT FOUND THEN RETURN; END IF;
    RETURN QUERY SELECT e.agency_id, -- DIGEST
        e.file_name::text, e.content_type::text
        FROM media_evidence_evidence e WHERE e.id = exhibit AND e.case_id = given.case_id;
    IF FOUND THEN PERFORM app.note_share_reading(given, 'file ' || exhibit); END IF;
END $$;
"""
SHARED_AFTER = SHARED.replace(
    "-- DIGEST", "CASE e.custody WHEN 'disposed' THEN NULL ELSE e.sha256::text END,"
)
SHARED_BEFORE = SHARED.replace("-- DIGEST", "e.sha256::text,")


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0014_keeping"), ("cases", "0010_expunge")]
    operations = [
        *(secure_table(table) for table in (CATEGORY, GIVEN, DISPOSAL, CERTIFICATE)),
        *(
            link_within_agency(table, column, target)
            for table in (GIVEN, DISPOSAL, CERTIFICATE)
            for column, target in (("case_id", "cases_case"), ("evidence_id", "media_evidence_evidence"))
        ),
        link_within_agency(GIVEN, "category_id", CATEGORY),
        link_within_agency(GIVEN, "given_by_id", "accounts_user"),
        *(
            link_within_agency(DISPOSAL, column, "accounts_user")
            for column in ("asked_by_id", "answered_by_id", "ended_by_id")
        ),
        link_within_agency(CERTIFICATE, "disposal_id", DISPOSAL),
        link_within_agency(CERTIFICATE, "asked_by_id", "accounts_user"),
        link_within_agency(CERTIFICATE, "approved_by_id", "accounts_user"),
        *(forbid_delete(table) for table in (CATEGORY, DISPOSAL, CERTIFICATE)),
        audit_table(CATEGORY),
        audit_table(GIVEN),
        audit_table(DISPOSAL, guarded=["reason", "note"]),
        audit_table(CERTIFICATE, guarded=["reason", "asked_by_name", "approved_by_name"]),
        definer_function("app.disposal_refusal(exhibit uuid)", REFUSAL, grant=False),
        definer_function("app.move_disposal()", MOVE, grant=False),
        definer_function("app.require_disposal()", APPROVED, grant=False),
        definer_function("app.certify_disposal()", CERTIFY, grant=False),
        definer_function("app.category_of_case()", OF_CASE, grant=False),
        migrations.RunSQL(WALLS, WALLS_REVERSE),
        definer_function("app.expunge_keeping(wanted uuid)", EXPUNGE),
        migrations.RunSQL(SHARED_AFTER, SHARED_BEFORE),
    ]
