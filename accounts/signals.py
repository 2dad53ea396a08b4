"""What higher layers may want to hear of from accounts."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent when an agency was made, inside its own transaction, with `access`.
agency_created = Signal()
