"""What shows that something is so: taken in, refused, looked at, too old, opened."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sprints import receiving
from sprints.deleting import doomed_client, doomed_project, doomed_sprint, file_keys
from sprints.evidencing import EvidenceRefusedError, Given, expire, hand_in, has_evidence, judge
from sprints.finishing import settle
from sprints.leaks import find_leak
from sprints.models import ActivityEvent, Evidence, EvidenceRevision, Risk, StageItem
from sprints.overriding import override, take_back
from sprints.sniffing import UnknownContentError, sniff
from sprints.storing import forget, read
from sprints.telling import sentence
from sprints.template import STAGES, ItemPart
from tests.factories import World
from tests.sprints.factories import make_evidence, make_item_run, make_risk, make_sprint

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
KEY = "sk_live_" + "a1B2c3D4e5F6g7H8"


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    return make_sprint(place)


@pytest.fixture
def item(sprint):
    rows = StageItem.objects.select_related("stage__sprint__project", "stage__sprint__lead")
    return rows.get(stage__sprint=sprint, key="3.3")


@pytest.fixture
def staff(place, sprint, client):
    """Asks an address of the sprint as the consultant."""
    client.force_login(place.consultant)
    words = {"practice_slug": place.practice.slug, "sprint_id": sprint.pk}

    def asking(name, sent=None, **more):
        url = reverse(f"sprints:{name}", kwargs=words | more)
        return client.get(url) if sent is None else client.post(url, sent)

    return asking


@pytest.fixture
def founder(place, sprint, client):
    client.force_login(place.founder)

    def asking(name, sent=None, **more):
        url = reverse(name, kwargs={"sprint_id": sprint.pk} | more)
        return client.get(url) if sent is None else client.post(url, sent)

    return asking


def fresh(item):
    return StageItem.objects.select_related("stage__sprint").get(pk=item.pk)


def of_founder(place, item, text="It is in the vault"):
    return hand_in(item.stage, item, Given(text=text), by=place.founder, is_client=True)


def picture(name="vault.png", data=PNG):
    return SimpleUploadedFile(name, data)


# --- the template ------------------------------------------------------------------------


def test_the_template_holds_every_item_of_the_seven_stages():
    counts = [
        tuple(sum(item.part == part for item in stage.items) for part in ItemPart)
        for stage in STAGES
    ]
    assert counts == [
        (5, 2, 3), (5, 2, 3), (4, 2, 3), (4, 2, 3), (4, 2, 3), (10, 4, 6), (10, 4, 7),
    ]  # fmt: skip


# --- what a file is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (PNG, "a.txt", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "a.png", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a", "image/webp"),
        (b"%PDF-1.7 rest", "a.exe", "application/pdf"),
        (b"\x00\x00\x00\x18ftypmp42", "a.mp4", "video/mp4"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"12:00 started", "a.log", "text/plain"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(data, name, mime):
    assert sniff(data, name) == mime


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"<svg xmlns='x'><script/></svg>", "a.png", "run code"),
        (b"  <!DOCTYPE html><p>", "a.txt", "run code"),
        (b"MZ\x90\x00\x03", "a.png", "can’t tell"),
        (b"", "a.png", "empty"),
    ],
)
def test_what_a_browser_would_run_or_nobody_knows_is_refused(data, name, words):
    with pytest.raises(UnknownContentError, match=words):
        sniff(data, name)


@pytest.mark.parametrize(
    "text",
    [KEY, "sk-proj-" + "x" * 40, "ghp_" + "a" * 36, "postgres://u:longpassword@db.test/x",
     "-----BEGIN RSA PRIVATE KEY-----", "AKIA" + "A" * 16],
)  # fmt: skip
def test_a_key_is_found_with_its_line_and_shown_masked(text):
    leak = find_leak(f"first\nkey = {text} end")
    assert leak is not None
    assert leak.line == 2
    assert text not in leak.masked
    assert "••••" in leak.masked


def test_prose_and_public_names_hold_no_key():
    assert find_leak("The task-list of sk-something, pk_live_x and a desk-lamp.") is None


# --- handing in --------------------------------------------------------------------------


def test_a_picture_is_kept_under_a_key_nobody_can_guess_and_opens_as_a_download(place, item, staff):
    sent = {"upload": picture("../../Vault <1>.png"), "audience": "client"}
    assert staff("evidence-create", sent, ordinal=3, key="3.3").status_code == 302
    revision = EvidenceRevision.objects.get()
    assert revision.storage_key.startswith(f"{place.practice.pk}/{place.client.pk}/")
    assert "Vault" not in revision.storage_key
    assert read(revision.storage_key, practice_id=place.practice.pk) == PNG
    answer = staff("evidence-file", evidence_id=revision.evidence_id, number=1)
    assert answer.content == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Type"] == "image/png"


def test_a_key_of_another_practice_opens_nothing(place):
    with pytest.raises(FileNotFoundError):
        read("999/1/abc", practice_id=place.practice.pk)


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("https://video.example/watch?v=1", "link", "video.example"),
        ("Seen in the console today.", "note", "Seen in the console today."),
        ("javascript:alert(1)", "note", "javascript:alert(1)"),
    ],
)
def test_a_link_and_a_sentence_are_told_apart(place, item, text, kind, title):
    made = hand_in(item.stage, item, Given(text=text), by=place.consultant)
    assert (made.kind, made.title, made.state) == (kind, title, "accepted")


def test_an_audit_that_looked_at_the_item_is_evidence_and_another_is_not(place, item):
    make_item_run(place, item=item, audit_number=3)
    made = hand_in(item.stage, item, Given(audit_number=3), by=place.consultant)
    assert (made.kind, made.title) == ("run", "Audit 3")
    with pytest.raises(EvidenceRefusedError, match="Audit 4 has not looked"):
        hand_in(item.stage, item, Given(audit_number=4), by=place.consultant)


@pytest.mark.parametrize("field", ["text", "upload"])
def test_a_secret_is_refused_masked_and_nothing_is_kept(item, staff, field):
    text = f"first line\nSTRIPE={KEY}"
    value = text if field == "text" else picture("env.txt", text.encode())
    sent = {field: value, "audience": "client"}
    answer = staff("evidence-create", sent, ordinal=3, key="3.3")
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "a Stripe or Clerk key on line 2" in said
    if field == "upload":
        assert KEY not in said
    assert not Evidence.objects.exists()


def test_a_file_above_the_cap_is_let_go_of_and_one_at_the_cap_is_kept(item, staff, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_FILE_BYTES", len(PNG))
    sent = {"audience": "client", "upload": picture(data=PNG + b"1")}
    answer = staff("evidence-create", sent, ordinal=3, key="3.3")
    assert answer.status_code == 422
    assert "nothing of it was kept" in answer.content.decode()
    assert not Evidence.objects.exists()
    sent["upload"] = picture()
    assert staff("evidence-create", sent, ordinal=3, key="3.3").status_code == 302


def test_nothing_at_all_is_refused_with_a_sentence(staff):
    answer = staff("evidence-create", {"audience": "client"}, ordinal=3, key="3.3")
    assert answer.status_code == 422
    assert "Nothing is here yet." in answer.content.decode()


def test_a_new_revision_leaves_the_one_before(place, item, staff):
    made = hand_in(item.stage, item, Given(text="First"), by=place.consultant)
    sent = {"text": "Second", "audience": "client"}
    assert staff("evidence-again", sent, evidence_id=made.pk).status_code == 302
    texts = EvidenceRevision.objects.filter(evidence=made).values_list("number", "text")
    assert list(texts) == [(1, "First"), (2, "Second")]


# --- a founder's -------------------------------------------------------------------------


def test_a_founder_hands_in_and_somebody_else_accepts_it(place, item, founder, client):
    sent = {"text": "The vault is ours", "item": item.pk}
    assert founder("client-evidence-create", sent, ordinal=3).status_code == 302
    made = Evidence.objects.get()
    assert (made.state, made.audience, made.item) == ("submitted", "client", item)
    assert not has_evidence(item)
    with pytest.raises(EvidenceRefusedError, match="Somebody else"):
        judge(made, is_yes=True, by=place.founder)
    judge(made, is_yes=True, by=place.consultant)
    assert has_evidence(item)
    with pytest.raises(EvidenceRefusedError, match="accepted already"):
        judge(made, is_yes=False, by=place.owner, reason="It shows something else")


def test_sent_back_needs_a_reason_and_is_handed_in_again_by_its_founder(place, item, founder):
    made = of_founder(place, item)
    with pytest.raises(EvidenceRefusedError, match="choose a reason"):
        judge(made, is_yes=False, by=place.consultant)
    judge(made, is_yes=False, by=place.consultant, reason="A part is missing")
    page = founder("client-stage", ordinal=3).content.decode()
    assert "A part is missing" in page
    assert (
        founder("client-evidence-again", {"text": "All of it"}, evidence_id=made.pk).status_code
        == 302
    )
    made.refresh_from_db()
    assert (made.state, made.state_reason) == ("submitted", "")


def test_a_founder_changes_nobody_elses_evidence(place, item, founder):
    made = hand_in(item.stage, item, Given(text="Ours"), by=place.consultant)
    sent = {"text": "Mine now"}
    assert founder("client-evidence-again", sent, evidence_id=made.pk).status_code == 404


def test_a_viewer_looks_and_hands_in_nothing(place, sprint, item, client):
    client.force_login(place.viewer)
    words = {"sprint_id": sprint.pk, "ordinal": 3}
    assert client.get(reverse("client-stage", kwargs=words)).status_code == 200
    url = reverse("client-evidence-create", kwargs=words)
    assert client.post(url, {"text": "Hello"}).status_code == 403


def test_what_is_for_staff_alone_is_no_part_of_a_founders_pages(place, item, founder):
    given = Given(text="canary-7731", audience="internal")
    inside = hand_in(item.stage, item, given, by=place.consultant)
    filed = Given(filename="canary-7731.png", data=PNG, audience="internal")
    stored = hand_in(item.stage, item, filed, by=place.consultant)
    assert "canary-7731" not in founder("client-stage", ordinal=3).content.decode()
    for made in (inside, stored):
        answer = founder("client-evidence-file", evidence_id=made.pk, number=1)
        assert answer.status_code == 404
    told = ActivityEvent.objects.filter(verb="evidence_added")
    assert {event.visibility for event in told} == {"internal"}


def test_a_founder_opens_the_file_of_another_client_nowhere(world, place, item, client):
    made = hand_in(item.stage, item, Given(filename="a.png", data=PNG), by=place.consultant)
    words = {"sprint_id": item.stage.sprint_id, "evidence_id": made.pk, "number": 1}
    url = reverse("client-evidence-file", kwargs=words)
    client.force_login(place.founder)
    assert client.get(url).status_code == 200
    client.force_login(world.ada_two.founder)
    assert client.get(url).status_code == 404


# --- by hand and too old -----------------------------------------------------------------


def test_what_is_done_by_hand_rests_on_evidence(place, item):
    settle(item, "In the vault, page 2", by=place.consultant)
    kept = Evidence.objects.get(item=item)
    assert (kept.kind, kept.audience, kept.state) == ("note", "internal", "accepted")


def test_with_evidence_no_further_word_is_asked_for(place, item, staff):
    hand_in(item.stage, item, Given(text="https://vault.example/"), by=place.consultant)
    assert staff("item-done", {"hand_note": ""}, ordinal=3, key="3.3").status_code == 302
    assert fresh(item).is_settled
    assert Evidence.objects.count() == 1


def test_a_note_with_a_key_is_refused(item, staff):
    answer = staff("item-done", {"hand_note": f"use {KEY}"}, ordinal=3, key="3.3")
    assert answer.status_code == 422
    assert not fresh(item).is_settled


def test_the_item_is_unknown_again_on_the_day_after_its_evidence_ends(place, item):
    today = timezone.localdate()
    made = hand_in(item.stage, item, Given(text="x", expires_on=today), by=place.consultant)
    settle(item, "", by=place.consultant)
    expire(made.pk)
    assert fresh(item).is_settled
    Evidence.objects.filter(pk=made.pk).update(expires_on=today - timedelta(days=1))
    expire(made.pk)
    expire(made.pk)
    made.refresh_from_db()
    assert made.state == "expired"
    assert not fresh(item).is_settled
    verbs = [event.verb for event in ActivityEvent.objects.order_by("seq")]
    assert verbs[-2:] == ["evidence_expired", "item_unknown_again"]


def test_other_evidence_that_counts_keeps_the_item_settled(place, item):
    past = timezone.localdate() - timedelta(days=1)
    hand_in(item.stage, item, Given(text="lasting"), by=place.consultant)
    made = hand_in(item.stage, item, Given(text="x", expires_on=past), by=place.consultant)
    settle(item, "", by=place.consultant)
    expire(made.pk)
    assert fresh(item).is_settled


# --- a person's word beside the machine's ------------------------------------------------


def machine_says(item, verdict="fail"):
    StageItem.objects.filter(pk=item.pk).update(verdict=verdict, verdict_at=timezone.now())
    return fresh(item)


def test_both_words_stay_to_be_seen_and_mine_is_taken_back(place, item, staff):
    item = machine_says(item)
    sent = {"verdict": "pass", "reason": "inside", "note": "in the host's console"}
    assert staff("item-override", sent, ordinal=3, key="3.3").status_code == 302
    found = fresh(item)
    assert (found.verdict, found.counts_as, found.is_settled) == ("fail", "pass", True)
    page = staff("stage", ordinal=3).content.decode()
    assert "The audit says" in page
    assert "where nobody can look from outside: in the host&#x27;s console" in page
    assert staff("item-override", {"to": "back"}, ordinal=3, key="3.3").status_code == 302
    assert fresh(item).counts_as == "fail"
    take_back(item, by=place.consultant)
    told = [sentence(event) for event in ActivityEvent.objects.order_by("seq")]
    assert len(told) == 2
    assert "says “Passes” to" in told[0]


@pytest.mark.parametrize("sent", [{"verdict": "pass"}, {"verdict": "unknown", "reason": "tried"}])
def test_a_word_without_reason_or_verdict_is_refused(item, staff, sent):
    machine_says(item)
    assert staff("item-override", sent, ordinal=3, key="3.3").status_code == 422
    assert fresh(item).override_verdict == ""


def test_the_same_word_twice_and_a_word_before_any_look_are_refused(place, item):
    with pytest.raises(EvidenceRefusedError, match="No audit has looked"):
        override(item, "na", "It is meant so", by=place.consultant)
    item = machine_says(item)
    override(item, "na", "It is meant so", by=place.consultant)
    with pytest.raises(EvidenceRefusedError, match="counts as"):
        override(item, "na", "It is meant so", by=place.consultant)


# --- signs of trouble --------------------------------------------------------------------


def test_we_saw_this_opens_its_risk_and_again_opens_the_same(place, sprint, staff):
    sent = {"words": "Nobody can pay on a phone."}
    assert staff("item-signal", sent, ordinal=3, key="F3.2").status_code == 302
    risk = Risk.objects.get()
    assert risk.consequence >= 4
    assert (risk.source, risk.stage, risk.plain_summary) == ("signal", 3, sent["words"])
    assert staff("item-signal", sent, ordinal=3, key="F3.2").status_code == 422
    assert "We saw this" in staff("stage", ordinal=3).content.decode()
    assert staff("item-signal", {"to": "over"}, ordinal=3, key="F3.2").status_code == 302
    assert staff("item-signal", {"to": "over"}, ordinal=3, key="F3.2").status_code == 422
    Risk.objects.update(state="verified")
    assert staff("item-signal", sent, ordinal=3, key="F3.2").status_code == 302
    assert Risk.objects.get().state == "open"


def test_a_sign_is_linked_with_a_heavy_risk_and_never_a_light_one(place, sprint, staff):
    heavy = make_risk(place, sprint=sprint, consequence=4)
    light = make_risk(place, sprint=sprint, consequence=3)
    refused = staff("item-signal", {"risk": light.number}, ordinal=3, key="F3.1")
    assert refused.status_code == 422
    assert staff("item-signal", {"risk": heavy.number}, ordinal=3, key="F3.1").status_code == 302
    signal = StageItem.objects.get(stage__sprint=sprint, key="F3.1")
    assert (signal.risk, signal.is_seen) == (heavy, True)
    assert Risk.objects.count() == 2


def test_a_sign_without_a_word_or_at_another_item_opens_nothing(staff):
    assert staff("item-signal", {"words": " "}, ordinal=3, key="F3.2").status_code == 422
    assert staff("item-signal", {"words": "x"}, ordinal=3, key="3.3").status_code == 422
    assert not Risk.objects.exists()


def test_the_stage_asks_as_many_questions_for_ten_proofs_as_for_two(place, item, staff):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as found:
            staff("stage", ordinal=3)
        return len(found)

    for _ in range(2):
        make_evidence(place, item=item)
    cost()
    few = cost()
    for _ in range(8):
        make_evidence(place, item=item)
    assert cost() == few


@pytest.mark.parametrize("doom", [doomed_client, doomed_project, doomed_sprint])
def test_files_go_with_the_sprint_the_project_and_the_client(place, sprint, item, doom):
    hand_in(item.stage, item, Given(filename="a.png", data=PNG), by=place.consultant)
    key = EvidenceRevision.objects.get().storage_key
    row = {doomed_client: place.client, doomed_project: sprint.project}.get(doom, sprint)
    assert file_keys(doom(row).row) == [key]
    forget([key])
    forget([key])
    with pytest.raises(FileNotFoundError):
        read(key, practice_id=place.practice.pk)


def test_a_founder_sees_the_form_and_what_was_too_large_is_said_there(founder, monkeypatch):
    assert "Show something" in founder("client-evidence-create", ordinal=3).content.decode()
    monkeypatch.setattr(receiving, "MOST_FORM_BYTES", -receiving.MOST_FILE_BYTES)
    answer = founder("client-evidence-create", {"upload": picture()}, ordinal=3)
    assert answer.status_code == 422
    assert "larger than 10 MB" in answer.content.decode()
