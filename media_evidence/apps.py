from django.apps import AppConfig


class MediaEvidenceConfig(AppConfig):
    name = "media_evidence"
    verbose_name = "Evidence"

    def ready(self) -> None:
        from media_evidence import demo  # noqa: F401
