from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Incidents and areas"

    def ready(self) -> None:
        from incidents import receivers  # noqa: F401
        from incidents.policies import seen_events
        from nethra.audit.models import hang_rule

        hang_rule(seen_events)
