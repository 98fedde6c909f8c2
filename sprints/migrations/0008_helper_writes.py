"""What a helper writes by a link: a comment, a fix, and that the link was opened.

A link reads one client and writes nothing by itself (decisions.md 11). Each function finds the
link by its hash, so that no other row can be named.
"""

from django.db import migrations

from accounts.tenancy.functions import DefinerFunction

# The one risk of a living link: seen by the client, in plain words, among those of the link.
FIND_RISK = """
    SELECT l.name AS helper, r.id, r.practice_id, r.client_id, r.sprint_id, r.state INTO met
    FROM sprints_sharelink l JOIN sprints_risk r
    ON r.practice_id = l.practice_id AND r.sprint_id = l.sprint_id
    WHERE l.token_hash = hash AND l.kind = 'helper' AND l.revoked_at IS NULL
    AND l.expires_at > now() AND r.number = risk_number
    AND l.risk_numbers @> to_jsonb(risk_number)
    AND NOT r.is_internal AND r.plain_summary <> '';
    IF met IS NULL THEN RETURN NULL; END IF;
"""

COMMENT = f"""
DECLARE met record; made bigint;
BEGIN
    {FIND_RISK}
    IF length(said) NOT BETWEEN 1 AND 4000 THEN RETURN NULL; END IF;
    INSERT INTO sprints_comment (practice_id, client_id, sprint_id, risk_id, text, audience,
        author_name, mentions, earlier, at, row_version)
    VALUES (met.practice_id, met.client_id, met.sprint_id, met.id, said, 'client',
        met.helper, '[]', '[]', now(), 1)
    RETURNING id INTO made;
    RETURN made;
END
"""

FIXED = f"""
DECLARE met record;
BEGIN
    {FIND_RISK}
    UPDATE sprints_risk SET state = 'fixed', fixed_at = now(), fixed_by_id = NULL,
        verified_at = NULL, row_version = row_version + 1
    WHERE id = met.id AND practice_id = met.practice_id
    AND state IN ('open', 'in_progress');
    IF NOT FOUND THEN RETURN NULL; END IF;
    RETURN met.id;
END
"""

OPENED = """
BEGIN
    UPDATE sprints_sharelink SET open_count = open_count + 1, last_opened_at = now()
    WHERE token_hash = hash AND revoked_at IS NULL AND expires_at > now();
    RETURN FOUND;
END
"""


class Migration(migrations.Migration):
    dependencies = [("sprints", "0007_risk_of_a_signal")]

    operations = [
        DefinerFunction(
            "helper_comment",
            arguments="hash text, risk_number integer, said text",
            returns="bigint",
            body=COMMENT,
            is_writing=True,
        ),
        DefinerFunction(
            "helper_fixed",
            arguments="hash text, risk_number integer",
            returns="bigint",
            body=FIXED,
            is_writing=True,
        ),
        DefinerFunction(
            "link_opened",
            arguments="hash text",
            returns="boolean",
            body=OPENED,
            is_writing=True,
        ),
    ]
