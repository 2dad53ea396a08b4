from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

COPIES, CHECKS = "media_evidence_redaction", "media_evidence_releasecheck"

# What was taken out, of what, stays; so does a made copy, and to whom it went. A check is never changed.
FIXED = f"""
CREATE TRIGGER origin_fixed BEFORE UPDATE ON {COPIES} FOR EACH ROW
    WHEN (OLD.evidence_id <> NEW.evidence_id OR OLD.case_id <> NEW.case_id OR OLD.position <> NEW.position
          OR OLD.regions <> NEW.regions OR OLD.ordered_at <> NEW.ordered_at
          OR OLD.ordered_by_id IS DISTINCT FROM NEW.ordered_by_id)
    EXECUTE FUNCTION app.refuse_change('A redacted copy stays what was ordered.');
CREATE TRIGGER copy_fixed BEFORE UPDATE ON {COPIES} FOR EACH ROW
    WHEN (OLD.made_at IS NOT NULL AND (OLD.state <> NEW.state OR OLD.made_at IS DISTINCT FROM NEW.made_at
          OR OLD.sha256 <> NEW.sha256 OR OLD.size IS DISTINCT FROM NEW.size))
    EXECUTE FUNCTION app.refuse_change('A redacted copy that is made never changes.');
CREATE TRIGGER release_fixed BEFORE UPDATE ON {COPIES} FOR EACH ROW
    WHEN (OLD.released_at IS NOT NULL AND (OLD.released_at IS DISTINCT FROM NEW.released_at
          OR OLD.released_to <> NEW.released_to OR OLD.release_reason <> NEW.release_reason
          OR OLD.released_by_id IS DISTINCT FROM NEW.released_by_id))
    EXECUTE FUNCTION app.refuse_change('What was released stays released.');
CREATE TRIGGER never_changed BEFORE UPDATE ON {CHECKS} FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('What a check found never changes.');
ALTER TABLE {COPIES} ENABLE ALWAYS TRIGGER origin_fixed;
ALTER TABLE {COPIES} ENABLE ALWAYS TRIGGER copy_fixed;
ALTER TABLE {COPIES} ENABLE ALWAYS TRIGGER release_fixed;
ALTER TABLE {CHECKS} ENABLE ALWAYS TRIGGER never_changed;
"""
FIXED_REVERSE = f"""
DROP TRIGGER never_changed ON {CHECKS};
DROP TRIGGER release_fixed ON {COPIES};
DROP TRIGGER copy_fixed ON {COPIES};
DROP TRIGGER origin_fixed ON {COPIES};
"""

# CUSTODY: the last wall of the gate. Nothing is released of which the latest check of this very file was not clean.
GATE = f"""
CREATE FUNCTION app.check_release() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT c.is_clean FROM {CHECKS} c
        WHERE c.redaction_id = NEW.id AND c.agency_id = NEW.agency_id AND c.sha256 = NEW.sha256
        ORDER BY c.checked_at DESC, c.id DESC LIMIT 1) IS NOT TRUE THEN
        RAISE EXCEPTION 'A copy is released once a check found that nothing remains in it.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_gate BEFORE INSERT OR UPDATE ON {COPIES} FOR EACH ROW WHEN (NEW.released_at IS NOT NULL)
    EXECUTE FUNCTION app.check_release();
ALTER TABLE {COPIES} ENABLE ALWAYS TRIGGER release_gate;
"""
GATE_REVERSE = f"DROP TRIGGER release_gate ON {COPIES}; DROP FUNCTION app.check_release();"

# The copies of a case's exhibits that an approved order expunges; before the exhibits, to which they refer.
EXPUNGE = f"""RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o cases_expungeorder;
BEGIN
    SELECT * INTO o FROM cases_expungeorder e
    WHERE e.id = wanted AND e.agency_id = app.agency_id() AND e.approved_at IS NOT NULL AND e.declined_at IS NULL
      AND (e.asked_by_id IS NULL OR e.approved_by_id IS DISTINCT FROM e.asked_by_id)
      AND e.kind IN ('case', 'case_incidents');
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM set_config('app.expunging', 'on', true);
    DELETE FROM {CHECKS} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    DELETE FROM {COPIES} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0016_redactions"), ("cases", "0010_expunge")]
    operations = [
        secure_table(COPIES),
        link_within_agency(COPIES, "case_id", "cases_case"),
        link_within_agency(COPIES, "evidence_id", "media_evidence_evidence"),
        link_within_agency(COPIES, "ordered_by_id", "accounts_user"),
        link_within_agency(COPIES, "released_by_id", "accounts_user"),
        forbid_delete(COPIES),
        audit_table(
            COPIES, guarded=["note", "file_name", "released_to", "release_reason"], ignored=["pages_done"]
        ),
        secure_table(CHECKS),
        link_within_agency(CHECKS, "case_id", "cases_case"),
        link_within_agency(CHECKS, "redaction_id", COPIES),
        forbid_delete(CHECKS),
        audit_table(CHECKS),
        migrations.RunSQL(FIXED, FIXED_REVERSE),
        migrations.RunSQL(GATE, GATE_REVERSE),
        migrations.RunSQL(
            f"GRANT DELETE ON {COPIES}, {CHECKS} TO nethra_definer;",
            f"REVOKE DELETE ON {COPIES}, {CHECKS} FROM nethra_definer;",
        ),
        definer_function("app.expunge_redactions(wanted uuid)", EXPUNGE),
    ]
