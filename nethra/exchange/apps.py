from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "nethra.exchange"
    label = "exchange"
    verbose_name = "Searches and exports"

    def ready(self) -> None:
        from nethra.exchange import receivers  # noqa: F401
