"""Find the client of a sprint's address before the tenant is known."""

from django.db import migrations

from accounts.tenancy.functions import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("sprints", "0001_initial")]

    operations = [
        DefinerFunction(
            "client_of_sprint",
            arguments="who bigint, sprint bigint",
            returns="TABLE (practice_id bigint, client_id bigint, id bigint)",
            body="SELECT m.practice_id, m.client_id, m.id FROM sprints_sprint s "
            "JOIN accounts_clientmembership m "
            "ON m.practice_id = s.practice_id AND m.client_id = s.client_id "
            "WHERE s.id = sprint AND m.user_id = who AND m.status = 'active'",
        ),
    ]
