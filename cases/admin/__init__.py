"""The console's pages for cases and tasks, and what cases hang on the pages of incidents."""

from __future__ import annotations

from cases.admin import cases, expunging, gathering, incidents, shared, sharing, tasks, watching

__all__ = ["cases", "expunging", "gathering", "incidents", "shared", "sharing", "tasks", "watching"]
