from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from accounts.keyring import Keyring

OPS = "ops"


def sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column that holds sealed values, as the models name them in `sealed_columns`."""
    for model in apps.get_models():
        for column in getattr(model, "sealed_columns", ()):
            yield model, column


class Command(BaseCommand):
    """Seals stored secrets anew with the first key of LR_KEYS."""

    help = "Seal stored secrets anew with the first key; a key may leave LR_KEYS once it counts 0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows per transaction")

    def handle(self, *_: object, batch: int, **__: object) -> None:
        keyring = Keyring.from_settings()
        left: Counter[str] = Counter(dict.fromkeys(keyring.keys, 0))
        for model, column in sealed_columns():
            while rotate(keyring, model, column, batch):
                pass
            values = model._base_manager.using(OPS).exclude(**{column: ""})
            left.update(value.split(".")[1] for value in values.values_list(column, flat=True))
        for name, count in left.items():
            self.stdout.write(f"{name}: {count}")


def rotate(keyring: Keyring, model: type[models.Model], column: str, batch: int) -> int:
    """Seal up to `batch` values anew; the number of those that were sealed by an older key."""
    old = model._base_manager.using(OPS).exclude(**{column: ""})
    current = {f"{column}__startswith": f"v1.{keyring.first}."}
    with transaction.atomic(using=OPS):
        rows = list(old.exclude(**current).select_for_update(skip_locked=True)[:batch])
        for row in rows:
            spot = row.spot(column)  # type: ignore[attr-defined]  # of a model with sealed_columns
            opened = keyring.open(getattr(row, column), spot)
            setattr(row, column, keyring.seal(opened, spot))
            row.save(using=OPS, update_fields=[column])
    return len(rows)
