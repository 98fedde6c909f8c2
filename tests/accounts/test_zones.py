"""The select of time zones: all of them, the chosen one marked, and drawn only once."""

import re
from zoneinfo import ZoneInfo

import pytest
from django import forms

from accounts.zones import ZoneField, continents, options


class Form(forms.Form):
    zone = ZoneField()


def chosen(value: object) -> list[str]:
    drawn = str(Form(initial={"zone": value})["zone"])
    return re.findall(r'<option value="([^"]*)" selected>', drawn)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_the_zone_in_use_is_the_one_that_is_marked(zone):
    assert chosen(zone) == [zone]


# A zone that another zone's name begins with, none at all, and what no zone is.
@pytest.mark.parametrize("value", ["Europe", "", None, 'UTC" selected', "<b>"])
def test_what_is_no_zone_marks_nothing_and_writes_nothing(value):
    assert chosen(value) == []
    assert "<b>" not in str(Form(initial={"zone": value})["zone"])


def test_each_zone_stands_below_its_continent_by_its_place():
    drawn = str(Form()["zone"])
    assert '<optgroup label="Asia">' in drawn
    assert '<option value="Asia/Tokyo">Tokyo</option>' in drawn
    assert ">Buenos Aires, Argentina</option>" in drawn
    names = re.findall(r'<option value="([^"]*)"', drawn)
    assert len(names) == len(set(names)) > 300
    assert all(ZoneInfo(name) for name in names[::40])


@pytest.mark.parametrize(
    ("zone", "is_valid"),
    [("Asia/Tokyo", True), ("UTC", True), ("Asia", False), ("Mars/Base", False)],
)
def test_only_a_zone_is_kept(zone, is_valid):
    assert Form({"zone": zone}).is_valid() is is_valid


def test_the_words_of_the_field_are_tied_to_it():
    drawn = str(Form(auto_id="its-%s")["zone"])
    assert drawn.startswith('<select name="zone" id="its-zone"')


def test_the_machine_is_asked_once_and_a_choice_is_drawn_once():
    assert continents() is continents()
    assert options("Asia/Tokyo") is options("Asia/Tokyo")
