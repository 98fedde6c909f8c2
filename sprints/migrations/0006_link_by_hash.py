"""Find the sprint of a shared link before the tenant is known."""

from django.db import migrations

from accounts.tenancy.functions import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("sprints", "0005_engagement")]

    operations = [
        DefinerFunction(
            "link_by_hash",
            arguments="hash text",
            returns="TABLE (practice_id bigint, client_id bigint, id bigint)",
            body="SELECT l.practice_id, l.client_id, l.id FROM sprints_sharelink l "
            "WHERE l.token_hash = hash",
        ),
    ]
