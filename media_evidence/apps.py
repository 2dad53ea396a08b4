from django.apps import AppConfig


class MediaEvidenceConfig(AppConfig):
    name = "media_evidence"
    verbose_name = "Evidence"
