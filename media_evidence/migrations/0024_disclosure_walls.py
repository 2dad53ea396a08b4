from django.db import migrations

from nethra.core.row_security import (
    audit_table,
    definer_function,
    forbid_delete,
    link_within_agency,
    secure_table,
)

GIVEN, FILES = "media_evidence_disclosure", "media_evidence_disclosedfile"
CODES, DOWNLOADS = "media_evidence_disclosurecode", "media_evidence_disclosuredownload"
COPIES, CHECKS = "media_evidence_redaction", "media_evidence_releasecheck"
TABLES = (GIVEN, FILES, CODES, DOWNLOADS)
OPTIONS = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"


def differ(*columns):
    """Return SQL that says whether an update changes one of the columns."""
    return "(" + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns) + ")"


SAID = (
    "case_id",
    "number",
    "recipient_name",
    "recipient_email",
    "purpose",
    "expires_at",
    "most_downloads",
    "made_at",
    "made_by_id",
    "token_hash",
)
# What was given to whom stays; a file that is made never changes; a download and a code that was used stay as well.
FIXED = f"""
CREATE TRIGGER said_fixed BEFORE UPDATE ON {GIVEN} FOR EACH ROW WHEN ({differ(*SAID)}
    OR OLD.mailed_hash IS NOT NULL AND {differ("mailed_hash")}
    OR OLD.revoked_at IS NOT NULL AND {differ("revoked_at", "revoked_by_id", "revoke_reason")})
    EXECUTE FUNCTION app.refuse_change('A disclosure never changes; it can be revoked, once.');
CREATE TRIGGER origin_fixed BEFORE UPDATE ON {FILES} FOR EACH ROW
    WHEN ({differ("case_id", "disclosure_id", "evidence_id", "redaction_id")} OR OLD.made_at IS NOT NULL)
    EXECUTE FUNCTION app.refuse_change('A disclosed file that is made never changes.');
CREATE TRIGGER code_fixed BEFORE UPDATE ON {CODES} FOR EACH ROW
    WHEN ({differ("case_id", "disclosure_id", "code_hash", "sent_at", "good_until")} OR NEW.tries < OLD.tries
          OR OLD.used_at IS NOT NULL)
    EXECUTE FUNCTION app.refuse_change('A code is used once.');
CREATE TRIGGER never_changed BEFORE UPDATE ON {DOWNLOADS} FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('What was downloaded stays downloaded.');
ALTER TABLE {GIVEN} ENABLE ALWAYS TRIGGER said_fixed;
ALTER TABLE {FILES} ENABLE ALWAYS TRIGGER origin_fixed;
ALTER TABLE {CODES} ENABLE ALWAYS TRIGGER code_fixed;
ALTER TABLE {DOWNLOADS} ENABLE ALWAYS TRIGGER never_changed;
"""
FIXED_REVERSE = f"""
DROP TRIGGER never_changed ON {DOWNLOADS};
DROP TRIGGER code_fixed ON {CODES};
DROP TRIGGER origin_fixed ON {FILES};
DROP TRIGGER said_fixed ON {GIVEN};
"""

# CUSTODY: given is only a copy of the same case, of which the latest check of its file was clean, of an exhibit that is
# there. What is counted is counted here: the file's row stays locked from the count to the commit.
RULES = f"""
CREATE FUNCTION app.check_disclosed_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    SELECT r.case_id, r.evidence_id INTO NEW.case_id, NEW.evidence_id
    FROM {COPIES} r
    JOIN {GIVEN} d ON d.id = NEW.disclosure_id AND d.agency_id = r.agency_id AND d.case_id = r.case_id
    JOIN media_evidence_evidence e ON e.id = r.evidence_id AND e.agency_id = r.agency_id AND e.custody <> 'disposed'
    WHERE r.id = NEW.redaction_id AND r.agency_id = NEW.agency_id AND r.state = 'made'
      AND (SELECT c.is_clean FROM {CHECKS} c
           WHERE c.redaction_id = r.id AND c.agency_id = r.agency_id AND c.sha256 = r.sha256
           ORDER BY c.checked_at DESC, c.id DESC LIMIT 1);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Only copies of the case are given in which a check found that nothing remains.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION app.count_disclosed_download() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    f {FILES};
    d {GIVEN};
BEGIN
    SELECT * INTO f FROM {FILES} x WHERE x.id = NEW.file_id AND x.agency_id = NEW.agency_id FOR NO KEY UPDATE;
    SELECT * INTO d FROM {GIVEN} x WHERE x.id = f.disclosure_id AND x.agency_id = f.agency_id FOR SHARE;
    IF d.revoked_at IS NULL AND d.expires_at > clock_timestamp() AND f.state = 'made'
       AND (SELECT count(*) FROM {DOWNLOADS} n WHERE n.file_id = f.id AND n.agency_id = f.agency_id) < d.most_downloads
    THEN
        NEW.case_id := f.case_id;
        NEW.disclosure_id := f.disclosure_id;
        NEW.downloaded_at := clock_timestamp();
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'This file is not downloaded any more.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'disclosure_step';
END $$;
CREATE TRIGGER checked_copy BEFORE INSERT ON {FILES} FOR EACH ROW EXECUTE FUNCTION app.check_disclosed_file();
CREATE TRIGGER counted BEFORE INSERT ON {DOWNLOADS} FOR EACH ROW EXECUTE FUNCTION app.count_disclosed_download();
ALTER TABLE {FILES} ENABLE ALWAYS TRIGGER checked_copy;
ALTER TABLE {DOWNLOADS} ENABLE ALWAYS TRIGGER counted;
"""
RULES_REVERSE = f"""
DROP TRIGGER counted ON {DOWNLOADS};
DROP TRIGGER checked_copy ON {FILES};
DROP FUNCTION app.count_disclosed_download();
DROP FUNCTION app.check_disclosed_file();
"""

