from django.db import migrations

from incidents.reference import load_offence_codes


def store_codes(apps, schema_editor):
    """Store the shipped list. The table has no agency, so row security does not hide it from the owner."""
    code = apps.get_model("incidents", "OffenceCode")
    code.objects.bulk_create(
        code(
            code=row.code,
            name=row.name,
            group=row.group,
            category=row.category,
            crime_against=row.crime_against,
            is_retired=row.is_retired,
        )
        for row in load_offence_codes()
    )


def remove_codes(apps, schema_editor):
    apps.get_model("incidents", "OffenceCode").objects.all().delete()


REFERENCE_ONLY = """
SELECT app.read_only_for_application('incidents_offencecode');
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_row_security")]
    operations = [
        migrations.RunPython(store_codes, remove_codes),
        migrations.RunSQL(REFERENCE_ONLY, migrations.RunSQL.noop),
    ]
