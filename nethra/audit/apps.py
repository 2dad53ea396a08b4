from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "nethra.audit"
    label = "audit"
    verbose_name = "Audit"
