"""Whether the application's connection is as weak as the walls need it to be."""

from django.db.backends.base.base import BaseDatabaseWrapper

ASK = """
SELECT current_user, r.rolsuper, r.rolbypassrls,
    ARRAY(SELECT c.relname::text FROM pg_class c
          WHERE c.relrowsecurity AND c.relowner = r.oid ORDER BY 1 LIMIT 3),
    ARRAY(SELECT m.rolname::text FROM pg_roles m
          WHERE m.oid <> r.oid AND pg_has_role(r.oid, m.oid, 'MEMBER') AND NOT r.rolsuper
          AND (m.rolsuper OR m.rolbypassrls OR EXISTS (
              SELECT FROM pg_class c WHERE c.relrowsecurity AND c.relowner = m.oid))
          ORDER BY 1 LIMIT 3)
FROM pg_roles r WHERE r.rolname = current_user
"""
REMEDY = "Put lr_app into DATABASE_URL; lr_owner belongs into DATABASE_OWNER_URL alone."


def role_faults(connection: BaseDatabaseWrapper) -> list[str]:
    """Why row-level security would not hold on this connection; empty if it does."""
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        role, is_super, is_bypassing, owned, reachable = cursor.fetchone()
    faults = []
    if is_super:
        faults.append(f"{role} is a superuser, whom no policy stops.")
    if is_bypassing:
        faults.append(f"{role} has BYPASSRLS, so it sees every practice's rows.")
    if owned:
        faults.append(f"{role} owns {', '.join(owned)} and could lift their policies.")
    if reachable:
        faults.append(f"{role} may SET ROLE to {', '.join(reachable)}, whom policies do not stop.")
    return [f"{fault} {REMEDY}" for fault in faults]
