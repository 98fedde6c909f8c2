"""Each threat of the threat model has tests that exist: its id, and where it is met (X1 to X29)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MATRIX = "tests/architecture/test_isolation_urls.py::test_the_address_is_walled"
ANSWERS = "tests/architecture/test_answers.py"
RULES = "tests/architecture/test_lint_rules.py::test_the_product_keeps_the_rule"
ACCOUNTS = "tests/accounts"

# Threat → (what it is, the tests that meet it).
THREATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "X1": (
        "an invitation that is forwarded, guessed, replayed or tampered with",
        (
            f"{ACCOUNTS}/test_invitations.py::test_it_works_once",
            f"{ACCOUNTS}/test_invitations.py::test_it_lives_for_seven_days",
            f"{ACCOUNTS}/test_invitations.py::test_expired_revoked_used_and_unknown_answer_alike",
            f"{ACCOUNTS}/test_invitations.py::test_another_account_cannot_take_it",
            f"{ACCOUNTS}/test_invitations.py::test_an_unproved_address_is_not_enough",
            f"{ACCOUNTS}/test_invitations.py::test_role_and_client_come_from_the_row",
            f"{ACCOUNTS}/test_invitations.py::test_a_guessed_code_lets_nobody_in",
        ),
    ),
    "X2": (
        "guessing codes, and asking who has an account",
        (
            f"{ACCOUNTS}/test_signin.py::test_a_thousand_guesses_bring_no_login_and_few_mails",
            f"{ACCOUNTS}/test_signin.py::test_a_forged_proxy_header_does_not_reset_the_limit",
            f"{ACCOUNTS}/test_signin.py::test_known_and_unknown_addresses_get_the_same_page",
            f"{ACCOUNTS}/test_signin.py::test_wrong_codes_read_alike_for_known_and_unknown",
            f"{ACCOUNTS}/test_signin.py::test_the_time_of_an_answer_tells_nothing",
            f"{ACCOUNTS}/test_signin.py::test_nobody_gets_a_code_while_tries_cannot_be_counted",
        ),
    ),
    "X3": (
        "passwords: there are none",
        (
            f"{ACCOUNTS}/test_no_passwords.py::test_there_is_no_password_page",
            f"{ACCOUNTS}/test_no_passwords.py::test_a_password_sent_along_signs_nobody_in",
            f"{ACCOUNTS}/test_no_passwords.py::test_every_door_makes_people_without_a_usable_password",
            f"{ACCOUNTS}/test_no_passwords.py::test_signing_in_needs_no_hasher_at_all",
        ),
    ),
    "X4": (
        "a link that a scanner opens, that leaks, or that is opened elsewhere",
        (
            f"{ACCOUNTS}/test_links.py::test_a_scanned_invitation_lets_exactly_the_right_browser_in",
            f"{ACCOUNTS}/test_links.py::test_a_scanned_demo_link_still_works_once",
            f"{ACCOUNTS}/test_links.py::test_no_mailed_link_carries_its_secret_in_a_query",
            f"{ACCOUNTS}/test_links.py::test_the_page_of_a_link_leads_nowhere_else",
            f"{ACCOUNTS}/test_signin.py::test_a_code_works_only_in_the_browser_that_asked",
            f"{ANSWERS}::test_looking_at_what_is_no_tenants_changes_nothing",
        ),
    ),
    "X5": (
        "a session that is planted, stolen or stale",
        (
            f"{ACCOUNTS}/test_session_cookie.py::test_over_https_the_cookie_is_bound_to_the_host",
            f"{ACCOUNTS}/test_session_cookie.py::test_a_planted_session_is_not_the_one_that_signs_in",
            f"{ACCOUNTS}/test_session_cookie.py::test_an_old_cookie_is_worth_nothing_after_a_change_of_factors",
            f"{ACCOUNTS}/test_session_cookie.py::test_a_role_that_is_taken_away_is_gone_at_the_next_request",
            f"{ACCOUNTS}/test_session_cookie.py::test_whoever_is_shut_out_is_signed_out_at_the_next_request",
            f"{ACCOUNTS}/test_session_cookie.py::test_joining_changes_the_key",
            f"{ACCOUNTS}/test_account_page.py::test_an_old_cookie_is_worth_nothing_after_signing_out",
            f"{ACCOUNTS}/test_account_page.py::test_an_idle_session_ends_by_kind",
            f"{ACCOUNTS}/test_account_page.py::test_no_session_lives_for_ever",
            f"{ACCOUNTS}/test_signin.py::test_signing_in_gives_the_session_a_new_key",
            f"{ACCOUNTS}/test_stepup.py::test_a_proof_holds_for_fifteen_minutes",
        ),
    ),
    "X6": (
        "a write that another site has the browser send",
        (
            f"{ANSWERS}::test_the_address_answers_as_every_one_must",
            f"{ANSWERS}::written_without_the_token",
            f"{ANSWERS}::test_with_the_token_and_from_here_a_write_passes",
            f"{ANSWERS}::test_no_view_is_exempt_from_the_token",
            "tests/architecture/visits.py::looking_changes_rows",
            MATRIX,
        ),
    ),
    "X7": (
        "fragments: forgotten, cached as pages, injected",
        (
            f"{ANSWERS}::test_the_address_answers_as_every_one_must",
            f"{ANSWERS}::fragments_without_a_wall",
            f"{ANSWERS}::test_hostile_text_in_every_field_stays_text",
            f"{ACCOUNTS}/test_signin.py::test_an_ended_session_sends_htmx_to_the_sign_in_page",
            "tests/config/test_htmx.py::test_what_kept_the_redirect_out_of_caches_keeps_its_answer_out",
            "tests/browser/test_look.py::test_htmx_is_configured_by_the_meta_tag_and_evaluates_nothing",
        ),
    ),
    "X8": (
        "markup in what an audited site says",
        (
            "tests/browser/test_audit.py::test_sixty_hostile_texts_stay_texts_on_every_page",
            "tests/browser/test_audit.py::test_hostile_records_and_headers_of_a_site_stay_texts",
            "tests/architecture/test_templates.py::test_no_template_steps_outside_the_policy",
            f"{ANSWERS}::test_hostile_text_in_every_field_stays_text",
            RULES,
        ),
    ),
    "X9": (
        "a page that may run what it should not",
        (
            f"{ANSWERS}::test_the_address_answers_as_every_one_must",
            "tests/config/test_headers.py::test_the_policy_admits_nothing_inline_and_nothing_foreign",
        ),
    ),
    "X17": (
        "fields that no form offers",
        (MATRIX, "tests/architecture/visits.py::forms_take_what_the_server_gives", RULES),
    ),
    "X18": (
        "ids of somebody else's rows",
        (
            MATRIX,
            "tests/architecture/visits.py::foreign_objects_are_found",
            "tests/architecture/visits.py::forms_take_foreign_ids",
        ),
    ),
    "X20": (
        "forged lines and secrets in the log",
        (
            "tests/config/test_logs.py::test_hostile_text_stays_on_one_line",
            "tests/config/test_logs.py::test_a_secret_inside_a_text_is_taken_out",
            f"{ACCOUNTS}/test_secrets_in_logs.py::test_nothing_that_opens_a_door_is_logged",
            f"{ACCOUNTS}/test_secrets_in_logs.py::test_what_a_stranger_sends_forges_no_line",
        ),
    ),
    "X21": (
        "headers and recipients smuggled into a mail",
        (
            f"{ACCOUNTS}/test_mails.py::test_foreign_names_stay_on_one_line_and_in_their_header",
            f"{ACCOUNTS}/test_mails.py::test_a_subject_with_a_control_character_is_refused",
            f"{ACCOUNTS}/test_mails.py::test_a_mail_goes_to_exactly_one_address",
        ),
    ),
    "X22": (
        "a way on that leads to another host",
        (
            f"{ACCOUNTS}/test_ways_on.py::test_signing_in_leads_on_within_this_host",
            f"{ACCOUNTS}/test_ways_on.py::test_a_step_up_leads_back_within_this_host",
            f"{ACCOUNTS}/test_ways_on.py::test_htmx_is_led_on_within_this_host",
            f"{ACCOUNTS}/test_ways_on.py::test_a_new_factor_leads_on_within_this_host",
        ),
    ),
    "X24": (
        "deep looks at a domain that nobody has proved",
        (
            "tests/audits/test_consent.py::test_without_proof_no_deeper_check_asks_for_anything",
            "tests/audits/test_consent.py::test_a_tick_alone_and_a_proof_alone_allow_nothing",
            "tests/audits/test_consent.py::test_a_proof_lapses_after_thirty_days",
            "tests/audits/test_views_runs.py::test_one_domain_is_audited_so_often_a_day_over_all_practices",
        ),
    ),
    "X25": (
        "what a copy of the database tells, and what a swapped secret opens",
        (
            f"{ACCOUNTS}/test_secrets_at_rest.py::test_a_dump_holds_none_of_the_secrets_that_were_given_out",
            f"{ACCOUNTS}/test_secrets_at_rest.py::test_two_mails_whose_contents_were_swapped_are_not_sent",
            f"{ACCOUNTS}/test_secrets_at_rest.py::test_an_authenticator_of_somebody_else_opens_nothing",
            f"{ACCOUNTS}/test_keyring.py::test_two_rows_whose_secrets_were_swapped_are_refused",
            f"{ACCOUNTS}/test_keyring.py::test_a_secret_moved_to_another_spot_is_refused_and_told",
        ),
    ),
    "X29": (
        "framing, guessed types, plain http, other windows",
        (
            f"{ANSWERS}::test_the_address_answers_as_every_one_must",
            f"{ANSWERS}::test_http_leads_to_https",
            "tests/config/test_settings.py::test_https_makes_cookies_secure_and_bound_to_the_host",
        ),
    ),
}
# What is built so far is met by these; the others come with their part of the product.
EXPECTED = [*range(1, 10), 17, 18, 20, 21, 22, 24, 25, 29]


def functions(path: str) -> set[str]:
    file = ROOT / path
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text("utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def missing(named: str) -> bool:
    path, _, name = named.partition("::")
    return name not in functions(path)


def test_every_threat_to_what_is_built_is_in_the_table():
    assert list(THREATS) == [f"X{number}" for number in EXPECTED]


@pytest.mark.parametrize("threat", THREATS)
def test_the_threat_is_met_by_tests_that_exist(threat: str):
    what, named = THREATS[threat]
    assert what
    assert named
    assert [one for one in named if missing(one)] == []
    assert any(one.partition("::")[2].startswith("test_") for one in named)


def test_the_looks_that_are_named_are_among_those_of_the_matrix():
    from tests.architecture.visits import LOOKS

    looks = {look.__name__ for look in LOOKS}
    named = {one.partition("::")[2] for _, tests in THREATS.values() for one in tests
             if "/visits.py::" in one}  # fmt: skip
    assert named <= looks


@pytest.mark.parametrize(
    "named", ["tests/architecture/test_threats.py::test_gone", "tests/gone.py::test_x"]
)
def test_a_test_that_was_renamed_is_missed(named: str):
    assert missing(named)
