from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        from accounts.due import register  # noqa: PLC0415 - the app registry is filling up
        from audits import guesses, latency, mail_tests, proofs, watching  # noqa: PLC0415
        from audits.latency_models import LatencyRun  # noqa: PLC0415
        from audits.mail_models import MailTest  # noqa: PLC0415
        from audits.models import DomainGuess  # noqa: PLC0415
        from audits.watch_models import Watch  # noqa: PLC0415
        from sprints.models import DomainProof  # noqa: PLC0415

        register("proof", DomainProof, proofs.is_waiting, order="asked_at")
        register("guess", DomainGuess, guesses.is_waiting, order="asked_at")
        register("latency", LatencyRun, latency.is_waiting, order="requested_at")
        register("watch", Watch, watching.is_due, order="next_look_at")
        register("mail_test", MailTest, mail_tests.is_due, order="started_at")
