from django.apps import AppConfig


class MediaEvidenceConfig(AppConfig):
    name = "media_evidence"
    verbose_name = "Evidence"

    def ready(self) -> None:
        from cases.sharing import hang_part
        from media_evidence import demo, expunging, tus  # noqa: F401
        from media_evidence.keeping import defaults  # noqa: F401
        from nethra.core.receiving import hang_receiver

        hang_part("evidence", "SELECT app.shared_evidence(%s, %s)")
        hang_receiver(tus.PATHS, tus.receive)
