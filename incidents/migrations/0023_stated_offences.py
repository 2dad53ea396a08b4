from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0022_found_by_address_walls")]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="stated_offences",
            field=models.TextField(blank=True, db_default="[]", default="[]", editable=False),
        ),
    ]
