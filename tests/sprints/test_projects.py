"""A project's facts: typed, judged, kept, and met by two people at once."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from sprints.models import ActivityEvent, CoreRoute, Project, ProjectHost, SendingDomain, Sprint
from tests.factories import World
from tests.sprints.factories import make_host, make_project, make_sending_domain, make_sprint

LISTS = {
    "hosts": ("name", "kind", "points_to"),
    "mail": ("name", "is_sending", "dkim_selectors"),
    "routes": ("method", "url", "expected_status", "must_say"),
}


def form(**said):
    """A valid form; `hosts`, `mail` and `routes` are lists of tuples in the order of LISTS."""
    sent = {"domain": "shop.com", "name": "Shop", "row_version": "1"}
    for section, names in LISTS.items():
        rows = said.pop(section, [])
        sent |= {f"{section}-TOTAL_FORMS": str(len(rows)), f"{section}-INITIAL_FORMS": "0"}
        for number, row in enumerate(rows):
            sent |= {
                f"{section}-{number}-{name}": value for name, value in zip(names, row, strict=False)
            }
    return sent | said


@pytest.fixture
def staff(world: World):
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


@pytest.fixture
def create(world: World, staff: Browser):
    url = reverse("sprints:project-create", args=[world.ada.practice.slug, world.ada.client.pk])
    return lambda headers=None, **said: staff.post(url, form(**said), headers=headers)


@pytest.fixture
def project(world: World):
    with world.ada.as_staff():
        return make_project(world.ada, domain="shop.com", name="Shop")


@pytest.fixture
def edit(world: World, staff: Browser, project: Project):
    url = reverse("sprints:project-edit", args=[world.ada.practice.slug, project.pk])
    return lambda headers=None, **said: staff.post(url, form(**said), headers=headers)


def stored(world: World) -> Project:
    with world.ada.as_staff():
        return Project.objects.select_related("client").get(domain="shop.com")


def names_of(world: World, model, project: Project) -> list[str]:
    with world.ada.as_staff():
        return list(
            model.objects.filter(project=project).order_by("pk").values_list("name", flat=True)
        )


def test_domain_and_name_are_enough(world: World, create):
    answer = create()
    project = stored(world)
    assert answer.url == reverse(
        "sprints:project-detail", args=[world.ada.practice.slug, project.pk]
    )
    assert (project.name, project.client_id, project.launch_on) == (
        "Shop",
        world.ada.client.pk,
        None,
    )


def test_every_fact_is_kept(world: World, create):
    answer = create(
        canonical_host="https://www.shop.com/",
        hosting="Vercel",
        mail_vendor="Google Workspace",
        launch_on="2026-12-04",
        is_auto_renew_confirmed="on",
        is_indexing_unwanted="on",
        has_ios_app="on",
        hosts=[("shop.com", "web", ""), ("API.shop.com", "api", "203.0.113.7, Vercel")],
        mail=[("hello@mail.shop.com", "true", "s1, s2"), ("shop.com", "", ""),
              ("news.shop.com", "false", "")],
        routes=[("GET", "/login", "200"), ("POST", "https://api.shop.com/v1/chat", "401")],
    )  # fmt: skip
    assert answer.status_code == 422, "203.0.113.7 is documentation's, no host of the internet"
    answer = create(
        canonical_host="https://www.shop.com/",
        hosting="Vercel",
        mail_vendor="Google Workspace",
        launch_on="2026-12-04",
        is_auto_renew_confirmed="on",
        is_indexing_unwanted="on",
        has_ios_app="on",
        hosts=[("shop.com", "web", ""), ("API.shop.com", "api", "76.76.21.21, Vercel")],
        mail=[("hello@mail.shop.com", "true", "s1, s2"), ("shop.com", "", ""),
              ("news.shop.com", "false", "")],
        routes=[("GET", "/login", "200"), ("POST", "https://api.shop.com/v1/chat", "401")],
    )  # fmt: skip
    assert answer.status_code == 302
    project = stored(world)
    assert (project.canonical_host, project.hosting) == ("www.shop.com", "Vercel")
    assert project.launch_on == date(2026, 12, 4)
    assert (project.is_auto_renew_confirmed, project.is_indexing_unwanted) == (True, True)
    with world.ada.as_staff():
        hosts = ProjectHost.objects.filter(project=project).order_by("pk")
        assert list(hosts.values_list("name", "kind", "points_to")) == [
            ("shop.com", "web", ""),
            ("api.shop.com", "api", "76.76.21.21, Vercel"),
        ]
        mails = SendingDomain.objects.filter(project=project).order_by("pk")
        assert list(mails.values_list("name", "is_sending", "dkim_selectors")) == [
            ("mail.shop.com", True, "s1, s2"),
            ("shop.com", None, ""),
            ("news.shop.com", False, ""),
        ]
        routes = CoreRoute.objects.filter(project=project).order_by("pk")
        assert list(routes.values_list("method", "url", "expected_status")) == [
            ("GET", "https://www.shop.com/login", 200),
            ("POST", "https://api.shop.com/v1/chat", 401),
        ]


def test_a_pasted_address_names_the_canonical_host(world: World, create):
    create(domain="https://www.shop.com/pricing")
    assert stored(world).canonical_host == "www.shop.com"


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"domain": "203.0.113.7"}, "domain", "is a number, not a name"),
        ({"domain": "co.uk"}, "domain", "an ending under which names are registered"),
        ({"domain": ""}, "domain", "Enter the domain that visitors type"),
        ({"name": ""}, "name", "Enter what the app is called"),
        ({"canonical_host": "www.other.com"}, "canonical_host", "lies under another domain"),
        ({"launch_on": "soon"}, "launch_on", "Enter a valid date"),
    ],
)
def test_a_wrong_fact_is_told_at_its_field(create, said, field, sentence):
    answer = create(**said)
    assert answer.status_code == 422
    assert sentence in " ".join(answer.context["form"].errors[field])
    assert f'href="#id_{field}"' in answer.text


@pytest.mark.parametrize(
    ("section", "row", "field", "sentence"),
    [
        ("hosts", ("10.0.0.1", "web", ""), "name", "is a number, not a name"),
        ("hosts", ("[::1]", "web", ""), "name", "is a number, not a name"),
        ("hosts", ("intra", "web", ""), "name", "has no dot"),
        ("hosts", ("app.shop.com", "moon", ""), "kind", "Select a valid choice"),
        ("hosts", ("app.shop.com", "web", "10.0.0.1"), "points_to", "inside some network"),
        ("hosts", ("", "api", "Vercel"), "name", "Name the host, or remove this row"),
        ("mail", ("shop", "", ""), "name", "has no dot"),
        ("mail", ("shop.com", "", "s1; drop"), "dkim_selectors", "is no DKIM selector"),
        ("routes", ("GET", "https://127.0.0.1/x", "200"), "url", "is a number, not a name"),
        ("routes", ("GET", "ftp://shop.com/x", "200"), "url", "is not an http or https address"),
        ("routes", ("GET", "https://shop.com:22/", "200"), "url", "is not looked at"),
        ("routes", ("GET", "/x", "99"), "expected_status", "between 100 and 599"),
        ("routes", ("GET", "/x", "600"), "expected_status", "between 100 and 599"),
        ("routes", ("TRACE", "/x", "200"), "method", "Select a valid choice"),
    ],
)
def test_a_wrong_row_is_told_at_its_field(create, section, row, field, sentence):
    answer = create(**{section: [row]})
    assert answer.status_code == 422
    assert sentence in " ".join(answer.context[section].forms[0].errors[field])


def test_what_the_stores_ask_for_is_kept(world: World, create):
    print_ = ":".join(["AB"] * 32)
    answer = create(
        has_android_app="on",
        ios_app_ids="A1B2C3D4E5.app.shop , B1B2C3D4E5.app.shop",
        android_package="com.shop",
        android_fingerprints=f"{print_.lower()}\n\n{print_}",
        privacy_url="/privacy",
        support_url="https://help.shop.com/",
        routes=[("GET", "/healthz", "200", "ok")],
    )
    assert answer.status_code == 302
    project = stored(world)
    assert project.ios_app_ids == "A1B2C3D4E5.app.shop, B1B2C3D4E5.app.shop"
    assert project.android_fingerprints == f"{print_}\n{print_}"
    assert project.privacy_url == "https://shop.com/privacy"
    with world.ada.as_staff():
        assert project.routes.get().must_say == "ok"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("ios_app_ids", "app.shop", "is no app id"),
        ("ios_app_ids", "A1B2C3D4E5app.shop", "is no app id"),
        ("android_package", "shop", "is no package name"),
        ("android_fingerprints", "AB:CD", "is no SHA-256 fingerprint"),
        ("privacy_url", "https://127.0.0.1/x", "is a number, not a name"),
    ],
)
def test_a_wrong_word_about_the_stores_is_told_at_its_field(create, field, typed, sentence):
    answer = create(**{field: typed})
    assert answer.status_code == 422
    assert sentence in " ".join(answer.context["form"].errors[field])
    assert typed in answer.content.decode()


@pytest.mark.parametrize("status", ["100", "599"])
def test_the_ends_of_http_are_statuses(create, status):
    assert create(routes=[("GET", "/x", status)]).status_code == 302


@pytest.mark.parametrize(
    ("section", "rows", "sentence"),
    [
        ("hosts", [("app.shop.com", "web", ""), ("APP.shop.com.", "api", "")], "This host is"),
        ("mail", [("shop.com", "", ""), ("SHOP.com", "true", "")], "This mail domain is"),
        ("routes", [("GET", "/x", "200"), ("GET", "https://shop.com/x", "404")], "This route is"),
    ],
)
def test_the_same_thing_twice_is_told_at_the_second(create, section, rows, sentence):
    answer = create(**{section: rows})
    assert answer.status_code == 422
    errors = answer.context[section].forms[1].errors
    assert sentence in " ".join(text for texts in errors.values() for text in texts)
    assert not answer.context[section].forms[0].errors


def test_a_domain_twice_for_one_client_is_told_at_the_domain(create, project):
    answer = create()
    assert answer.status_code == 422
    assert answer.context["form"].errors["domain"] == [
        "This client already has a project for this domain."
    ]


def test_empty_rows_are_left_out(world: World, create):
    create(hosts=[("", "web", ""), ("app.shop.com", "web", "")], routes=[("GET", "", "200")])
    project = stored(world)
    assert names_of(world, ProjectHost, project) == ["app.shop.com"]
    with world.ada.as_staff():
        assert not CoreRoute.objects.filter(project=project).exists()


def test_a_row_can_be_added_and_removed_without_script(create):
    added = create(rows="hosts:add", hosts=[("app.shop.com", "api", "Vercel")], name="Typed")
    assert added.status_code == 200
    assert "<html" in added.text
    assert [row["name"].value() for row in added.context["hosts"]] == ["app.shop.com", None]
    assert [row["kind"].value() for row in added.context["hosts"]] == ["api", "web"]
    assert added.context["form"]["name"].value() == "Typed"
    two = [("a.shop.com", "web", ""), ("b.shop.com", "web", "")]
    removed = create(rows="hosts:remove:0", hosts=two)
    assert [row["name"].value() for row in removed.context["hosts"]] == ["b.shop.com"]


def test_htmx_gets_the_list_alone(create):
    answer = create(
        headers={"HX-Request": "true"}, rows="mail:add", mail=[("shop.com", "false", "")]
    )
    assert "<html" not in answer.text
    assert 'id="mail"' in answer.text
    assert next(row["is_sending"].value() for row in answer.context["mail"]) == "false"


def test_what_the_records_suggested_is_kept_unless_unticked(world: World, create):
    create(
        hosts=[("shop.com", "web", "Vercel")],
        guessed_host=["shop.com", "api.shop.com"],
        guessed_mail_domain=["shop.com"],
        guessed_hosting="Netlify",
        guessed_mail_vendor="Fastmail",
        hosting="Vercel",
    )
    project = stored(world)
    assert (project.hosting, project.mail_vendor) == ("Vercel", "Fastmail")
    with world.ada.as_staff():
        hosts = ProjectHost.objects.filter(project=project).order_by("pk")
        assert list(hosts.values_list("name", "kind", "points_to")) == [
            ("shop.com", "web", "Vercel"),
            ("api.shop.com", "api", ""),
        ]
    assert names_of(world, SendingDomain, project) == ["shop.com"]


def test_a_hostile_suggestion_is_judged_like_a_typed_row(create):
    answer = create(guessed_host=["169.254.169.254"])
    assert answer.status_code == 422


def test_editing_keeps_the_rows_that_stay(world: World, edit, project):
    with world.ada.as_staff():
        stays = make_host(world.ada, project=project, name="app.shop.com")
        make_host(world.ada, project=project, name="old.shop.com")
        make_sending_domain(world.ada, project=project, name="shop.com")
    answer = edit(
        name="Shop 2",
        hosts=[("app.shop.com", "api", ""), ("new.shop.com", "web", "")],
        mail=[("shop.com", "true", "s1")],
    )
    assert answer.status_code == 302
    with world.ada.as_staff():
        again = Project.objects.get(pk=project.pk)
        assert (again.name, again.row_version) == ("Shop 2", 2)
        assert ProjectHost.objects.get(pk=stays.pk).kind == "api"
        assert SendingDomain.objects.get(project=project).is_sending is True
    assert names_of(world, ProjectHost, project) == ["app.shop.com", "new.shop.com"]


def test_a_conflict_keeps_what_was_typed_and_shows_the_other(world: World, edit, project):
    with world.ada.as_staff():
        Project.objects.filter(pk=project.pk).update(name="Theirs", row_version=2)
        make_host(world.ada, project=project, name="theirs.shop.com")
    answer = edit(name="Mine", hosts=[("mine.shop.com", "web", "")])
    assert answer.status_code == 409
    assert dict(answer.context["entry"].now_says) == {
        "Name of the app": "Theirs",
        "Hosts": "theirs.shop.com web",
    }
    assert answer.context["form"]["name"].value() == "Mine"
    assert 'value="mine.shop.com"' in answer.text
    assert names_of(world, ProjectHost, project) == ["theirs.shop.com"]
    assert 'name="row_version" value="2"' in answer.text
    assert edit(name="Mine", row_version="2").status_code == 302


def test_a_form_without_its_version_overwrites_nothing(world: World, edit, project):
    assert edit(name="Mine", row_version="").status_code == 409


def test_no_form_reaches_another_projects_rows(world: World, edit, project):
    with world.bob.as_staff():
        foreign = make_host(world.bob, name="app.shop.com")
    edit(hosts=[("app.shop.com", "api", "")], **{"hosts-0-id": foreign.pk})
    with world.bob.as_staff():
        assert ProjectHost.objects.get(pk=foreign.pk).kind == "web"


@pytest.mark.parametrize("who", ["founder", "viewer"])
def test_clients_do_not_edit_facts(world: World, project, who):
    browser = Browser()
    browser.force_login(getattr(world.ada, who))
    url = reverse("sprints:project-edit", args=[world.ada.practice.slug, project.pk])
    assert browser.post(url, form()).status_code == 404


def test_the_page_shows_facts_lists_sprints_and_consent(world: World, staff, project):
    with world.ada.as_staff():
        make_host(world.ada, project=project, name="app.shop.com")
        sprint = make_sprint(world.ada, project=project)
    url = reverse("sprints:project-detail", args=[world.ada.practice.slug, project.pk])
    answer = staff.get(url)
    assert "app.shop.com" in answer.text
    assert "We look as any visitor could" in answer.text
    assert reverse("sprint", args=[world.ada.practice.slug, sprint.pk]) in answer.text


class TestSprint:
    """A new sprint of a project."""

    @pytest.fixture
    def begin(self, world: World, staff: Browser, project: Project):
        url = reverse("sprints:sprint-create", args=[world.ada.practice.slug, project.pk])
        return lambda **said: staff.post(
            url,
            {"lead": world.ada.owner.pk, "starts_on": "2026-12-01", "ends_on": "2026-12-07"} | said,
        )

    def test_it_has_its_lead_its_days_and_seven_stages(self, world: World, begin, project):
        answer = begin()
        with world.ada.as_staff():
            sprint = Sprint.objects.get(project=project)
            assert (sprint.lead, sprint.starts_on) == (world.ada.owner, date(2026, 12, 1))
            assert sprint.stages.count() == 7
        assert answer.url == reverse("sprint", args=[world.ada.practice.slug, sprint.pk])

    def test_one_is_at_work_at_a_time(self, begin):
        begin()
        answer = begin()
        assert answer.status_code == 422
        assert "already has a sprint at work" in answer.text

    def test_it_ends_on_or_after_its_first_day(self, begin):
        assert "lies before the first" in begin(ends_on="2026-11-30").text
        assert begin(ends_on="2026-12-01").status_code == 302

    def test_only_the_practices_own_people_lead(self, world: World, begin):
        for stranger in (world.bob.owner, world.ada.founder, world.ada.revoked):
            assert begin(lead=stranger.pk).status_code == 422

    def test_the_form_proposes_five_working_days(self, world: World, staff, project):
        url = reverse("sprints:sprint-create", args=[world.ada.practice.slug, project.pk])
        form = staff.get(url).context["form"]
        assert form["lead"].value() == world.ada.consultant.pk
        assert form["ends_on"].value() - form["starts_on"].value() >= timedelta(days=4)


class TestArchive:
    @pytest.fixture
    def put(self, world: World, staff: Browser, project: Project):
        url = reverse("sprints:project-archival", args=[world.ada.practice.slug, project.pk])
        return lambda to="": staff.post(url, {"to": to})

    def test_it_goes_away_and_comes_back(self, world: World, put, project):
        put()
        with world.ada.as_staff():
            assert Project.objects.get(pk=project.pk).archived_at is not None
        put("back")
        with world.ada.as_staff():
            assert Project.objects.get(pk=project.pk).archived_at is None

    def test_it_stays_away_while_another_has_its_domain(self, world: World, put, project):
        put()
        with world.ada.as_staff():
            make_project(world.ada, domain="shop.com")
        put("back")
        with world.ada.as_staff():
            assert Project.objects.get(pk=project.pk).archived_at is not None


class TestState:
    """Pause, take up again, close."""

    @pytest.fixture
    def sprint(self, world: World, project: Project):
        with world.ada.as_staff():
            return make_sprint(world.ada, project=project)

    @pytest.fixture
    def move(self, world: World, staff: Browser, sprint: Sprint):
        url = reverse("sprints:sprint-state", args=[world.ada.practice.slug, sprint.pk])

        def post(to: str):
            staff.post(url, {"to": to})
            with world.ada.as_staff():
                return Sprint.objects.get(pk=sprint.pk).state

        return post

    def test_it_pauses_goes_on_and_closes_and_each_is_told(self, world: World, move, sprint):
        assert [move(to) for to in ("paused", "active", "closed")] == ["paused", "active", "closed"]
        with world.ada.as_staff():
            verbs = ActivityEvent.objects.filter(sprint=sprint).order_by("seq")
            assert list(verbs.values_list("verb", flat=True)) == [
                "sprint_paused",
                "sprint_taken_up",
                "sprint_closed",
            ]

    @pytest.mark.parametrize("to", ["signed", "cancelled", "nonsense", "active", ""])
    def test_a_state_that_may_not_follow_changes_nothing(self, move, to):
        assert move(to) == "active"

    def test_a_paused_one_waits_for_the_one_at_work(self, world: World, move, project):
        move("paused")
        with world.ada.as_staff():
            make_sprint(world.ada, project=project, number=2)
        assert move("active") == "paused"
