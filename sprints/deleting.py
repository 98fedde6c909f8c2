"""Deleting a client for whom nothing has happened yet."""

from django.db import connection

from accounts.models import Client, ClientMembership, Invitation
from sprints.models import Project, Sprint


class HasHistoryError(Exception):
    """The client has sprints, whose history the application can't remove (decisions.md 15)."""


def delete_client(client: Client) -> None:
    """Delete the client with its projects, its people's access and its open invitations."""
    if Sprint.objects.of(client.practice_id).filter(client=client).exists():
        raise HasHistoryError(str(client))
    for model in (Project, Invitation, ClientMembership):
        model.objects.of(client.practice_id).filter(client=client).delete()
    # Not `client.delete()`: Django would also ask to delete from every append-only table, where
    # this client has no rows and the application no right.
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {Client._meta.db_table} WHERE practice_id = %s AND id = %s",  # noqa: S608 - a table of ours
            [client.practice_id, client.pk],
        )
