"""What higher layers may want to hear of from cases."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent when the demonstration's cases are stored, inside its agency's transaction, with `access`, `people`
#: (label -> user) and `cases`.
demo_cases_seeded = Signal()

#: Sent before a case is expunged, inside the agency's transaction, with `access`, `order` and `case_id`. A receiver
#: removes what hangs on the case above and returns the SHA-256 of files that are destroyed with the commit.
case_about_to_be_expunged = Signal()
