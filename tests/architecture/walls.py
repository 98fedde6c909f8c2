"""What PostgreSQL's catalogue says about the walls; each function returns the gaps it found.

They take `ask`, which runs one statement, so that the mutants of `test_isolation_mutants.py`
can be judged inside the transaction that broke something.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models

from accounts.tenancy.grants import APP_ROLE, OPS_ROLE, app_rights, ops_rights, tenant_models
from accounts.tenancy.models import ClientModel, TenantForeignKey
from tests.architecture.isolation_lists import (
    DEFINER_FUNCTIONS,
    GLOBAL_MODELS,
    UNIQUE_OVER_ALL,
)

type Row = tuple[Any, ...]  # Any: one row of a catalogue
type Ask = Callable[[str], list[Row]]

TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'practice_id' AND NOT a.attisdropped
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""
POLICIES = """
SELECT tablename, policyname, permissive, cmd, roles, qual, with_check
FROM pg_policies WHERE schemaname = 'public'
"""
KEYS = """
SELECT k.conname, s.relname, t.relname,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i)
FROM pg_constraint k JOIN pg_class s ON s.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f'
"""
UNIQUES = """
SELECT t.relname, i.relname, pg_get_indexdef(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE x.indisunique AND NOT x.indisprimary AND t.relname = ANY(%s)
"""
VIEWS = """
SELECT c.relname, c.relkind, coalesce(c.reloptions::text, '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')
"""
DEFINERS = """
SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    coalesce(p.proconfig::text, ''),
    coalesce(ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text
          END FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner ORDER BY 1), '{}'),
    p.proacl IS NULL
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.prosecdef
"""
GRANTS = """
SELECT c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
    array_agg(a.privilege_type::text ORDER BY a.privilege_type)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
LATERAL aclexplode(c.relacl) a
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.grantee <> c.relowner
GROUP BY 1, 2
"""
ROLES = f"""
SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin,
    (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid),
    has_schema_privilege(r.oid, 'public', 'CREATE')
FROM pg_roles r WHERE rolname IN ('{APP_ROLE}', '{OPS_ROLE}') ORDER BY 1
"""
ROLES_WANTED = [
    (APP_ROLE, False, False, False, False, True, 0, False),
    (OPS_ROLE, False, True, False, False, True, 0, False),
]
OURS = "(practice_id = (current_setting('app.practice_id'::text))::bigint)"


def table_gaps(ask: Ask) -> list[str]:
    """T1: row security, forced, a loud permissive policy; a restrictive one for the actor."""
    gaps = []
    policies: dict[str, dict[str, Row]] = {}
    for table, name, *rest in ask(POLICIES):
        policies.setdefault(table, {})[name] = tuple(rest)
    found = {row[0] for row in ask(TABLES)}
    gaps += [f"{name}: no such table with practice_id" for name in tenant_models().keys() - found]
    for table, is_on, is_forced, owner in ask(TABLES):
        if not (is_on and is_forced):
            gaps.append(f"{table}: row security on={is_on}, forced={is_forced}")
        if owner != "lr_owner":
            gaps.append(f"{table}: owned by {owner}")
        gaps += policy_gaps(table, policies.get(table, {}))
    return gaps


def policy_gaps(table: str, policies: dict[str, Row]) -> list[str]:
    gaps = []
    permissive = [name for name, row in policies.items() if row[0] == "PERMISSIVE"]
    if permissive != ["practice_wall"]:
        gaps.append(f"{table}: permissive policies {permissive}")
    elif policies["practice_wall"][1:] != ("ALL", ["public"], OURS, OURS):
        gaps.append(f"{table}: the wall is {policies['practice_wall']}")
    actor = policies.get("actor_wall")
    if actor is None or actor[:2] != ("RESTRICTIVE", "ALL") or actor[3] != actor[4]:
        return [*gaps, f"{table}: no restrictive policy for the actor"]
    model = tenant_models().get(table)
    if model is None:
        return [*gaps, f"{table}: a table with practice_id and no tenant model"]
    is_bound = f"({model.client_column} = (current_setting('app.client_id'" in actor[3]
    if issubclass(model, ClientModel) and "'client'" in actor[3] and not is_bound:
        gaps.append(f"{table}: a client sees more than its own rows")
    if set(model.written_by) != set(model.seen_by):
        wanted = {"actor_insert", "actor_update", "actor_delete"}
        gaps += [f"{table}: policy {name} is missing" for name in wanted - policies.keys()]
    return gaps


def model_gaps() -> list[str]:
    """T2: every model is a tenant's or a listed global one; keys between tenants are ours."""
    gaps = []
    inside = set(tenant_models().values())
    for model in apps.get_models(include_auto_created=True):
        if (model in inside) == (model._meta.label in GLOBAL_MODELS):
            gaps.append(f"{model._meta.label}: neither a tenant model nor a listed global one")
        for field in model._meta.local_fields:
            is_key = isinstance(field, models.ForeignKey) and {model, field.related_model} <= inside
            if is_key and not isinstance(field, TenantForeignKey):
                gaps.append(f"{model._meta.label}.{field.name}: not a TenantForeignKey")
    known = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    return gaps + [f"{label}: listed, but no model" for label in GLOBAL_MODELS.keys() - known]


