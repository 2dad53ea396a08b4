from django.db import migrations

from nethra.core.row_security import POLICY

# Keys of rows only: what was answered is read again, by today's rights.
CREATE = f"""
CREATE TABLE core_keptrequest (
    agency_id uuid NOT NULL, user_id uuid NOT NULL, key text NOT NULL, fingerprint bytea NOT NULL,
    status smallint, record_id uuid, made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agency_id, user_id, key)
);
CREATE INDEX core_keptrequest_old ON core_keptrequest (agency_id, made_at);
ALTER TABLE core_keptrequest ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_keptrequest FORCE ROW LEVEL SECURITY;
CREATE POLICY {POLICY} ON core_keptrequest
    USING (agency_id = (SELECT app.agency_id())) WITH CHECK (agency_id = (SELECT app.agency_id()));
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_requestcount")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE core_keptrequest;")]
