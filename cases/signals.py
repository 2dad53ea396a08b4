"""What higher layers may want to hear of from cases."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent when the demonstration's cases are stored, inside its agency's transaction, with `access`, `people`
#: (label -> user) and `cases`.
demo_cases_seeded = Signal()
