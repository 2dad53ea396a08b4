import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import nethra.core.models
from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

RUN = "insights_analysisrun"
RESULT = "insights_analysisresult"

# What was asked for, by whom and why, stays; once a run has ended, so does all but whether it is pinned.
FIXED = f"""
CREATE TRIGGER order_fixed BEFORE UPDATE ON {RUN} FOR EACH ROW
    WHEN (OLD.analysis <> NEW.analysis OR OLD.version <> NEW.version OR OLD.parameters <> NEW.parameters
          OR OLD.filters <> NEW.filters OR OLD.about <> NEW.about OR OLD.why <> NEW.why OR OLD.words <> NEW.words
          OR OLD.made_by_id IS DISTINCT FROM NEW.made_by_id OR OLD.capabilities <> NEW.capabilities
          OR OLD.repeats_id IS DISTINCT FROM NEW.repeats_id OR OLD.created_at <> NEW.created_at)
    EXECUTE FUNCTION app.refuse_change('A run stays what was asked for.');
CREATE TRIGGER end_fixed BEFORE UPDATE ON {RUN} FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL
          AND to_jsonb(OLD) - 'is_pinned' <> to_jsonb(NEW) - 'is_pinned')
    EXECUTE FUNCTION app.refuse_change('What a run found stays told.');
CREATE TRIGGER never_changed BEFORE UPDATE ON {RESULT} FOR EACH ROW
    EXECUTE FUNCTION app.refuse_change('What a run found stays told.');
ALTER TABLE {RUN} ENABLE ALWAYS TRIGGER order_fixed;
ALTER TABLE {RUN} ENABLE ALWAYS TRIGGER end_fixed;
ALTER TABLE {RESULT} ENABLE ALWAYS TRIGGER never_changed;
"""
FIXED_REVERSE = f"""
DROP TRIGGER never_changed ON {RESULT};
DROP TRIGGER end_fixed ON {RUN};
DROP TRIGGER order_fixed ON {RUN};
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0011_audit_keep_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnalysisRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("analysis", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=20, verbose_name="version of the method")),
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
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("cancel_requested", models.BooleanField(default=False, editable=False)),
                ("percent", models.PositiveSmallIntegerField(default=0, verbose_name="% done")),
                ("seconds_expected", models.PositiveIntegerField(null=True)),
                ("is_pinned", models.BooleanField(default=False, verbose_name="pinned")),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                ("zone", models.CharField(blank=True, max_length=64)),
                ("srid", models.IntegerField(null=True)),
                ("input_rows", models.PositiveIntegerField(null=True, verbose_name="incidents read")),
                ("input_digest", models.CharField(blank=True, max_length=64)),
                ("headline", models.TextField(blank=True, verbose_name="result")),
                ("result_rows", models.PositiveIntegerField(null=True, verbose_name="rows")),
                ("result_digest", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="ordered")),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
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
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ordered by",
                    ),
                ),
                (
                    "repeats",
                    nethra.core.models.AgencyForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repetitions",
                        to="insights.analysisrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "analysis",
                "verbose_name_plural": "analyses",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="AnalysisResult",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("body", models.TextField(editable=False)),
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
                    "run",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="insights.analysisrun",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="analysisrun",
            index=models.Index(fields=["agency", "-created_at", "-id"], name="analysisrun_newest"),
        ),
        migrations.AddIndex(
            model_name="analysisrun",
            index=models.Index(fields=["agency", "analysis", "-created_at"], name="analysisrun_by_method"),
        ),
        migrations.AddConstraint(
            model_name="analysisrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "running", "done", "failed", "cancelled"])),
                name="analysisrun_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "done"), _negated=True),
                    models.Q(
                        models.Q(("result_digest", ""), _negated=True),
                        models.Q(("input_digest", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="analysisrun_done_has_digests",
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__lte", 100)),
                name="analysisrun_percent_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="analysisresult",
            constraint=models.UniqueConstraint(
                models.F("agency"), models.F("run"), name="analysisresult_once"
            ),
        ),
        secure_table(RUN),
        secure_table(RESULT),
        link_within_agency(RUN, "made_by_id", "accounts_user"),
        link_within_agency(RUN, "repeats_id", RUN),
        link_within_agency(RESULT, "run_id", RUN),
        # What somebody searched for may be a name. Progress is no event, and a result is told by its digest.
        audit_table(RUN, guarded=["filters", "words", "why"], ignored=["percent"]),
        audit_table(RESULT, excluded=["body"]),
        forbid_delete(RUN),
        forbid_delete(RESULT),
        migrations.RunSQL(FIXED, FIXED_REVERSE),
    ]
