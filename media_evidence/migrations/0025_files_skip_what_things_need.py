from django.db import migrations

# Every file that comes in writes an entry; of these alone something follows for a thing.
KINDS = "'moved', 'sealed', 'accepted', 'released', 'returned', 'disposed'"
TRIGGER = """
DROP TRIGGER stand_item ON media_evidence_custodyevent;
CREATE TRIGGER stand_item AFTER INSERT ON media_evidence_custodyevent FOR EACH ROW {when}
    EXECUTE FUNCTION app.stand_item();
ALTER TABLE media_evidence_custodyevent ENABLE ALWAYS TRIGGER stand_item;
"""


class Migration(migrations.Migration):
    dependencies = [("media_evidence", "0024_disclosure_walls")]
    operations = [
        migrations.RunSQL(TRIGGER.format(when=f"WHEN (NEW.kind IN ({KINDS}))"), TRIGGER.format(when="")),
        migrations.RunSQL(
            "ALTER FUNCTION app.custody_name(uuid) STRICT;",
            "ALTER FUNCTION app.custody_name(uuid) CALLED ON NULL INPUT;",
        ),
    ]
