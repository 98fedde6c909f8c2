"""Delete for good what nobody may change: walk the foreign keys from one row downwards."""

import django.utils.timezone
from django.db import migrations, models

from accounts.tenancy.functions import DefinerFunction

# What a row must have (NOT NULL, or its client) it goes down with; what it may do without it
# lets go of. So an app above needs no line here, nor in a function of its own.
PURGE_ROWS = """
CREATE FUNCTION purge_rows(root regclass, practice bigint, ids bigint[], counts jsonb)
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, public AS $fn$
DECLARE
    edge record;
    gone bigint;
    below bigint[];
BEGIN
    -- The row goes before what hangs on it: whoever adds to it meanwhile waits, then fails.
    EXECUTE format('DELETE FROM %s WHERE practice_id = $1 AND id = ANY($2)', root)
        USING practice, ids;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        gone := gone + coalesce((counts ->> root::text)::bigint, 0);
        counts := counts || jsonb_build_object(root::text, gone);
    END IF;
    FOR edge IN
        SELECT k.conrelid::regclass AS child, a.attname AS link,
            a.attnotnull OR a.attname = 'client_id' AS is_part
        FROM pg_constraint k JOIN pg_attribute a
        ON a.attrelid = k.conrelid AND a.attnum = k.conkey[array_upper(k.conkey, 1)]
        WHERE k.contype = 'f' AND k.confrelid = root AND k.conparentid = 0
        ORDER BY k.conrelid, a.attname
    LOOP
        IF edge.is_part THEN
            EXECUTE format('SELECT array_agg(id) FROM %s WHERE practice_id = $1 AND %I = ANY($2)',
                edge.child, edge.link) INTO below USING practice, ids;
            IF below IS NOT NULL THEN
                counts := purge_rows(edge.child, practice, below, counts);
            END IF;
        ELSE
            EXECUTE format('UPDATE %s SET %I = NULL WHERE practice_id = $1 AND %I = ANY($2)',
                edge.child, edge.link, edge.link) USING practice, ids;
        END IF;
    END LOOP;
    RETURN counts;
END $fn$;
REVOKE ALL ON FUNCTION purge_rows(regclass, bigint, bigint[], jsonb) FROM PUBLIC;
"""

PURGE_TREE = """
CREATE FUNCTION purge_tree(what text, root regclass, practice bigint, row_id bigint, who bigint)
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, public AS $fn$
DECLARE
    counts jsonb;
BEGIN
    IF current_setting('app.actor', true) IS DISTINCT FROM 'staff'
        OR current_setting('app.practice_id', true) IS DISTINCT FROM practice::text
        OR NOT EXISTS (SELECT FROM accounts_membership m WHERE m.practice_id = practice
            AND m.user_id = who AND m.role = 'owner' AND m.status = 'active')
    THEN RAISE EXCEPTION 'user % may delete nothing of practice % here: only its owners may, '
        'inside it', who, practice USING ERRCODE = 'insufficient_privilege';
    END IF;
    counts := purge_rows(root, practice, ARRAY[row_id], '{}');
    IF counts = '{}' THEN
        RAISE EXCEPTION 'practice % has no % %, so nothing was deleted', practice, what, row_id
            USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO accounts_purge (what, name, at, by, counts)
    VALUES (what, format('%s %s of %s', what, row_id,
        (SELECT p.slug FROM accounts_practice p WHERE p.id = practice)),
        now(), 'user ' || who, counts);
    RETURN counts;
END $fn$;
REVOKE ALL ON FUNCTION purge_tree(text, regclass, bigint, bigint, bigint) FROM PUBLIC;
"""

# Mails to people who are in the practice for another reason, too, stay.
PURGE_CLIENT = """
DECLARE
    counts jsonb;
    emails text[] := ARRAY(
        SELECT lower(i.email) FROM accounts_invitation i
        WHERE i.practice_id = practice AND i.client_id = client
        UNION SELECT lower(u.email) FROM accounts_clientmembership m
        JOIN accounts_user u ON u.id = m.user_id
        WHERE m.practice_id = practice AND m.client_id = client);
BEGIN
    counts := purge_tree('client', 'accounts_client', practice, client, who);
    DELETE FROM accounts_outgoingmail o
    WHERE o.for_practice = practice AND lower(o.recipient) = ANY(emails)
    AND NOT EXISTS (SELECT FROM accounts_invitation i
        WHERE i.practice_id = practice AND lower(i.email) = lower(o.recipient))
    AND NOT EXISTS (SELECT FROM accounts_user u JOIN (
            SELECT m.user_id FROM accounts_membership m WHERE m.practice_id = practice
            UNION SELECT m.user_id FROM accounts_clientmembership m WHERE m.practice_id = practice
        ) member ON member.user_id = u.id WHERE lower(u.email) = lower(o.recipient));
    RETURN counts;
END
"""

PURGE_PRACTICE = """
DECLARE
    called text;
    found_table regclass;
    gone bigint;
    counts jsonb := '{}';
BEGIN
    DELETE FROM accounts_practice p WHERE p.id = practice RETURNING p.slug INTO called;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no practice %, so nothing was deleted', practice
            USING ERRCODE = 'no_data_found';
    END IF;
    FOR found_table IN
        SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a
        ON a.attrelid = c.oid AND a.attname = 'practice_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition ORDER BY c.relname
    LOOP
        EXECUTE format('DELETE FROM %s WHERE practice_id = $1', found_table) USING practice;
        GET DIAGNOSTICS gone = ROW_COUNT;
        counts := counts || jsonb_build_object(found_table::text, gone);
    END LOOP;
    DELETE FROM accounts_outgoingmail o WHERE o.for_practice = practice;
    GET DIAGNOSTICS gone = ROW_COUNT;
    counts := counts || jsonb_build_object('accounts_outgoingmail', gone);
    INSERT INTO accounts_purge (what, name, at, by, counts)
    VALUES ('practice', called, now(), 'operator', counts);
    RETURN counts;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_practice_proof")]

    operations = [
        migrations.CreateModel(
            name="Purge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=40)),
                ("counts", models.JSONField(default=dict)),
            ],
            options={"abstract": False},
        ),
        migrations.RunSQL(
            PURGE_ROWS, "DROP FUNCTION purge_rows(regclass, bigint, bigint[], jsonb)"
        ),
        migrations.RunSQL(
            PURGE_TREE, "DROP FUNCTION purge_tree(text, regclass, bigint, bigint, bigint)"
        ),
        DefinerFunction(
            "purge_client",
            arguments="practice bigint, client bigint, who bigint",
            returns="jsonb",
            body=PURGE_CLIENT,
            is_writing=True,
        ),
        DefinerFunction(
            "purge_practice",
            arguments="practice bigint",
            returns="jsonb",
            body=PURGE_PRACTICE,
            role=None,
            is_writing=True,
        ),
    ]
