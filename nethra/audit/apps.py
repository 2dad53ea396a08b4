from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "nethra.audit"
    label = "audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        from nethra.audit.alarm import watch_connections

        watch_connections()
