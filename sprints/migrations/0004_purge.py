"""Delete a project or a sprint for good, with everything that hangs on it."""

from django.db import migrations

from accounts.tenancy.functions import DefinerFunction


def purge(what: str) -> DefinerFunction:
    return DefinerFunction(
        f"purge_{what}",
        arguments=f"practice bigint, {what} bigint, who bigint",
        returns="jsonb",
        body=f"BEGIN RETURN purge_tree('{what}', 'sprints_{what}', practice, {what}, who); END",
        is_writing=True,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_purge"), ("sprints", "0003_by_hand")]

    operations = [purge("project"), purge("sprint")]
