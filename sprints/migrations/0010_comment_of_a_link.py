"""Bind what a helper says to the link by which they came, not to the name on it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.tenancy.constraints
from accounts.tenancy.functions import DefinerFunction

# As in 0008, with the link that was met.
COMMENT = """
DECLARE met record; made bigint;
BEGIN
    SELECT l.id AS link_id, l.name AS helper, r.id, r.practice_id, r.client_id, r.sprint_id INTO met
    FROM sprints_sharelink l JOIN sprints_risk r
    ON r.practice_id = l.practice_id AND r.sprint_id = l.sprint_id
    WHERE l.token_hash = hash AND l.kind = 'helper' AND l.revoked_at IS NULL
    AND l.expires_at > now() AND r.number = risk_number
    AND l.risk_numbers @> to_jsonb(risk_number)
    AND NOT r.is_internal AND r.plain_summary <> '';
    IF met IS NULL THEN RETURN NULL; END IF;
    IF length(said) NOT BETWEEN 1 AND 4000 THEN RETURN NULL; END IF;
    INSERT INTO sprints_comment (practice_id, client_id, sprint_id, risk_id, link_id, text,
        audience, author_name, mentions, earlier, at, row_version)
    VALUES (met.practice_id, met.client_id, met.sprint_id, met.id, met.link_id, said,
        'client', met.helper, '[]', '[]', now(), 1)
    RETURNING id INTO made;
    RETURN made;
END
"""

# What was said before belongs to the one link of its name; of two it is given to neither.
BIND = """
UPDATE sprints_comment c SET link_id = l.id FROM sprints_sharelink l
WHERE c.author_id IS NULL AND c.link_id IS NULL AND l.kind = 'helper'
AND l.practice_id = c.practice_id AND l.sprint_id = c.sprint_id AND l.name = c.author_name
AND NOT EXISTS (SELECT FROM sprints_sharelink o WHERE o.id <> l.id AND o.kind = 'helper'
    AND o.practice_id = l.practice_id AND o.sprint_id = l.sprint_id AND o.name = l.name)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_notices"),
        ("sprints", "0009_indexes_of_the_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="link",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="comments",
                to="sprints.sharelink",
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(fields=["practice", "link"], name="sprints_com_practic_3b65f6_idx"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=accounts.tenancy.constraints.TenantFK(
                field="link", name="sprints_comment_link_fk"
            ),
        ),
        migrations.RunSQL(BIND, migrations.RunSQL.noop),
        DefinerFunction(
            "helper_comment",
            arguments="hash text, risk_number integer, said text",
            returns="bigint",
            body=COMMENT,
            is_writing=True,
        ),
    ]
