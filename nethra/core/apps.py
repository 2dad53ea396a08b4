from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "nethra.core"
    label = "core"

    def ready(self) -> None:
        from nethra.core import checks, declaration_checks  # noqa: F401  (registers the start-up checks)
