from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

EVENT, EVIDENCE = "media_evidence_custodyevent", "media_evidence_evidence"
LOCATION, ITEM = "media_evidence_storagelocation", "media_evidence_item"
OPTIONS = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"
#: Where a thing is follows from its custody events, which are audited themselves.
STANDING = ["location_id", "seal_number", "purpose", "due_back_on"]
SAID = ["record", "salt", "from_name", "to_name", "place", "seal_number", "reason"]
BEFORE = audit_table(EVENT, guarded=SAID)
AFTER = audit_table(EVENT, guarded=[*SAID, "previous_seal"])

# The text of an entry that says nothing of a thing stays the one that was hashed before things could be said.
PLAIN = f"""
CREATE OR REPLACE FUNCTION app.custody_record(e {EVENT}, sha256 text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT (jsonb_build_object('id', e.id, 'agency_id', e.agency_id, 'case_id', e.case_id, 'evidence_id', e.evidence_id,
       'sha256', sha256, 'position', e.position, 'kind', e.kind,
       'happened_at', (extract(epoch FROM e.happened_at) * 1000000)::bigint,
       'recorded_at', (extract(epoch FROM e.recorded_at) * 1000000)::bigint, 'is_late', e.is_late,
       'recorded_by_id', e.recorded_by_id, 'recorded_by_name', e.recorded_by_name,
       'from_person_id', e.from_person_id, 'from_name', e.from_name, 'to_person_id', e.to_person_id,
       'to_name', e.to_name, 'place', e.place, 'seal_number', e.seal_number, 'reason', e.reason,
       'answers_id', e.answers_id, 'salt', e.salt)-- THINGS
   )::text $$;
"""
THINGS = """
       || CASE WHEN e.location_id IS NULL AND e.previous_seal = '' AND e.seal_condition = '' AND e.purpose = ''
                    AND e.due_back_on IS NULL THEN '{}'
          ELSE jsonb_build_object('location_id', e.location_id, 'previous_seal', e.previous_seal,
               'seal_condition', e.seal_condition, 'purpose', e.purpose, 'due_back_on', e.due_back_on) END"""

# By its name it comes before the trigger that links the entry, and fills what that one hashes.
HANDLE = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    x {EVIDENCE};
    i {ITEM};
    l {LOCATION};
    wrong text;
BEGIN
    -- The trigger that begins a chain names none of these.
    NEW.seal_condition := coalesce(NEW.seal_condition, '');
    NEW.purpose := coalesce(NEW.purpose, '');
    SELECT * INTO x FROM {EVIDENCE} e
    WHERE e.id = NEW.evidence_id AND e.agency_id = app.agency_id() FOR NO KEY UPDATE;
    SELECT * INTO i FROM {ITEM} t WHERE t.evidence_id = x.id AND t.agency_id = x.agency_id;
    SELECT * INTO l FROM {LOCATION} o
    WHERE o.id = NEW.location_id AND o.agency_id = x.agency_id AND o.closed_at IS NULL FOR SHARE;
    wrong := CASE
        WHEN NOT x.is_physical AND (NEW.kind IN ('moved', 'sealed') OR NEW.location_id IS NOT NULL
            OR NEW.seal_condition <> '' OR NEW.purpose <> '' OR NEW.due_back_on IS NOT NULL)
            THEN 'This is done to physical exhibits alone.'
        WHEN NOT x.is_physical OR NEW.kind = 'received' THEN NULL
        WHEN i.id IS NULL THEN 'Nobody has said what this physical exhibit is.'
        WHEN NEW.kind = 'downloaded' THEN 'A physical exhibit has no file.'
        WHEN NEW.kind IN ('moved', 'sealed') AND x.custody <> 'held' THEN 'The exhibit is not in custody here.'
        WHEN NEW.kind = 'moved' AND i.purpose <> '' THEN 'The exhibit is checked out: check it in first.'
        WHEN NEW.kind = 'moved' AND l.id IS NULL THEN 'There is no such open location.'
        WHEN NEW.kind = 'moved' AND i.location_id = l.id THEN 'The exhibit lies there already.'
        WHEN NEW.kind <> 'moved' AND NEW.location_id IS NOT NULL THEN 'Only a move leads to a location.'
        WHEN NEW.kind = 'sealed' AND btrim(NEW.seal_number) = '' THEN 'A seal has a number.'
        WHEN NEW.kind = 'sealed' AND NEW.seal_number = i.seal_number THEN 'It bears this seal already.'
        WHEN NEW.kind NOT IN ('transferred', 'released') AND (NEW.purpose <> '' OR NEW.due_back_on IS NOT NULL)
            THEN 'What is checked out is handed over or released.'
        WHEN (NEW.purpose = '') <> (NEW.due_back_on IS NULL) THEN 'What is checked out has a purpose and is due back.'
        WHEN NEW.kind NOT IN ('accepted', 'returned') AND NEW.seal_condition <> ''
            THEN 'A seal is looked at when an exhibit comes.'
    END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'custody_step';
    END IF;
    NEW.previous_seal := CASE NEW.kind WHEN 'sealed' THEN i.seal_number ELSE '' END;
    IF NEW.kind = 'moved' THEN
        NEW.place := l.path || CASE l.label WHEN '' THEN '' ELSE ', ' || l.label END;
    END IF;
    RETURN NEW;
