import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import nethra.core.models
from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

RUN = "insights_analysisrun"
SCHEDULE = "insights_analysisschedule"

# What a schedule asks for, whose it is and when it came stays; so does what ordered a run.
ORDER = """OLD.analysis <> NEW.analysis OR OLD.version <> NEW.version OR OLD.parameters <> NEW.parameters
          OR OLD.filters <> NEW.filters OR OLD.about <> NEW.about OR OLD.why <> NEW.why OR OLD.words <> NEW.words
          OR OLD.made_by_id IS DISTINCT FROM NEW.made_by_id OR OLD.capabilities <> NEW.capabilities
          OR OLD.repeats_id IS DISTINCT FROM NEW.repeats_id OR OLD.created_at <> NEW.created_at"""


def order_fixed(when: str) -> str:
    """Return the SQL that holds what a run was asked for."""
    return f"""
DROP TRIGGER order_fixed ON {RUN};
CREATE TRIGGER order_fixed BEFORE UPDATE ON {RUN} FOR EACH ROW WHEN ({when})
    EXECUTE FUNCTION app.refuse_change('A run stays what was asked for.');
ALTER TABLE {RUN} ENABLE ALWAYS TRIGGER order_fixed;
"""


REQUEST_FIXED = f"""
CREATE TRIGGER request_fixed BEFORE UPDATE ON {SCHEDULE} FOR EACH ROW
    WHEN (to_jsonb(OLD) - ARRAY['name', 'is_active', 'last_run_id', 'last_ordered_on', 'problem']
          <> to_jsonb(NEW) - ARRAY['name', 'is_active', 'last_run_id', 'last_ordered_on', 'problem'])
    EXECUTE FUNCTION app.refuse_change('A schedule stays what was asked for.');
ALTER TABLE {SCHEDULE} ENABLE ALWAYS TRIGGER request_fixed;
"""
REQUEST_FIXED_REVERSE = f"DROP TRIGGER request_fixed ON {SCHEDULE};"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_audit_keep_days"),
        ("insights", "0002_series_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnalysisSchedule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("analysis", models.CharField(max_length=40)),
                ("parameters", models.JSONField(blank=True, default=dict)),
                ("filters", models.CharField(blank=True, max_length=4000)),
                ("words", models.TextField(blank=True, editable=False, verbose_name="incidents")),
                ("about", models.JSONField(blank=True, default=dict)),
                ("why", models.CharField(max_length=200, verbose_name="what for")),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, editable=False, size=None
                    ),
                ),
                (
                    "every",
                    models.CharField(
                        choices=[
                            ("day", "Day"),
                            ("week", "Week, on Monday"),
                            ("month", "Month, on the first"),
                        ],
                        max_length=10,
                        verbose_name="every",
                    ),
                ),
                (
                    "latest_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3660),
                        ],
                        verbose_name="latest days",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "last_ordered_on",
                    models.DateField(blank=True, editable=False, null=True, verbose_name="ordered last"),
                ),
                ("problem", models.TextField(blank=True, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="scheduled")),
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
                    "last_run",
                    nethra.core.models.AgencyForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="insights.analysisrun",
                    ),
                ),
                (
                    "owner",
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
                "verbose_name": "schedule",
                "verbose_name_plural": "schedules",
                "ordering": ["name", "id"],
            },
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="schedule",
            field=nethra.core.models.AgencyForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="insights.analysisschedule",
            ),
        ),
        migrations.AddIndex(
            model_name="analysisschedule",
            index=models.Index(fields=["agency", "name", "id"], name="analysisschedule_by_name"),
        ),
        migrations.AddIndex(
            model_name="analysisschedule",
            index=models.Index(
                condition=models.Q(("is_active", True)), fields=["agency"], name="analysisschedule_active"
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("every__in", ["day", "week", "month"])),
                name="analysisschedule_every_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("latest_days", None),
                    models.Q(("latest_days__gte", 1), ("latest_days__lte", 3660)),
                    _connector="OR",
                ),
                name="analysisschedule_days_range",
            ),
        ),
        secure_table(SCHEDULE),
        link_within_agency(SCHEDULE, "owner_id", "accounts_user"),
        link_within_agency(SCHEDULE, "last_run_id", RUN),
        link_within_agency(RUN, "schedule_id", SCHEDULE),
        # What somebody searches for, and what they call it, may be a name.
        audit_table(SCHEDULE, guarded=["name", "filters", "words", "why"]),
        forbid_delete(SCHEDULE),
        migrations.RunSQL(REQUEST_FIXED, REQUEST_FIXED_REVERSE),
        migrations.RunSQL(
            order_fixed(f"{ORDER} OR OLD.schedule_id IS DISTINCT FROM NEW.schedule_id"), order_fixed(ORDER)
        ),
    ]
