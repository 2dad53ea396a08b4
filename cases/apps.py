from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Cases"

    def ready(self) -> None:
        from cases import demo, receivers  # noqa: F401
        from cases.policies import seen_by_case, seen_events
        from incidents import policies as incidents
        from nethra.audit import models as audit

        incidents.hang_rule(seen_by_case)
        audit.hang_rule(seen_events)