END $$"""

# A check-out to a colleague counts when they accept it, like every hand-over. It ends when somebody who looked at the
# seal accepts the exhibit, or when it is returned.
STAND = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    o {EVENT};
BEGIN
    SELECT * INTO o FROM {EVENT} e WHERE e.id = NEW.answers_id AND e.agency_id = NEW.agency_id AND NEW.kind = 'accepted';
    UPDATE {ITEM} t SET
        location_id = CASE WHEN NEW.kind = 'moved' THEN NEW.location_id
            WHEN NEW.kind IN ('released', 'disposed') OR o.purpose <> '' THEN NULL ELSE t.location_id END,
        seal_number = CASE NEW.kind WHEN 'sealed' THEN NEW.seal_number ELSE t.seal_number END,
        purpose = CASE WHEN NEW.kind = 'released' THEN NEW.purpose WHEN o.purpose <> '' THEN o.purpose
            WHEN NEW.kind IN ('returned', 'disposed') OR NEW.seal_condition <> '' THEN '' ELSE t.purpose END,
        due_back_on = CASE WHEN NEW.kind = 'released' THEN NEW.due_back_on WHEN o.purpose <> '' THEN o.due_back_on
            WHEN NEW.kind IN ('returned', 'disposed') OR NEW.seal_condition <> '' THEN NULL ELSE t.due_back_on END
    WHERE t.evidence_id = NEW.evidence_id AND t.agency_id = NEW.agency_id;
    RETURN NULL;
END $$"""

DESCRIBE = f"""RETURNS trigger {OPTIONS} $$
DECLARE
    x {EVIDENCE};
BEGIN
    SELECT * INTO x FROM {EVIDENCE} e WHERE e.id = NEW.evidence_id AND e.agency_id = app.agency_id();
    IF NOT x.is_physical OR NEW.location_id IS NOT NULL OR NEW.seal_number <> '' OR NEW.purpose <> ''
        OR NEW.due_back_on IS NOT NULL
    THEN
        RAISE EXCEPTION 'Only a physical exhibit is described, and where it is follows from its custody events.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.case_id := x.case_id;
    RETURN NEW;
END $$"""

# When the transaction ends, since the exhibit comes first.
DESCRIBED = f"""RETURNS trigger {OPTIONS} $$
BEGIN
    IF EXISTS (SELECT FROM {EVIDENCE} e WHERE e.id = NEW.id)
        AND NOT EXISTS (SELECT FROM {ITEM} t WHERE t.evidence_id = NEW.id AND t.agency_id = NEW.agency_id)
    THEN
        RAISE EXCEPTION 'A physical exhibit says what it is.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$"""

