from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Binds the tasks of every app to the one Celery application, in whatever process runs."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401, PLC0415 - must follow the settings
