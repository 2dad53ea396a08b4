from django.contrib.postgres.indexes import GistIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0017_gazetteer"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=GistIndex(
                fields=["agency", "location", "occurred_from"], name="incident_agency_place_time"
            ),
        ),
        migrations.RemoveIndex(model_name="incident", name="incident_agency_location"),
    ]
