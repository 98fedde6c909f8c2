"""Addresses below `/c/s/<sprint id>/`: a founder's and viewer's side of a sprint."""

from django.urls import URLPattern

SPRINT = "c/s/<int:sprint_id>"

urlpatterns: list[URLPattern] = []