def key_gaps(ask: Ask) -> list[str]:
    """T3: each foreign key between tenant tables holds the practice, and each model's exists."""
    tables = tenant_models()
    gaps, made = [], set()
    for name, source, target, columns in ask(KEYS):
        if source in tables and target in tables:
            made.add((source, columns[-1]))
            if columns[0] != "practice_id":
                gaps.append(f"{name}: {source} → {target} by {columns} alone")
            is_both = all(issubclass(tables[end], ClientModel) for end in (source, target))
            if is_both and "client_id" not in columns:
                gaps.append(f"{name}: {source} → {target} without the client")
    for table, model in tables.items():
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey) and (table, field.column) not in made:
                gaps.append(f"{table}.{field.column}: no composite foreign key")
    return gaps


def unique_gaps(ask: Ask) -> list[str]:
    """T4: a unique index on a tenant table holds the practice, or is listed."""
    names = ", ".join(f"'{table}'" for table in tenant_models())
    gaps = []
    for table, index, definition in ask(UNIQUES.replace("%s", f"ARRAY[{names}]::name[]")):
        keys = definition.split(" USING ")[1].split(" WHERE ")[0]
        is_listed = any(index.startswith(listed) for listed in UNIQUE_OVER_ALL)
        if "practice_id" not in keys and not is_listed:
            gaps.append(f"{index}: unique over every practice ({table})")
    return gaps


def view_gaps(ask: Ask) -> list[str]:
    """T5: views run as their caller, no materialised view, definer functions as listed."""
    gaps = []
    for name, kind, options in ask(VIEWS):
        if kind == "m" or "security_invoker=true" not in options:
            gaps.append(f"{name}: a view that sees with its owner's eyes")
    found = set()
    for signature, config, grantees, is_default in ask(DEFINERS):
        found.add(signature)
        if "search_path=pg_catalog, public" not in config:
            gaps.append(f"{signature}: search_path is {config or 'not fixed'}")
        if is_default or not set(grantees) <= {APP_ROLE, OPS_ROLE}:
            gaps.append(f"{signature}: executable by {grantees or 'PUBLIC'}")
    gaps += [f"{name}: a definer function that is not listed" for name in found - DEFINER_FUNCTIONS]
    return gaps + [f"{name}: listed, but not there" for name in DEFINER_FUNCTIONS - found]


def role_gaps(ask: Ask) -> list[str]:
    """T6: attributes and grants of both roles, exactly."""
    gaps = [f"role {row}" for row in ask(ROLES) if row not in ROLES_WANTED]
    granted = {(table, role): rights for table, role, rights in ask(GRANTS)}
    tables = {name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname='public'")}
    wanted = {}
    for table in tables:
        for role, rights in ((APP_ROLE, app_rights(table)), (OPS_ROLE, ops_rights(table))):
            if rights:
                wanted[table, role] = sorted(rights)
    for place in sorted(granted.keys() | wanted.keys()):
        if granted.get(place) != wanted.get(place):
            gaps.append(f"{place}: granted {granted.get(place)}, wanted {wanted.get(place)}")
    return gaps


def all_gaps(ask: Ask) -> list[str]:
    """Every gap that the catalogue shows."""
    looks = (table_gaps, key_gaps, unique_gaps, view_gaps, role_gaps)
    return [gap for look in looks for gap in look(ask)]
