"""SQL for migrations: row policies, composite keys and audit triggers, written one way everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import migrations

POLICY = "agency_only"


def secure_table(table: str) -> migrations.RunSQL:
    """Bind a table to its agency: forced row security, one policy, a composite key, a fixed identity."""
    return migrations.RunSQL(
        sql=f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY {POLICY} ON {table}
            USING (agency_id = (SELECT app.agency_id())) WITH CHECK (agency_id = (SELECT app.agency_id()));
        ALTER TABLE {table} ADD CONSTRAINT {table}_agency_row_key UNIQUE (agency_id, id);
        ALTER TABLE {table} ADD CONSTRAINT {table}_agency_fk
            FOREIGN KEY (agency_id) REFERENCES accounts_agency (id) NOT DEFERRABLE;
        CREATE TRIGGER fixed_identity BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.agency_id IS DISTINCT FROM NEW.agency_id)
            EXECUTE FUNCTION app.refuse_change('The agency and key of a row never change.');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER fixed_identity;
        """,
        reverse_sql=f"""
        DROP TRIGGER fixed_identity ON {table};
        ALTER TABLE {table} DROP CONSTRAINT {table}_agency_fk;
        ALTER TABLE {table} DROP CONSTRAINT {table}_agency_row_key;
        DROP POLICY {POLICY} ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def link_within_agency(
    table: str, column: str, target: str, *, on_delete: str = "NO ACTION"
) -> migrations.RunSQL:
    """Tie a foreign key to its own agency's rows, checked at once and not at COMMIT."""
    name = f"{table}_{column}_agency_fk"
    return migrations.RunSQL(
        sql=f"""
        ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (agency_id, {column})
            REFERENCES {target} (agency_id, id) ON DELETE {on_delete} NOT DEFERRABLE;
        """,
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def audit_table(
    table: str, *, guarded: Sequence[str] = (), excluded: Sequence[str] = (), ignored: Sequence[str] = ()
) -> migrations.RunSQL:
    """Record every change of a table, whatever wrote it.

    ``guarded`` columns go into the salted part that an expunge order can blank; ``excluded`` columns
    follow from others (generated columns) or are secrets: their change is recorded, their value is not;
    a change of nothing but ``ignored`` columns is no event.
    """
    arguments = f"'{','.join(guarded)}', '{','.join([*excluded, *ignored])}', '{','.join(ignored)}'"
    capture = f"FOR EACH STATEMENT EXECUTE FUNCTION app.capture_change({arguments})"
    return migrations.RunSQL(
        sql=f"""
        CREATE TRIGGER audit_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows {capture};
        CREATE TRIGGER audit_update AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows {capture};
        CREATE TRIGGER audit_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows {capture};
        CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT
            EXECUTE FUNCTION app.refuse_change('A table of records is never emptied.');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_insert;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_update;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_delete;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_truncate;
        """,
        reverse_sql=f"""
        DROP TRIGGER audit_truncate ON {table};
        DROP TRIGGER audit_delete ON {table};
        DROP TRIGGER audit_update ON {table};
        DROP TRIGGER audit_insert ON {table};
        """,
    )


def forbid_delete(table: str) -> migrations.RunSQL:
    """Refuse DELETE for everybody: such rows are deactivated, never removed."""
    return migrations.RunSQL(
        sql=f"""
        CREATE TRIGGER never_deleted BEFORE DELETE ON {table} FOR EACH ROW
            EXECUTE FUNCTION app.refuse_change('These rows are deactivated, never deleted.');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_deleted;
        """,
        reverse_sql=f"DROP TRIGGER never_deleted ON {table};",
    )


def definer_function(signature: str, definition: str, *, grant: bool = True) -> migrations.RunSQL:
    """Make a SECURITY DEFINER function owned by the role that bypasses row security.

    ``definition`` starts at RETURNS. Only the application may execute it, and only when ``grant``.
    """
    # The application's role is whatever the database's default privileges name.
    to_app = f"SELECT app.grant_to_application('{signature}');" if grant else ""
    return migrations.RunSQL(
        sql=f"""
        CREATE FUNCTION {signature} {definition};
        REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;
        {to_app}
        ALTER FUNCTION {signature} OWNER TO nethra_definer;
        """,
        reverse_sql=f"DROP FUNCTION {signature};",
    )
