from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

INVENTORY, LINE = "media_evidence_inventory", "media_evidence_inventoryline"
OPTIONS = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

# Who counted and when is whoever is signed in and the database's clock.
COUNT = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    v {INVENTORY};
    me uuid;
    wrong text;
BEGIN
    SELECT * INTO v FROM {INVENTORY} i WHERE i.id = NEW.inventory_id AND i.agency_id = app.agency_id() FOR SHARE;
    SELECT u.id INTO me FROM accounts_user u WHERE u.id = app.user_id() AND u.agency_id = app.agency_id();
    IF TG_OP = 'INSERT' THEN
        SELECT e.case_id INTO NEW.case_id FROM media_evidence_evidence e
        WHERE e.id = NEW.evidence_id AND e.agency_id = app.agency_id();
        wrong := CASE
            WHEN NOT NEW.evidence_id = ANY (v.drawn) THEN 'An inventory counts what was drawn.'
            WHEN NEW.finding <> '' OR NEW.settled_at IS NOT NULL THEN 'Nothing is found before it is looked for.'
        END;
    ELSIF OLD.finding = '' AND NEW.finding <> '' THEN
        wrong := CASE WHEN v.closed_at IS NOT NULL THEN 'The inventory is closed.'
            WHEN NEW.settled_at IS NOT NULL THEN 'What is found is settled afterwards.' END;
        NEW.found_at := clock_timestamp();
        NEW.found_by_id := me;
    ELSIF OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL THEN
        wrong := CASE WHEN OLD.finding IN ('', 'found') THEN 'There is nothing to settle.'
            WHEN btrim(NEW.settlement) = '' THEN 'Say what came of it.' END;
        NEW.settled_at := clock_timestamp();
        NEW.settled_by_id := me;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'inventory_step';
    END IF;
    RETURN NEW;
END $$"""

WALLS = f"""
SELECT app.read_only_for_application('{INVENTORY}');
SELECT app.read_only_for_application('{LINE}');
DO $$ BEGIN
    EXECUTE format('GRANT INSERT, UPDATE (closed_at, closed_by_id) ON {INVENTORY} TO %I', app.application_role());
    EXECUTE format('GRANT INSERT, UPDATE (finding, found_at, found_by_id, found_place, note, settled_at, settled_by_id,
        settlement) ON {LINE} TO %I', app.application_role());
END $$;
GRANT SELECT, UPDATE ON {INVENTORY} TO nethra_definer;
GRANT SELECT, DELETE ON {LINE} TO nethra_definer;
CREATE TRIGGER closed_once BEFORE UPDATE ON {INVENTORY} FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION app.refuse_change('A closed inventory never changes.');
CREATE TRIGGER count_line BEFORE INSERT OR UPDATE ON {LINE} FOR EACH ROW EXECUTE FUNCTION app.count_line();
CREATE TRIGGER found_once BEFORE UPDATE ON {LINE} FOR EACH ROW
    WHEN (OLD.finding <> '' AND (OLD.finding, OLD.found_at, OLD.found_by_id, OLD.found_place, OLD.note)
          IS DISTINCT FROM (NEW.finding, NEW.found_at, NEW.found_by_id, NEW.found_place, NEW.note))
    EXECUTE FUNCTION app.refuse_change('What an inventory found is never changed.');
CREATE TRIGGER settled_once BEFORE UPDATE ON {LINE} FOR EACH ROW WHEN (OLD.settled_at IS NOT NULL)
    EXECUTE FUNCTION app.refuse_change('What came of a discrepancy is never changed.');
ALTER TABLE {INVENTORY} ENABLE ALWAYS TRIGGER closed_once;
ALTER TABLE {LINE} ENABLE ALWAYS TRIGGER count_line;
ALTER TABLE {LINE} ENABLE ALWAYS TRIGGER found_once;
ALTER TABLE {LINE} ENABLE ALWAYS TRIGGER settled_once;
"""
WALLS_REVERSE = f"""
DROP TRIGGER settled_once ON {LINE};
DROP TRIGGER found_once ON {LINE};
DROP TRIGGER count_line ON {LINE};
DROP TRIGGER closed_once ON {INVENTORY};
"""

# What is known of the things of a case that an approved order expunges; before the exhibits, to which it refers.
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
    DELETE FROM {LINE} l WHERE l.case_id = o.subject_id AND l.agency_id = o.agency_id;
    DELETE FROM media_evidence_item t WHERE t.case_id = o.subject_id AND t.agency_id = o.agency_id;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0021_item_walls")]
    operations = [
        secure_table(INVENTORY),
        secure_table(LINE),
        link_within_agency(INVENTORY, "location_id", "media_evidence_storagelocation"),
        link_within_agency(INVENTORY, "opened_by_id", "accounts_user"),
        link_within_agency(INVENTORY, "closed_by_id", "accounts_user"),
        link_within_agency(LINE, "inventory_id", INVENTORY),
        link_within_agency(LINE, "case_id", "cases_case"),
        link_within_agency(LINE, "evidence_id", "media_evidence_evidence"),
        link_within_agency(LINE, "found_by_id", "accounts_user"),
        link_within_agency(LINE, "settled_by_id", "accounts_user"),
        forbid_delete(INVENTORY),
        forbid_delete(LINE),
        audit_table(INVENTORY),
        audit_table(
            LINE,
            guarded=["bag_number", "expected_place", "expected_seal", "found_place", "note", "settlement"],
        ),
        definer_function("app.count_line()", COUNT, grant=False),
        migrations.RunSQL(WALLS, WALLS_REVERSE),
        definer_function("app.expunge_items(wanted uuid)", EXPUNGE),
    ]