WALLS = f"""
SELECT app.read_only_for_application('{ITEM}');
DO $$ BEGIN EXECUTE format('GRANT INSERT ON {ITEM} TO %I', app.application_role()); END $$;
GRANT SELECT, UPDATE, DELETE ON {ITEM} TO nethra_definer;
GRANT SELECT, UPDATE ON {LOCATION} TO nethra_definer;
CREATE TRIGGER describe_item BEFORE INSERT ON {ITEM} FOR EACH ROW EXECUTE FUNCTION app.describe_item();
CREATE TRIGGER recorded_fixed BEFORE UPDATE ON {ITEM} FOR EACH ROW
    WHEN ((OLD.evidence_id, OLD.case_id, OLD.label_code, OLD.kind, OLD.bag_number, OLD.quantity, OLD.unit, OLD.currency,
           OLD.collected_at, OLD.collected_place)
          IS DISTINCT FROM (NEW.evidence_id, NEW.case_id, NEW.label_code, NEW.kind, NEW.bag_number, NEW.quantity,
           NEW.unit, NEW.currency, NEW.collected_at, NEW.collected_place)
          OR OLD.value IS DISTINCT FROM NEW.value OR OLD.collected_by_id IS DISTINCT FROM NEW.collected_by_id)
    EXECUTE FUNCTION app.refuse_change('What was recorded of a physical exhibit never changes.');
CREATE TRIGGER path_fixed BEFORE UPDATE ON {LOCATION} FOR EACH ROW WHEN (OLD.path <> NEW.path)
    EXECUTE FUNCTION app.refuse_change('The path of a location stands in chains of custody and never changes.');
CREATE TRIGGER form_fixed BEFORE UPDATE ON {EVIDENCE} FOR EACH ROW WHEN (OLD.is_physical <> NEW.is_physical)
    EXECUTE FUNCTION app.refuse_change('A file becomes no thing, nor a thing a file.');
CREATE CONSTRAINT TRIGGER thing_described AFTER INSERT ON {EVIDENCE} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.is_physical) EXECUTE FUNCTION app.require_item();
CREATE TRIGGER handle_item BEFORE INSERT ON {EVENT} FOR EACH ROW EXECUTE FUNCTION app.handle_item();
CREATE TRIGGER stand_item AFTER INSERT ON {EVENT} FOR EACH ROW EXECUTE FUNCTION app.stand_item();
ALTER TABLE {ITEM} ENABLE ALWAYS TRIGGER describe_item;
ALTER TABLE {ITEM} ENABLE ALWAYS TRIGGER recorded_fixed;
ALTER TABLE {LOCATION} ENABLE ALWAYS TRIGGER path_fixed;
ALTER TABLE {EVIDENCE} ENABLE ALWAYS TRIGGER form_fixed;
ALTER TABLE {EVIDENCE} ENABLE ALWAYS TRIGGER thing_described;
ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER handle_item;
ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER stand_item;
"""
WALLS_REVERSE = f"""
DROP TRIGGER stand_item ON {EVENT};
DROP TRIGGER handle_item ON {EVENT};
DROP TRIGGER thing_described ON {EVIDENCE};
DROP TRIGGER form_fixed ON {EVIDENCE};
DROP TRIGGER path_fixed ON {LOCATION};
DROP TRIGGER recorded_fixed ON {ITEM};
DROP TRIGGER describe_item ON {ITEM};
"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0020_items"), ("cases", "0010_expunge")]
    operations = [
        secure_table(LOCATION),
        secure_table(ITEM),
        link_within_agency(LOCATION, "added_by_id", "accounts_user"),
        link_within_agency(ITEM, "case_id", "cases_case"),
        link_within_agency(ITEM, "evidence_id", EVIDENCE),
        link_within_agency(ITEM, "location_id", LOCATION),
        link_within_agency(ITEM, "collected_by_id", "accounts_user"),
        link_within_agency(EVENT, "location_id", LOCATION),
        forbid_delete(LOCATION),
        forbid_delete(ITEM),
        audit_table(LOCATION),
        audit_table(
            ITEM,
            guarded=["bag_number", "collected_place"],
            excluded=["label_code"],
            ignored=STANDING,
        ),
        migrations.RunSQL(BEFORE.reverse_sql + AFTER.sql, AFTER.reverse_sql + BEFORE.sql),
        migrations.RunSQL(PLAIN.replace("-- THINGS", THINGS), PLAIN.replace("-- THINGS", "")),
        definer_function("app.handle_item()", HANDLE, grant=False),
        definer_function("app.stand_item()", STAND, grant=False),
        definer_function("app.describe_item()", DESCRIBE, grant=False),
        definer_function("app.require_item()", DESCRIBED, grant=False),
        migrations.RunSQL(WALLS, WALLS_REVERSE),
    ]
