"""The console's pages of what spans the apps, one module per subject."""

from __future__ import annotations

from nethra.exchange.admin import exports, searches

__all__ = ["exports", "searches"]
