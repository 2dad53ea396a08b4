import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models

from nethra.core.row_security import audit_table, definer_function, link_within_agency, secure_table

TABLE = "incidents_areaplacing"

# Until now a version was in force from when it was loaded until the next of its kind was.
EARLIER = """RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    agency uuid;
    was text := coalesce(current_setting('app.agency_id', true), '');
BEGIN
    FOR agency IN SELECT DISTINCT agency_id FROM incidents_areaset ORDER BY 1 LOOP
        PERFORM set_config('app.agency_id', agency::text, true);
        UPDATE incidents_areaset s
        SET in_force_from = p.begun, in_force_until = CASE WHEN s.is_current THEN NULL ELSE coalesce(p.ended, p.begun) END
        FROM (SELECT id, loaded_at AS begun, lead(loaded_at) OVER (PARTITION BY kind ORDER BY version) AS ended
              FROM incidents_areaset WHERE agency_id = agency) AS p
        WHERE s.id = p.id AND s.agency_id = agency;
    END LOOP;
    PERFORM set_config('app.agency_id', was, true);
END $$"""
BEGIN_EARLIER = (
    "GRANT SELECT, UPDATE ON incidents_areaset TO nethra_definer;"
    + definer_function("app.begin_earlier_areas()", EARLIER, grant=False).sql
    + "SELECT app.begin_earlier_areas(); DROP FUNCTION app.begin_earlier_areas();"
    + "REVOKE UPDATE ON incidents_areaset FROM nethra_definer;"
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_area_versions")]
    operations = [
        secure_table(TABLE),
        link_within_agency(TABLE, "ordered_by_id", "accounts_user"),
        # How far it is, is no event.
        audit_table(TABLE, ignored=["total", "done", "changed"]),
        migrations.RunSQL(BEGIN_EARLIER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="areaset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("in_force_from", None), ("in_force_until", None), ("is_current", False)),
                    models.Q(
                        ("in_force_from__isnull", False),
                        ("in_force_until__isnull", False),
                        ("is_current", False),
                    ),
                    models.Q(
                        ("in_force_from__isnull", False), ("in_force_until", None), ("is_current", True)
                    ),
                    _connector="OR",
                ),
                name="areaset_period_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="areaset",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("in_force_from__isnull", False)),
                expressions=[
                    ("agency", "="),
                    ("kind", "="),
                    (
                        models.Func(
                            "in_force_from",
                            "in_force_until",
                            function="TSTZRANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="areaset_one_at_a_time",
            ),
        ),
    ]
