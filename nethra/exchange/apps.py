from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "nethra.exchange"
    label = "exchange"

    def ready(self) -> None:
        from nethra.exchange import receivers  # noqa: F401
