"""The exact change on a risk's page, for staff and for founders, and watching it land."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from audits.changes.naming import asked_name, asked_value, console_url, proxied_words
from audits.changes.sets import Act, Change, ChangeSet, Place
from audits.changes.zone_file import zone_file
from audits.changing import change_of
from audits.watch_models import Watch
from audits.watching import NoChangeError, begin_watch, latest
from config.client_finding import client_url, find_client_risk, find_client_sprint
from sprints.client_urls import SPRINT as CLIENT_SPRINT
from sprints.models import Risk
from sprints.views.finding import find_risk, words_of

# How long the end of a watch stands in the page of a risk that it closed.
END_STANDS: Final = timedelta(hours=24)
SHOWN_KEPT: Final = 12

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def risk_change(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    risk = find_risk(request, sprint_id, number)
    return render(request, "pages/change.html#card", staff_context(request, risk))


@require_safe
@allowed(Action.SEE)
def risk_landing(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    risk = find_risk(request, sprint_id, number)
    return render(request, "pages/change.html#landing", staff_context(request, risk))


@require_POST
@allowed(Action.RUN_CHECK)
def risk_watch(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    risk = find_risk(request, sprint_id, number)
    refused = _begin(request, risk)
    if request.htmx:
        context = staff_context(request, risk) | {"refused": refused}
        return render(request, "pages/change.html#landing", context)
    return redirect(reverse("sprints:risk-detail", kwargs=_words(request, risk)))


@require_safe
@allowed(Action.SEE)
def risk_zone(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    return _zone(find_risk(request, sprint_id, number))


@require_safe
@allowed(Action.SEE)
def client_landing(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    risk = find_client_risk(request, find_client_sprint(request, sprint_id), number)
    return render(request, "pages/change.html#landing", client_context(request, risk))


@require_POST
@allowed(Action.FIX_OWN_RISK)
def client_watch(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    risk = find_client_risk(request, find_client_sprint(request, sprint_id), number)
    refused = _begin(request, risk)
    if request.htmx:
        context = client_context(request, risk) | {"refused": refused}
        return render(request, "pages/change.html#landing", context)
    return redirect(client_url("client-risk", risk.sprint_id, number=number) + "#change")


@require_safe
@allowed(Action.SEE)
def client_zone(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    return _zone(find_client_risk(request, find_client_sprint(request, sprint_id), number))


def staff_context(request: TenantRequest, risk: Risk) -> dict[str, Any]:
    words = _words(request, risk)
    return card(risk) | {
        "may_watch": may(request.membership, Action.RUN_CHECK),
        "landing_url": reverse("sprints:risk-landing", kwargs=words),
        "watch_url": reverse("sprints:risk-watch", kwargs=words),
        "zone_url": reverse("sprints:risk-zone", kwargs=words),
    }


def client_context(request: TenantRequest, risk: Risk) -> dict[str, Any]:
    """The same for a founder, with the steps in plain words."""
    return card(risk) | {
        "is_client": True,
        "may_watch": may(request.membership, Action.FIX_OWN_RISK),
        "landing_url": client_url("client-risk-landing", risk.sprint_id, number=risk.number),
        "watch_url": client_url("client-risk-watch", risk.sprint_id, number=risk.number),
        "zone_url": client_url("client-risk-zone", risk.sprint_id, number=risk.number),
    }


def card(risk: Risk) -> dict[str, Any]:
    """The change and its watch; {"change": None} where there is neither."""
    watch = latest(risk)
    change = change_of(risk)
    if change is None and watch is not None and _still_stands(watch):
        change = watch.set
    shown: dict[str, Any] = {"risk": risk, "change": None, "watch": None}
    if change is None:
        return shown
    is_this = watch is not None and (not watch.is_over or _still_stands(watch))
    return shown | {
        "change": change_words(change),
        "watch": watch_words(watch, risk) if watch is not None and is_this else None,
        "is_settled": not risk.is_unsettled,
    }


def _still_stands(watch: Watch) -> bool:
    return watch.asked_at > timezone.now() - END_STANDS


def change_words(change: ChangeSet) -> dict[str, Any]:
    """The set as the card shows it: every field as the provider's form wants it."""
    changed = [*change.of(Act.REMOVE), *change.of(Act.ADD)]
    kept = change.of(Act.KEEP)
    is_registrar = change.place == Place.REGISTRAR
    return {
        "where": change.provider or ("registrar" if is_registrar else "DNS provider"),
        "console_url": console_url(change),
        "zone": change.zone,
        "rows": [row_words(change, row) for row in changed],
        "kept": [row_words(change, row) for row in kept[:SHOWN_KEPT]],
        "more_kept": max(len(kept) - SHOWN_KEPT, 0),
        "notes": change.notes,
        "has_zone_file": len(changed) > 1 and not is_registrar and bool(change.of(Act.ADD)),
        "is_removing": bool(change.of(Act.REMOVE)),
        "is_adding": bool(change.of(Act.ADD)),
        "count": len(changed),
    }


