from django.apps import AppConfig


class SprintsConfig(AppConfig):
    name = "sprints"

    def ready(self) -> None:
        from accounts.due import register  # noqa: PLC0415 - it needs the models
        from accounts.erasing import erasing  # noqa: PLC0415 - as above
        from accounts.invitations import joined  # noqa: PLC0415 - as above
        from accounts.purging import practice_purged  # noqa: PLC0415 - as above
        from sprints import (  # noqa: PLC0415 - as above
            deciding,
            evidencing,
            keybox,
            reconsidering,
            requesting,
            telling_whom,
            untelling,
            welcoming,
        )
        from sprints.forgetting import forget  # noqa: PLC0415 - as above
        from sprints.models import (  # noqa: PLC0415 - as above
            Acceptance,
            Decision,
            Evidence,
            KeyBox,
            Request,
        )
        from sprints.models.activity import recorded  # noqa: PLC0415 - as above
        from sprints.storing import forget_practice  # noqa: PLC0415 - as above

        recorded.connect(telling_whom.tell_people, dispatch_uid="sprints.telling_whom")
        recorded.connect(untelling.untell, dispatch_uid="sprints.untelling")
        joined.connect(welcoming.tell_what_is_open, dispatch_uid="sprints.welcoming")
        erasing.connect(forget, dispatch_uid="sprints.forget")
        practice_purged.connect(forget_practice, dispatch_uid="sprints.forget_practice")
        register("acceptance_over", Acceptance, reconsidering.is_over, order="expires_on")
        register("acceptance_near", Acceptance, reconsidering.is_near, order="expires_on")
        register("decision_past", Decision, deciding.is_past, order="valid_until")
        register("evidence_past", Evidence, evidencing.is_too_old, order="expires_on")
        register("request_quiet", Request, requesting.is_to_be_nudged, order="sent_at")
        register("key_past", KeyBox, keybox.is_past, order="expires_at")