RIGHTS = {
    GIVEN: "mailed_hash, revoked_at, revoked_by_id, revoke_reason",
    FILES: "state, pages, pages_done, note, made_at, file_name, content_type, size, sha256",
    CODES: "tries, used_at",
}
GRANTS = (
    "".join(f"SELECT app.read_only_for_application('{table}');\n" for table in TABLES)
    + "DO $$ BEGIN\n"
    + "".join(
        f"EXECUTE format('GRANT INSERT ON {table} TO %I', app.application_role());\n" for table in TABLES
    )
    + "".join(
        f"EXECUTE format('GRANT UPDATE ({columns}) ON {table} TO %I', app.application_role());\n"
        for table, columns in RIGHTS.items()
    )
    + f"END $$;\nGRANT SELECT, DELETE ON {', '.join(TABLES)} TO nethra_definer;"
)

# Which agency's disclosure a link opens, by the hash of its token: nobody is signed in, so no agency is known. What is
# sealed is closed to the world, whether the seal is lifted for somebody or not.
FIND = f"""RETURNS TABLE (agency_id uuid, agency_name text, disclosure_id uuid, is_open boolean)
LANGUAGE sql STABLE {OPTIONS} $$
    SELECT d.agency_id, a.name::text, d.id,
           d.revoked_at IS NULL AND d.expires_at > statement_timestamp() AND a.deactivated_at IS NULL
           AND c.expunged_at IS NULL AND NOT c.sealed_parts && ARRAY['whole', 'evidence']::varchar[]
    FROM {GIVEN} d
    JOIN accounts_agency a ON a.id = d.agency_id
    JOIN cases_case c ON c.id = d.case_id AND c.agency_id = d.agency_id
    WHERE d.token_hash = wanted OR d.mailed_hash = wanted
$$"""

# What was given of a case that an approved order expunges; before the copies and exhibits, to which it refers.
EXPUNGE = f"""RETURNS void LANGUAGE plpgsql {OPTIONS} $$
DECLARE
    o cases_expungeorder;
BEGIN
    SELECT * INTO o FROM cases_expungeorder e
    WHERE e.id = wanted AND e.agency_id = app.agency_id() AND e.approved_at IS NOT NULL AND e.declined_at IS NULL
      AND (e.asked_by_id IS NULL OR e.approved_by_id IS DISTINCT FROM e.asked_by_id)
      AND e.kind IN ('case', 'case_incidents');
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM set_config('app.expunging', 'on', true);
    DELETE FROM {DOWNLOADS} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    DELETE FROM {CODES} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    DELETE FROM {FILES} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
    DELETE FROM {GIVEN} x WHERE x.case_id = o.subject_id AND x.agency_id = o.agency_id;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0023_disclosures"), ("cases", "0010_expunge")]
    operations = [
        *(secure_table(table) for table in TABLES),
        *(link_within_agency(table, "case_id", "cases_case") for table in TABLES),
        link_within_agency(GIVEN, "made_by_id", "accounts_user"),
        link_within_agency(GIVEN, "revoked_by_id", "accounts_user"),
        *(link_within_agency(table, "disclosure_id", GIVEN) for table in (FILES, CODES, DOWNLOADS)),
        link_within_agency(FILES, "evidence_id", "media_evidence_evidence"),
        link_within_agency(FILES, "redaction_id", COPIES),
        link_within_agency(DOWNLOADS, "file_id", FILES),
        *(forbid_delete(table) for table in TABLES),
        audit_table(
            GIVEN,
            guarded=["recipient_name", "recipient_email", "purpose", "revoke_reason"],
            excluded=["token_hash", "mailed_hash"],
        ),
        audit_table(FILES, guarded=["note", "file_name"], ignored=["pages", "pages_done"]),
        audit_table(CODES, excluded=["code_hash"]),
        audit_table(DOWNLOADS, guarded=["address"]),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(FIXED, FIXED_REVERSE),
        migrations.RunSQL(RULES, RULES_REVERSE),
        definer_function("app.find_disclosure(wanted bytea)", FIND),
        definer_function("app.expunge_disclosures(wanted uuid)", EXPUNGE),
    ]
