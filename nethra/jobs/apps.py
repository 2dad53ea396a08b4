from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "nethra.jobs"
    label = "jobs"
