import django.db.models.deletion
from django.db import migrations, models

import nethra.core.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_audit_keep_days"),
        ("cases", "0010_expunge"),
        ("media_evidence", "0009_fixity_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("begun_by", models.UUIDField(editable=False, null=True)),
                ("begun_at", models.DateTimeField(auto_now_add=True)),
                ("file_name", models.CharField(editable=False, max_length=255)),
                ("length", models.BigIntegerField(editable=False)),
                ("declared_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("title", models.CharField(blank=True, max_length=200)),
                (
                    "media_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("photo", "Photo"),
                            ("video", "Video"),
                            ("audio", "Audio"),
                            ("document", "Document"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "camera_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("body", "Body-worn camera"),
                            ("dash", "Dash camera"),
                            ("cctv", "CCTV"),
                            ("phone", "Phone"),
                            ("drone", "Drone"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
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
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="cases.case",
                    ),
                ),
                (
                    "evidence",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="media_evidence.evidence",
                    ),
                ),
            ],
            options={
                "ordering": ["begun_at"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("length__gt", 0)), name="upload_not_empty"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("declared_sha256", ""),
                            ("declared_sha256__regex", "^[0-9a-f]{64}$"),
                            _connector="OR",
                        ),
                        name="upload_sha256_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("media_type__in", ["", "photo", "video", "audio", "document", "other"])
                        ),
                        name="upload_media_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("camera_type__in", ["", "body", "dash", "cctv", "phone", "drone", "other"])
                        ),
                        name="upload_camera_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("evidence", None), ("finished_at", None)),
                            models.Q(("evidence__isnull", False), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="upload_finished_with_evidence",
                    ),
                ],
            },
        ),
    ]
