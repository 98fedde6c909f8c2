"""Saving a tenant form, with the constraints that a form by itself leaves out."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import ModelForm


# `Any`: the values of the model's fields.
def validated_save[M: models.Model](form: "ModelForm[M]", **given: Any) -> M | None:
    """Save a valid form with the fields that the server gives; None where a constraint says no.

    A form that has no field `practice` skips every constraint which names it. The sentences
    land on the form.
    """
    row = form.save(commit=False)
    for name, value in given.items():
        setattr(row, name, value)
    try:
        row.validate_constraints()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return None
    row.save()
    form.save_m2m()
    return row
