from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "nethra.exchange"
    label = "exchange"
