from django.db import migrations

# Nobody misses these counts after a crash, and nothing waits for the disk because of them.
CREATE = """
CREATE UNLOGGED TABLE core_requestcount (
    key bytea PRIMARY KEY, until timestamptz NOT NULL, n integer NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX core_requestcount_until ON core_requestcount (until);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_functions")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE core_requestcount;")]
