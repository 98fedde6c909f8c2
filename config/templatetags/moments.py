"""Moments in words, for templates."""

from datetime import datetime

from django import template
from django.utils import timezone

from sprints import moments

register = template.Library()


@register.filter
def ago(at: datetime) -> str:
    """`just now`, `12 min ago`, `yesterday`, by the reader's clock."""
    return moments.ago(at, timezone.localtime())
