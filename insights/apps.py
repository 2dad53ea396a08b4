from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "insights"
    verbose_name = "Analysis"

    def ready(self) -> None:
        from insights.reference_layers import checks  # noqa: F401  (registers the start-up checks)
