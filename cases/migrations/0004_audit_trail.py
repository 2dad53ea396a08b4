from django.db import migrations

from nethra.core.row_security import definer_function

# Rows of a case's parts name it in their audited body, also when they are gone.
INDEX = r"""
CREATE INDEX audit_event_case ON audit_auditevent
    (agency_id, (substring(body FROM '"case_id": "([0-9a-f-]{36})"')))
    WHERE entity LIKE 'cases\_%' OR entity LIKE 'media\_evidence\_%';
"""

# Beneath row security the expression could not use its index.
EVENTS = r"""RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT found.id FROM (
        SELECT e.id, e.recorded_at FROM audit_auditevent e
        WHERE e.agency_id = app.agency_id() AND e.object_id = wanted
        UNION ALL
        SELECT e.id, e.recorded_at FROM audit_auditevent e
        WHERE e.agency_id = app.agency_id()
          AND (e.entity LIKE 'cases\_%' OR e.entity LIKE 'media\_evidence\_%')
          AND substring(e.body FROM '"case_id": "([0-9a-f-]{36})"') = wanted::text
    ) found ORDER BY found.recorded_at DESC, found.id DESC LIMIT most
$$"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_transitions")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX audit_event_case;"),
        definer_function("app.events_of_case(wanted uuid, most integer)", EVENTS),
    ]
