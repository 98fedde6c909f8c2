"""The risk list, one risk beside it, and a risk that a person has seen.

The page is `templates/pages/risks.html`: it also offers to look again, which is the audits' to do.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.adding import add_risk
from sprints.bulk import STATES
from sprints.drawer import drawer
from sprints.evidencing import SEND_BACK_REASONS
from sprints.exporting import FORMATS
from sprints.filters import RiskFilter
from sprints.forms import NewRiskForm, RiskForm, people_of
from sprints.listing import Listing, lines_of, listing
from sprints.models import Risk, Sprint
from sprints.outside import why_not_offered
from sprints.proofs import staff_proofs
from sprints.threads import About, thread
from sprints.triage import WORDS, word_of
from sprints.views.finding import find_risk, find_sprint, set_crumbs, words_of

# The three words with the keys that say them.
TRIAGE = [
    (str(key), word.value, text, f"{text.capitalize()} ({key})")
    for key, (word, text) in enumerate(WORDS.items(), 1)
]


@require_safe
@allowed(Action.SEE)
def risk_list(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    set_crumbs(request, sprint, ("Risks", ""))
    return render(request, "pages/risks.html", list_context(request, sprint))


@require_safe
@allowed(Action.SEE)
def risk_detail(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    risk = find_risk(request, sprint_id, number)
    return render(request, "pages/risks.html", detail_context(request, risk))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SCORE_RISK)
def risk_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    given = {"stage": request.GET.get("stage")} | NewRiskForm.USUAL_WEIGHT
    form = NewRiskForm(request.POST or None, initial=given)
    if form.is_bound and form.is_valid():
        risk = add_risk(sprint, form.save(commit=False), by=request.user)
        words = words_of(sprint, request, number=risk.number)
        return redirect(reverse("sprints:risk-detail", kwargs=words))
    list_url = reverse("sprints:risk-list", kwargs=words_of(sprint, request))
    set_crumbs(request, sprint, ("Risks", list_url), ("New risk", ""))
    status = 422 if form.is_bound else 200
    shown = {"sprint": sprint, "form": form, "list_url": list_url}
    return render(request, "sprints/risk_create.html", shown, status=status)


# `Any` below: whatever a template reads.


def detail_context(
    request: TenantRequest, risk: Risk, *, bound: RiskForm | None = None
) -> dict[str, Any]:
    """The list with the risk's drawer beside it."""
    people = people_of(risk.sprint.client)
    context = drawer_context(request, risk, bound=bound, people=people)
    set_crumbs(request, risk.sprint, ("Risks", context["list_url"]), (risk.ref, ""))
    return context | list_context(request, risk.sprint, selected=risk, people=people)


def drawer_context(
    request: TenantRequest,
    risk: Risk,
    *,
    bound: RiskForm | None = None,
    people: dict[int, str] | None = None,
) -> dict[str, Any]:
    """The drawer by itself; of the list it knows what was asked for."""
    people = people_of(risk.sprint.client) if people is None else people
    sprint, asked = risk.sprint, RiskFilter.of(request.GET)
    words = words_of(sprint, request, number=risk.number)

    def edit_url(part: str) -> str:
        return reverse("sprints:risk-edit", kwargs=words | {"part": part}) + asked.query

    shown = drawer(
        risk,
        now=timezone.localtime(),
        edit_url=edit_url,
        by=request.user,
        people=people,
        bound=bound,
    )
    return shown | {
        "sprint": sprint,
        "list": {"asked": asked},
        "list_url": reverse("sprints:risk-list", kwargs=words_of(sprint, request)),
        "risk_url": reverse("sprints:risk-detail", kwargs=words),
        "thread": thread(request, sprint, About(risk=risk)),
        "proofs": staff_proofs(request, risk),
        "send_back_reasons": SEND_BACK_REASONS,
        "triage_words": TRIAGE,
        "keep_url": reverse("sprints:template-keep", kwargs=words),
        "word": word_of(risk.score),
        "offer_why_not": why_not_offered(risk),
        "drawer_url": reverse("sprints:risk-drawer", kwargs=words) + asked.query,
    }


def list_context(
    request: TenantRequest,
    sprint: Sprint,
    *,
    selected: Risk | None = None,
    people: dict[int, str] | None = None,
) -> dict[str, Any]:
    words = words_of(sprint, request)
    people = people_of(sprint.client) if people is None else people
    return {
        "sprint": sprint,
        "list": asked_list(request, sprint, selected=selected, people=people),
        "list_url": reverse("sprints:risk-list", kwargs=words),
        "create_url": reverse("sprints:risk-create", kwargs=words),
        "export_urls": export_urls(request, sprint),
        "import_url": reverse("sprints:risk-import", kwargs=words),
        "library_url": reverse("sprints:library-pick", kwargs=words),
        "bulk_url": reverse("sprints:risk-bulk", kwargs=words),
        "triage_words": TRIAGE,
        "bulk_states": STATES,
        "bulk_people": people,
        "may_edit": True,
    }


def export_urls(request: TenantRequest, sprint: Sprint) -> list[tuple[str, str]]:
    """The list as it is filtered, once for each kind of file."""
    words, query = words_of(sprint, request), RiskFilter.of(request.GET).query
    return [
        (form.upper(), reverse("sprints:risk-export", kwargs=words | {"form": form}) + query)
        for form in FORMATS
    ]


def asked_list(
    request: TenantRequest,
    sprint: Sprint,
    *,
    people: dict[int, str],
    selected: Risk | None = None,
    **options: int,
) -> Listing:
    """The list that the address asks for."""
    asked = RiskFilter.of(request.GET)
    words = words_of(sprint, request)

    def url_of(risk: Risk) -> str:
        return reverse("sprints:risk-detail", kwargs=words | {"number": risk.number}) + asked.query

    return listing(
        list(lines_of(sprint)),
        asked,
        me=request.user.pk,
        people=people,
        url_of=url_of,
        page=request.GET.get("page", "1"),
        selected=selected,
        **options,
    )
