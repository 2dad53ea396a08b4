"""What higher layers may want to hear of before incidents change."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent before an import's incidents are removed, inside the agency's transaction, with `access` and
#: `batch_id`. A receiver returns the numbers of incidents that must stay, each with its own words about
#: what holds it, e.g. ["I2026-0000017 (case C-4)"]; an empty list or None lets them go.
incidents_about_to_go = Signal()

#: Sent when the demonstration's city is stored, inside its agency's transaction, with `access`, `people`
#: (label -> user), `truth` (what was planted) and `with_files` (whether files may be written, which no rollback
#: takes back).
demo_city_seeded = Signal()

#: Sent after an incident was expunged, inside the transaction, with `access` and `incident_id`.
incident_expunged = Signal()

#: Sent before an incident is sealed as a whole, with `incident`. A receiver returns the number of a case that is
#: about it, so that the case is sealed instead, or ''.
incident_about_to_be_sealed = Signal()
