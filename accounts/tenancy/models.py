"""The ground of every model: global, a practice's, or a client's.

A concrete subclass receives its policies, keys and indexes by itself, also where its
`class Meta` does not inherit.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.signals import class_prepared

from accounts.tenancy.constraints import TenantFK, TenantKey, TenantRLS
from accounts.tenancy.scope import Actor

if TYPE_CHECKING:
    from accounts.models import Client, Practice

MAX_NAME_LENGTH = 63
WORK = ("SELECT", "INSERT", "UPDATE", "DELETE")
OFFICE = (Actor.STAFF, Actor.SYSTEM)


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key between tenant tables; the composite constraint does the checking.

    `row = TenantForeignKey("sprints.Sprint", on_delete=models.CASCADE)`. It brings its
    constraint and an index that begins with the practice.
    """

    # `Any`: the arguments of Django's ForeignKey.
    def __init__(
        self, to: type[models.Model] | str, on_delete: Callable[..., Any], **kwargs: Any
    ) -> None:
        kwargs |= {"db_constraint": False, "db_index": False}
        super().__init__(to, on_delete, **kwargs)

    # `Any`: Django's shape of a deconstruction.
    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs


class GlobalModel(models.Model):
    """A table outside the tenants. Each is listed, with its reason, in the isolation suite."""

    app_rights: ClassVar[tuple[str, ...]] = WORK
    # What lr_ops, who works across practices, may do with the table.
    ops_rights: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True


class PracticeQuerySet[M: models.Model](models.QuerySet[M]):
    def of(self, practice: "Practice | int") -> "PracticeQuerySet[M]":
        """The rows of one practice; the policies say the same once more."""
        return self.filter(practice=practice)

    def of_client(self, client: "Client | int") -> "PracticeQuerySet[M]":
        """The rows of one client; without it the policy alone reads the whole practice."""
        return self.filter(client=client)


class PracticeModel(models.Model):
    """A row of one practice.

    `seen_by` and `written_by` name the actors whom the policies let through; by default
    only staff and the system.
    """

    seen_by: ClassVar[tuple[Actor, ...]] = OFFICE
    written_by: ClassVar[tuple[Actor, ...]] = OFFICE
    client_column: ClassVar[str | None] = None
    # Rows that are written once; lr_app gets no UPDATE and no DELETE.
    is_append_only: ClassVar[bool] = False
    # What lr_ops, who works across practices, may do with the table.
    ops_rights: ClassVar[tuple[str, ...]] = ()

    practice = models.ForeignKey(
        "accounts.Practice", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = models.Manager.from_queryset(PracticeQuerySet)()

    class Meta:
        abstract = True


class ClientModel(PracticeModel):
    """A row of one client of a practice: founder and viewer of that client may see it."""

    seen_by: ClassVar[tuple[Actor, ...]] = (*OFFICE, Actor.CLIENT, Actor.LINK)
    written_by: ClassVar[tuple[Actor, ...]] = (*OFFICE, Actor.CLIENT)
    client_column: ClassVar[str | None] = "client_id"

    client = TenantForeignKey("accounts.Client", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


def constraint_name(model: type[models.Model], rest: str) -> str:
    """A name that is unique in the database and at most 63 bytes long."""
    name = f"{model._meta.app_label}_{model._meta.model_name}_{rest}"
    if len(name) <= MAX_NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: MAX_NAME_LENGTH - 9]}_{digest}"


def prepare_tenant_model(sender: type[models.Model], **_: object) -> None:
    """Give a concrete tenant model its policies, keys and indexes."""
    if not issubclass(sender, PracticeModel) or sender._meta.proxy:
        return
    meta = sender._meta
    meta.constraints = [*meta.constraints, *tenant_constraints(sender)]
    meta.indexes = [*meta.indexes, *tenant_indexes(sender)]
    # The migration's state is read from what the class is recorded to have declared.
    meta.original_attrs["constraints"] = meta.constraints
    meta.original_attrs["indexes"] = meta.indexes


# `Any`: BaseConstraint is not public in the stubs.
def tenant_constraints(model: type[PracticeModel]) -> list[Any]:
    made: list[Any] = [
        TenantKey(fields=["practice", "id"], name=constraint_name(model, "in_practice")),
        TenantRLS(
            name=constraint_name(model, "rls"),
            seen_by=model.seen_by,
            written_by=model.written_by,
            client_column=model.client_column,
        ),
    ]
    if issubclass(model, ClientModel):
        made.append(
            TenantKey(fields=["practice", "client", "id"], name=constraint_name(model, "in_client"))
        )
    for field in tenant_keys(model):
        made.append(TenantFK(name=constraint_name(model, f"{field.name}_fk"), field=field.name))
    return made


def tenant_indexes(model: type[PracticeModel]) -> list[models.Index]:
    made: list[models.Index] = []
    for field in tenant_keys(model):
        if field.name != "client" or not issubclass(model, ClientModel):
            index = models.Index(fields=["practice", field.name])
            index.set_name_with_model(model)
            made.append(index)
    return made


def tenant_keys(model: type[PracticeModel]) -> list[TenantForeignKey]:
    """The model's foreign keys into tenant tables."""
    return [field for field in model._meta.local_fields if isinstance(field, TenantForeignKey)]


class_prepared.connect(prepare_tenant_model, dispatch_uid="accounts.tenancy")
