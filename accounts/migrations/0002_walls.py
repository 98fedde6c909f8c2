"""What no constraint can say: four eyes, the last owner, and looking before a tenant is known."""

from django.db import migrations

from accounts.tenancy.functions import DefinerFunction

FOUR_EYES = """
CREATE FUNCTION accounts_four_eyes() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $fn$
BEGIN
    IF NEW.status = 'removed' THEN RETURN NEW; END IF;
    -- Both sides take the same lock, so that two insertions at once see each other.
    PERFORM pg_advisory_xact_lock(hashtextextended(
        'four_eyes:' || NEW.practice_id || ':' || NEW.user_id, 0));
    IF EXISTS (SELECT FROM accounts_membership s JOIN accounts_clientmembership c
               ON c.practice_id = s.practice_id AND c.user_id = s.user_id
               WHERE s.practice_id = NEW.practice_id AND s.user_id = NEW.user_id
               AND s.status <> 'removed' AND c.status <> 'removed' AND c.role = 'founder')
    THEN RAISE EXCEPTION 'user % would be founder and staff of practice %: nobody may '
        'approve their own work', NEW.user_id, NEW.practice_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    RETURN NEW;
END $fn$;
CREATE TRIGGER four_eyes AFTER INSERT OR UPDATE ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION accounts_four_eyes();
CREATE TRIGGER four_eyes AFTER INSERT OR UPDATE ON accounts_clientmembership
    FOR EACH ROW EXECUTE FUNCTION accounts_four_eyes();
"""
NO_FOUR_EYES = """
DROP TRIGGER four_eyes ON accounts_membership;
DROP TRIGGER four_eyes ON accounts_clientmembership;
DROP FUNCTION accounts_four_eyes();
"""

LAST_OWNER = """
CREATE FUNCTION accounts_last_owner() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $fn$
BEGIN
    -- Two owners leaving at once wait for each other here. A purged practice is gone.
    PERFORM FROM accounts_practice WHERE id = OLD.practice_id FOR UPDATE;
    IF FOUND AND NOT EXISTS (SELECT FROM accounts_membership
        WHERE practice_id = OLD.practice_id AND role = 'owner' AND status = 'active')
    THEN RAISE EXCEPTION 'practice % would be left without an active owner', OLD.practice_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'last_owner';
    END IF;
    RETURN NULL;
END $fn$;
CREATE CONSTRAINT TRIGGER last_owner AFTER UPDATE OR DELETE ON accounts_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'owner' AND OLD.status = 'active') EXECUTE FUNCTION accounts_last_owner();
"""
NO_LAST_OWNER = """
DROP TRIGGER last_owner ON accounts_membership;
DROP FUNCTION accounts_last_owner();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(FOUR_EYES, NO_FOUR_EYES),
        migrations.RunSQL(LAST_OWNER, NO_LAST_OWNER),
        DefinerFunction(
            "invitation_by_hash",
            arguments="hash text",
            returns="TABLE (practice_id bigint, id bigint)",
            body="SELECT i.practice_id, i.id FROM accounts_invitation i WHERE i.token_hash = hash",
        ),
        DefinerFunction(
            "staff_places",
            arguments="who bigint",
            returns="TABLE (practice_id bigint, id bigint)",
            body="SELECT m.practice_id, m.id FROM accounts_membership m "
            "WHERE m.user_id = who AND m.status = 'active'",
        ),
        DefinerFunction(
            "client_places",
            arguments="who bigint",
            returns="TABLE (practice_id bigint, client_id bigint, id bigint)",
            body="SELECT m.practice_id, m.client_id, m.id FROM accounts_clientmembership m "
            "WHERE m.user_id = who AND m.status = 'active'",
        ),
    ]
