import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import nethra.core.models
from nethra.core.row_security import audit_table, forbid_delete, link_within_agency, secure_table

DECISION = "insights_seriesdecision"

# Who changes their mind decides again. Only the case comes later, when the series is made into one.
FIXED = f"""
CREATE TRIGGER decision_fixed BEFORE UPDATE ON {DECISION} FOR EACH ROW
    WHEN (OLD.case_id IS NOT NULL OR to_jsonb(OLD) - 'case_id' <> to_jsonb(NEW) - 'case_id')
    EXECUTE FUNCTION app.refuse_change('A decision stays as it was made: decide again.');
ALTER TABLE {DECISION} ENABLE ALWAYS TRIGGER decision_fixed;
"""
FIXED_REVERSE = f"DROP TRIGGER decision_fixed ON {DECISION};"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_audit_keep_days"),
        ("cases", "0010_expunge"),
        ("insights", "0001_recorded_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SeriesDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("series", models.PositiveIntegerField(editable=False)),
                (
                    "incidents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), editable=False, size=None
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("rejected", "Rejected")],
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("why", models.CharField(editable=False, max_length=200)),
                ("decided_at", models.DateTimeField(auto_now_add=True)),
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
                    "case",
                    nethra.core.models.AgencyForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        help_text="The case that the series became.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "decided_by",
                    nethra.core.models.AgencyForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="insights.analysisrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision about a series",
                "verbose_name_plural": "decisions about series",
                "ordering": ["-decided_at", "-id"],
                "indexes": [
                    models.Index(
                        fields=["agency", "run", "series", "-decided_at", "-id"], name="seriesdecision_newest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["accepted", "rejected"])),
                        name="seriesdecision_verdict_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("series__gte", 1)), name="seriesdecision_rank_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("why", ""), _negated=True), name="seriesdecision_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("incidents", []), _negated=True),
                        name="seriesdecision_names_crimes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("case__isnull", True), ("verdict", "accepted"), _connector="OR"),
                        name="seriesdecision_case_of_accepted",
                    ),
                ],
            },
        ),
        secure_table(DECISION),
        link_within_agency(DECISION, "run_id", "insights_analysisrun"),
        link_within_agency(DECISION, "case_id", "cases_case"),
        link_within_agency(DECISION, "decided_by_id", "accounts_user"),
        # Why may name a person, and who reads the audit need not see every crime.
        audit_table(DECISION, guarded=["why", "incidents"]),
        forbid_delete(DECISION),
        migrations.RunSQL(FIXED, FIXED_REVERSE),
    ]
