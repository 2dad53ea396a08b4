from django.db import migrations

# The bootstrap gave the application all rights on whatever the owner makes. In `layers` it may only read.
LAYERS = """
DO $$
DECLARE
    application text := app.application_role();
BEGIN
    IF to_regnamespace('layers') IS NULL THEN
        CREATE SCHEMA layers;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA layers TO %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES REVOKE INSERT, UPDATE, DELETE ON TABLES FROM %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES REVOKE USAGE, SELECT ON SEQUENCES FROM %I', application);
END $$;
"""
REVERSE = """
DO $$
DECLARE
    application text := app.application_role();
BEGIN
    EXECUTE format('ALTER DEFAULT PRIVILEGES GRANT INSERT, UPDATE, DELETE ON TABLES TO %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE INSERT, UPDATE, DELETE ON TABLES FROM %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, SELECT ON SEQUENCES FROM %I', application);
    -- Refused while it holds anything: what an operator put there is not ours to remove.
    DROP SCHEMA layers;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_keptrequest")]
    operations = [migrations.RunSQL(LAYERS, REVERSE)]