def row_words(change: ChangeSet, row: Change) -> dict[str, Any]:
    name = asked_name(change, row)
    return {
        "act": str(row.act),
        "type": row.rtype,
        "name": name,
        "full_name": row.name if row.name != name else "",
        "is_name_empty": not name,
        "value": asked_value(row),
        "ttl_seconds": row.ttl_seconds,
        "proxied": proxied_words(row),
    }


def watch_words(watch: Watch, risk: Risk) -> dict[str, Any]:
    """Where the change stands, in a title, a sentence and a tone."""
    title, text, tone = _standing(watch, risk)
    seen = watch.seen
    return {
        "is_over": watch.is_over,
        "title": title,
        "text": text,
        "tone": tone,
        "seeing": seen.seeing if seen else 0,
        "of": len(seen.watchers) if seen else 0,
        "until_at": watch.until_at,
        "looked_at": watch.looked_at,
        "may_look_again": watch.is_over and risk.is_unsettled,
    }


def _standing(watch: Watch, risk: Risk) -> tuple[str, str, str]:
    said = watch.sentence
    is_closed = not risk.is_unsettled
    if watch.state == Watch.State.LATE:
        waited = f"We looked for half an hour; last seen: {said or 'nothing'}."
        if is_closed:
            return "The check passes.", f"{waited} The rest follows by itself.", "good"
        return "Not live everywhere in time.", f"{waited} {_why_late(watch)}", "bad"
    if watch.is_over and is_closed:
        return "It is live, and the check passes.", _closed_words(watch, risk), "good"
    if watch.is_over:
        text = f"{said.capitalize()}. The check still sees trouble; the answer above says what."
        return "It is live, but the trouble is not gone.", text, "bad"
    if is_closed:
        return "The check passes.", f"{said.capitalize()}.", "good"
    if not said:
        return "Looking now.", "We ask your provider and four public resolvers.", ""
    return f"{said.capitalize()}.", "", ""


def _closed_words(watch: Watch, risk: Risk) -> str:
    if watch.seen is not None and watch.seen.provider is False:
        return f"It was changed in another way than computed. {risk.ref} is closed."
    return f"{watch.sentence.capitalize()}. {risk.ref} is closed."


def _why_late(watch: Watch) -> str:
    if watch.provider_live_at is None:
        return "Compare each field with the rows above: was it saved, and in the right zone?"
    ttl = max((row.ttl_seconds for row in watch.set.rows), default=0)
    minutes = -(-ttl // 60)
    return f"Resolvers may keep the old answer for up to {minutes} minutes. Look again after that."


def _begin(request: TenantRequest, risk: Risk) -> str:
    """Begin the watch; a sentence where there is nothing to watch."""
    try:
        begin_watch(risk, by=request.user)
    except NoChangeError as error:
        if not request.htmx:
            messages.warning(request, str(error))
        return str(error)
    return ""


def _zone(risk: Risk) -> HttpResponse:
    change = change_of(risk)
    if change is None:
        raise Http404("There is no computed change for this risk.")
    name = f"{risk.ref.lower()}.zone"
    return HttpResponse(
        zone_file(change),
        content_type="text/plain; charset=us-ascii",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _words(request: TenantRequest, risk: Risk) -> dict[str, Any]:
    return words_of(risk.sprint, request, number=risk.number)


STAFF_RISK = "sprints/<int:sprint_id>/risks/<int:number>"
CLIENT_RISK = f"{CLIENT_SPRINT}/risks/<int:number>"

sprint_patterns = [
    path(f"{STAFF_RISK}/change/", risk_change, name="risk-change"),
    path(f"{STAFF_RISK}/landing/", risk_landing, name="risk-landing"),
    path(f"{STAFF_RISK}/watch/", risk_watch, name="risk-watch"),
    path(f"{STAFF_RISK}/zone-file/", risk_zone, name="risk-zone"),
]
client_patterns = [
    path(f"{CLIENT_RISK}/landing/", client_landing, name="client-risk-landing"),
    path(f"{CLIENT_RISK}/watch/", client_watch, name="client-risk-watch"),
    path(f"{CLIENT_RISK}/zone-file/", client_zone, name="client-risk-zone"),
]
