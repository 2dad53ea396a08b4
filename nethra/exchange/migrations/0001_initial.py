import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import nethra.core.models
from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

TABLE = "exchange_export"

# What was asked for, by whom and why, stays; so does what a made file was.
FIXED = f"""
CREATE TRIGGER order_fixed BEFORE UPDATE ON {TABLE} FOR EACH ROW
    WHEN (OLD.resource <> NEW.resource OR OLD.format <> NEW.format OR OLD.filters <> NEW.filters
          OR OLD.reason <> NEW.reason OR OLD.made_by_id <> NEW.made_by_id
          OR OLD.capabilities <> NEW.capabilities OR OLD.created_at <> NEW.created_at)
    EXECUTE FUNCTION app.refuse_change('An export stays what was ordered.');
CREATE TRIGGER file_fixed BEFORE UPDATE ON {TABLE} FOR EACH ROW
    WHEN (OLD.sha256 <> '' AND (OLD.sha256 <> NEW.sha256 OR OLD.size IS DISTINCT FROM NEW.size
          OR OLD.rows_done <> NEW.rows_done))
    EXECUTE FUNCTION app.refuse_change('What was exported stays told.');
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER order_fixed;
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER file_fixed;
"""
FIXED_REVERSE = f"""
DROP TRIGGER file_fixed ON {TABLE};
DROP TRIGGER order_fixed ON {TABLE};
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0011_audit_keep_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "resource",
                    models.CharField(
                        choices=[("incidents", "Incidents"), ("cases", "Cases")],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("csv", "CSV"),
                            ("csv_marked", "CSV for spreadsheets (UTF-8 with a byte order mark)"),
                            ("xlsx", "Excel workbook"),
                            ("geojson", "GeoJSON"),
                            ("gpkg", "GeoPackage"),
                            ("geoparquet", "GeoParquet"),
                        ],
                        max_length=20,
                    ),
                ),
                ("filters", models.TextField(blank=True)),
                ("reason", models.CharField(max_length=200)),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), editable=False, size=None
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("cancel_requested", models.BooleanField(default=False, editable=False)),
                ("rows_total", models.PositiveIntegerField(default=0, verbose_name="records")),
                ("rows_done", models.PositiveIntegerField(default=0, verbose_name="records written")),
                ("size", models.BigIntegerField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="ordered")),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True, verbose_name="file is deleted")),
                (
                    "agency",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.agency",
                    ),
                ),
                (
                    "made_by",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["agency", "made_by", "-created_at"], name="export_by_maker")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["waiting", "running", "done", "failed", "cancelled", "expired"])
                        ),
                        name="export_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "done"), _negated=True),
                            ("size__isnull", False),
                            _connector="OR",
                        ),
                        name="export_done_has_file",
                    ),
                ],
            },
        ),
        secure_table(TABLE),
        link_within_agency(TABLE, "made_by_id", "accounts_user"),
        # What somebody searched for may be a name. Progress is no event.
        audit_table(TABLE, guarded=["filters", "reason"], ignored=["rows_done"]),
        forbid_delete(TABLE),
        migrations.RunSQL(FIXED, FIXED_REVERSE),
    ]
