"""The console's list of tasks over all cases."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from cases.admin.cases import PRIORITY_COLOURS
from cases.admin.filters import AssigneeFilter
from cases.models import CaseTask
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import display

STATUS_COLOURS = {"Open": "info", "In progress": "primary", "Done": "success", "Cancelled": "success"}


@admin.register(CaseTask, site=console)
class TaskAdmin(ViewOnlyAdmin[CaseTask]):
    """Tasks of all cases; they are written on their case's page."""

    view_capability = Capability.VIEW_CASES
    list_display = ("title", "of_case", "state", "urgency", "assignee_name", "due_on")
    list_filter = (("status", ChoicesDropdownFilter), ("priority", ChoicesDropdownFilter), AssigneeFilter)
    search_fields = ("title", "=case__number")
    search_help_text = "Words of the task, or a case's number"
    ordering = ("due_on", "created_at", "id")
    fields = ("title", "of_case", "state", "urgency", "assignee_name", "due_on", "ended_at")
    readonly_fields = ("of_case", "state", "urgency", "assignee_name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CaseTask]:
        return super().get_queryset(request).select_related("case", "assignee")

    @display(description="case")
    def of_case(self, task: CaseTask) -> str:
        address = reverse("admin:cases_case_change", args=[task.case_id])
        return format_html('<a href="{}#tasks">{}</a>', address, task.case.number)

    @display(description="status", label=STATUS_COLOURS)
    def state(self, task: CaseTask) -> str:
        return task.get_status_display()

    @display(description="priority", label=PRIORITY_COLOURS)
    def urgency(self, task: CaseTask) -> str:
        return task.get_priority_display()

    @display(description="assignee")
    def assignee_name(self, task: Any) -> str:
        return str(task.assignee or "-")
