from django.db import migrations

from nethra.core.row_security import definer_function

# cases.choices.TRANSITIONS as the database holds it; a test compares the two row by row.
TABLE = """
CREATE TABLE cases_transition (
    from_status text NOT NULL,
    to_status text NOT NULL,
    needs_reason boolean NOT NULL,
    fields text[] NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
INSERT INTO cases_transition VALUES
    ('open', 'under_investigation', false, '{lead}'),
    ('reopened', 'under_investigation', false, '{lead}'),
    ('suspended', 'under_investigation', true, '{lead}'),
    ('referred', 'under_investigation', true, '{lead}'),
    ('open', 'suspended', true, '{}'),
    ('reopened', 'suspended', true, '{}'),
    ('under_investigation', 'suspended', true, '{}'),
    ('open', 'referred', true, '{referred_to}'),
    ('reopened', 'referred', true, '{referred_to}'),
    ('under_investigation', 'referred', true, '{referred_to}'),
    ('suspended', 'referred', true, '{referred_to}'),
    ('under_investigation', 'closed_cleared', true, '{clearance}'),
    ('referred', 'closed_cleared', true, '{clearance}'),
    ('open', 'closed_unfounded', true, '{}'),
    ('reopened', 'closed_unfounded', true, '{}'),
    ('under_investigation', 'closed_unfounded', true, '{}'),
    ('suspended', 'closed_unfounded', true, '{}'),
    ('referred', 'closed_unfounded', true, '{}'),
    ('closed_cleared', 'reopened', true, '{}'),
    ('closed_unfounded', 'reopened', true, '{}');
SELECT app.read_only_for_application('cases_transition');
"""

# The history is written here and nowhere else, so its table takes no INSERT from the application; the reason
# comes by the case's column and is emptied, so that no later move can do without one of its own.
MOVE = """RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    step cases_transition;
    field text;
BEGIN
    IF OLD.number <> NEW.number OR OLD.primary_incident_id <> NEW.primary_incident_id
        OR OLD.opened_at <> NEW.opened_at OR OLD.opened_by_id IS DISTINCT FROM NEW.opened_by_id THEN
        RAISE EXCEPTION 'Number, primary incident and opening of a case never change.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.status_since := OLD.status_since;
    NEW.closed_at := OLD.closed_at;
    IF NEW.status = OLD.status THEN
        NEW.status_reason := '';
        RETURN NEW;
    END IF;
    SELECT * INTO step FROM cases_transition t WHERE t.from_status = OLD.status AND t.to_status = NEW.status;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'A case cannot move from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF step.needs_reason AND btrim(NEW.status_reason) = '' THEN
        RAISE EXCEPTION 'Moving a case from % to % needs a reason.', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    FOREACH field IN ARRAY step.fields LOOP
        IF coalesce(btrim(to_jsonb(NEW) ->> field), btrim(to_jsonb(NEW) ->> (field || '_id')), '') = '' THEN
            RAISE EXCEPTION 'Moving a case from % to % needs %.', OLD.status, NEW.status, field
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    IF NEW.status <> 'referred' THEN NEW.referred_to := ''; END IF;
    IF NEW.status <> 'closed_cleared' THEN NEW.clearance := ''; END IF;
    NEW.status_since := clock_timestamp();
    NEW.closed_at := CASE WHEN NEW.status LIKE 'closed%' THEN NEW.status_since END;
    PERFORM app.write_case_history(NEW, OLD.status);
    NEW.status_reason := '';
    RETURN NEW;
END $$"""

BEGIN = """RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.status <> 'open' OR NEW.clearance <> '' OR NEW.referred_to <> '' OR NEW.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'A case begins open.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM app.write_case_history(NEW, '');
    RETURN NULL;
END $$"""

WRITE = """RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO cases_casestatuschange (id, agency_id, case_id, from_status, to_status, reason, lead_id,
                                        referred_to, clearance, changed_by_id, changed_at)
    SELECT app.uuid7(), moved.agency_id, moved.id, came_from, moved.status, btrim(moved.status_reason),
           moved.lead_id, moved.referred_to, moved.clearance,
           -- A visiting superadmin is no user of this agency; the audit names them.
           (SELECT u.id FROM accounts_user u WHERE u.id = app.user_id() AND u.agency_id = moved.agency_id),
           clock_timestamp()
$$"""

TRIGGERS = """
CREATE TRIGGER move_case BEFORE UPDATE ON cases_case FOR EACH ROW EXECUTE FUNCTION app.move_case();
CREATE TRIGGER begin_case AFTER INSERT ON cases_case FOR EACH ROW EXECUTE FUNCTION app.begin_case();
ALTER TABLE cases_case ENABLE ALWAYS TRIGGER move_case;
ALTER TABLE cases_case ENABLE ALWAYS TRIGGER begin_case;
SELECT app.read_only_for_application('cases_casestatuschange');
GRANT INSERT ON cases_casestatuschange TO nethra_definer;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_casestatuschange FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('The history of a case is append only.');
ALTER TABLE cases_casestatuschange ENABLE ALWAYS TRIGGER append_only;
"""
TRIGGERS_REVERSE = """
DROP TRIGGER append_only ON cases_casestatuschange;
DROP TRIGGER begin_case ON cases_case;
DROP TRIGGER move_case ON cases_case;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_row_security")]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE cases_transition;"),
        definer_function("app.write_case_history(moved cases_case, came_from text)", WRITE, grant=False),
        definer_function("app.move_case()", MOVE, grant=False),
        definer_function("app.begin_case()", BEGIN, grant=False),
        migrations.RunSQL(TRIGGERS, TRIGGERS_REVERSE),
    ]
