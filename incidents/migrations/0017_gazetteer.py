import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import nethra.core.models
from nethra.core.row_security import audit_table, definer_function, link_within_agency, secure_table

# Beneath row security a trigram index could not be used, so a definer function asks it. The words are compared as
# a whole, as a beginning, and as a part of a longer name; percent signs and underscores are only signs.
FIND = """RETURNS TABLE (id uuid, score real) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
SELECT p.id, similarity(p.words, wanted) + 0.3 * word_similarity(wanted, p.words)
    + CASE WHEN p.words = wanted THEN 1 WHEN starts_with(p.words, wanted) THEN 0.5 ELSE 0 END::real
FROM incidents_place p
WHERE p.agency_id = app.agency_id() AND (p.kind = 'street' OR NOT only_streets)
  AND (p.words % wanted OR wanted <% p.words OR p.words LIKE replace(replace(replace(
       wanted, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%')
ORDER BY 2 DESC, p.words, p.id LIMIT most
$$"""
WORDS = "CREATE INDEX place_words ON incidents_place USING gin (words gin_trgm_ops);"
GRANT = "GRANT SELECT ON incidents_place TO nethra_definer;"
REVOKE = "REVOKE SELECT ON incidents_place FROM nethra_definer;"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_audit_keep_days"),
        ("incidents", "0016_area_version_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GazetteerLoad",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("osm", "OpenStreetMap extract"),
                            ("streets", "Street centrelines"),
                            ("addresses", "Address points"),
                            ("places", "Places and landmarks"),
                        ],
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("is_current", models.BooleanField(default=True)),
                ("file_name", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(max_length=64)),
                ("abbreviations", models.JSONField(blank=True, default=dict)),
                ("places", models.PositiveIntegerField(default=0)),
                ("house_numbers", models.PositiveIntegerField(default=0)),
                ("loaded_at", models.DateTimeField(auto_now_add=True)),
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
                    "loaded_by",
                    nethra.core.models.AgencyForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["source", "-version"],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("street", "Street"), ("place", "Place"), ("landmark", "Landmark")],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("words", models.CharField(max_length=200)),
                ("locality", models.CharField(blank=True, max_length=100)),
                ("shape", django.contrib.gis.db.models.fields.GeometryField(spatial_index=False, srid=4326)),
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
                    "load",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.gazetteerload",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="HouseNumber",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nethra.core.models.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("first", models.PositiveIntegerField()),
                ("latest", models.PositiveIntegerField()),
                ("text", models.CharField(blank=True, max_length=20)),
                ("locality", models.CharField(blank=True, max_length=100)),
                ("shape", django.contrib.gis.db.models.fields.GeometryField(spatial_index=False, srid=4326)),
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
                    "load",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.gazetteerload",
                    ),
                ),
                (
                    "street",
                    nethra.core.models.AgencyForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="house_numbers",
                        to="incidents.place",
                    ),
                ),
            ],
            options={
                "ordering": ["street", "first", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="gazetteerload",
            constraint=models.UniqueConstraint(
                models.F("agency"), models.F("source"), models.F("version"), name="gazetteerload_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="gazetteerload",
            constraint=models.UniqueConstraint(
                models.F("agency"),
                models.F("source"),
                condition=models.Q(("is_current", True)),
                name="gazetteerload_one_current",
            ),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["agency", "load"], name="place_by_load"),
        ),
        migrations.AddIndex(
            model_name="housenumber",
            index=models.Index(fields=["agency", "street", "first"], name="housenumber_by_street"),
        ),
        migrations.AddIndex(
            model_name="housenumber",
            index=models.Index(fields=["agency", "load"], name="housenumber_by_load"),
        ),
        migrations.AddConstraint(
            model_name="housenumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lte", models.F("latest"))), name="housenumber_ascends"
            ),
        ),
        secure_table("incidents_gazetteerload"),
        link_within_agency("incidents_gazetteerload", "loaded_by_id", "accounts_user"),
        audit_table("incidents_gazetteerload"),
        secure_table("incidents_place"),
        link_within_agency("incidents_place", "load_id", "incidents_gazetteerload"),
        # What lies on every map is not worth its size in the audit: the load says by which file it came.
        audit_table("incidents_place", excluded=["shape"]),
        secure_table("incidents_housenumber"),
        link_within_agency("incidents_housenumber", "load_id", "incidents_gazetteerload"),
        link_within_agency("incidents_housenumber", "street_id", "incidents_place"),
        audit_table("incidents_housenumber", excluded=["shape"]),
        migrations.RunSQL(WORDS, "DROP INDEX place_words;"),
        migrations.RunSQL(GRANT, REVOKE),
        definer_function("app.find_places(wanted text, only_streets boolean, most integer)", FIND),
    ]
