"""The engagement: the app under launch, the sprint, its stages, its risks, what happened."""

from sprints.models.activity import ActivityEvent
from sprints.models.consent import Consent, DomainProof
from sprints.models.project import CoreRoute, Project, ProjectHost, SendingDomain
from sprints.models.risk import Risk, RiskSighting
from sprints.models.sprint import ItemRun, Sprint, Stage, StageItem

__all__ = [
    "ActivityEvent",
    "Consent",
    "CoreRoute",
    "DomainProof",
    "ItemRun",
    "Project",
    "ProjectHost",
    "Risk",
    "RiskSighting",
    "SendingDomain",
    "Sprint",
    "Stage",
    "StageItem",
]
