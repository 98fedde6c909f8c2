"""The engagement: the app under launch, the sprint, its stages, its risks, what happened."""

from sprints.models.acceptance import Acceptance
from sprints.models.activity import ActivityEvent
from sprints.models.comment import Audience, Comment
from sprints.models.consent import Consent, DomainProof
from sprints.models.decision import Decision, DecisionCondition
from sprints.models.evidence import Evidence, EvidenceRevision, StageSubmission
from sprints.models.library import RiskTemplate
from sprints.models.link import ShareLink
from sprints.models.project import CoreRoute, Project, ProjectHost, SendingDomain
from sprints.models.request import KeyBox, Request
from sprints.models.risk import Risk, RiskSighting
from sprints.models.sprint import ItemRun, Sprint, Stage, StageItem

__all__ = [
    "Acceptance",
    "ActivityEvent",
    "Audience",
    "Comment",
    "Consent",
    "CoreRoute",
    "Decision",
    "DecisionCondition",
    "DomainProof",
    "Evidence",
    "EvidenceRevision",
    "ItemRun",
    "KeyBox",
    "Project",
    "ProjectHost",
    "Request",
    "Risk",
    "RiskSighting",
    "RiskTemplate",
    "SendingDomain",
    "ShareLink",
    "Sprint",
    "Stage",
    "StageItem",
    "StageSubmission",
]
