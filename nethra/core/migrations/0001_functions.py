from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION app.agency_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.agency_id', true), '')::uuid $$;

CREATE FUNCTION app.user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;

-- RFC 9562 version 7: 48 bits of milliseconds, then random bits, so that keys made in SQL stay in order.
CREATE FUNCTION app.uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS
$$ SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
       PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
       FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid $$;

CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;

-- Grants go to whichever login role the bootstrap gave SELECT on new tables.
CREATE FUNCTION app.application_role() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT r.rolname FROM pg_default_acl d, aclexplode(d.defaclacl) a JOIN pg_roles r ON r.oid = a.grantee
   WHERE d.defaclobjtype = 'r' AND a.privilege_type = 'INSERT' AND r.rolname <> 'nethra_owner'
     AND r.rolcanlogin LIMIT 1 $$;

CREATE FUNCTION app.grant_to_application(signature text) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', signature, app.application_role()); END $$;
"""

REVERSE = """
DROP FUNCTION app.grant_to_application(text);
DROP FUNCTION app.application_role();
DROP FUNCTION app.refuse_change();
DROP FUNCTION app.uuid7();
DROP FUNCTION app.user_id();
DROP FUNCTION app.agency_id();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FUNCTIONS, REVERSE)]
