"""Dates and times as a country writes them: as CLDR has them, by Babel."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from babel import Locale
from babel.dates import format_date

from kapplan.files.library.catalogues import catalogue_of
from kapplan.model.exports import Catalogue
from kapplan.planning.availability.timezones import country_of
from kapplan.planning.phrases.written_dates import WrittenDates

DAYS = [date(2027, 1, 1) + timedelta(days=17 * n) for n in range(40)]
ENGLISH = ("US", "CA", "PH", "PR", "GB", "IE", "AU", "NZ", "IN", "ZA", "SG")
SPANISH = ("ES", "MX", "CO", "AR", "CL", "PE", "VE", "US", "PR", "DO", "UY")


def plain(text: str) -> str:
    """Return a text with usual blanks, and without the comma that some put after a weekday."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("country", ENGLISH)
def test_english_dates_are_those_of_the_country(country: str) -> None:
    """Month or day first as the country has it; a comma after the weekday is left to taste."""
    dates = WrittenDates(Catalogue(country=country))
    for day in DAYS:
        theirs = format_date(day, "full", locale=Locale("en", country))
        ours = plain(dates.full_day(day))
        assert ours.replace(",", "") == theirs.replace(",", "").replace(f" {day.day:02} ", f" {day.day} ")


@pytest.mark.parametrize("country", SPANISH)
def test_spanish_dates_are_those_of_the_language(country: str) -> None:
    """Weekdays, months and their order are Babel's."""
    dates = WrittenDates(catalogue_of(f"es-{country}", "UTC"))
    for day in DAYS:
        theirs = format_date(day, "EEEE d 'de' MMMM 'de' y", locale=Locale("es", country))
        assert plain(dates.full_day(day)) == theirs.replace("setiembre", "septiembre")


@pytest.mark.parametrize(
    ("language", "country"), [*(("en", one) for one in ENGLISH), *(("es", one) for one in SPANISH)]
)
def test_clocks_have_twelve_hours_where_the_country_s_have(language: str, country: str) -> None:
    """Twelve or 24 hours as CLDR writes short times there."""
    theirs = "a" in Locale(language, country).time_formats["short"].pattern
    assert WrittenDates(Catalogue(language=language, country=country)).twelve_hours == theirs


@pytest.mark.parametrize(
    ("moment", "english", "spanish"),
    [
        ("08:30", "8:30 am", "8:30 a. m."), ("12:00", "12 noon", "12 del mediodía"),
        ("00:00", "midnight", "medianoche"), ("00:15", "12:15 am", "12:15 a. m."), ("15:00", "3:00 pm", "3:00 p. m."),
    ],
)  # fmt: skip
def test_clocks_of_twelve_hours(moment: str, english: str, spanish: str) -> None:
    """Noon and midnight have names, and the first hour of a half is twelve."""
    at = datetime.fromisoformat(f"2027-01-21T{moment}:00+00:00")
    assert plain(WrittenDates(Catalogue(country="US")).clock(at)) == english
    assert plain(WrittenDates(catalogue_of("es-US", "UTC")).clock(at)) == spanish
    assert WrittenDates(Catalogue(country="DE")).clock(at) == moment


@pytest.mark.parametrize(
    ("zone", "country"), [("America/Denver", "US"), ("Europe/London", "GB"), ("America/Bogota", "CO"), ("UTC", None)]
)
def test_the_country_follows_from_the_time_zone(zone: str, country: str | None) -> None:
    """A patient whose language names no country has that of their clock."""
    assert country_of(zone) == catalogue_of("es", zone).country == country
    assert catalogue_of("es-MX", zone).country == "MX"


def test_a_day_and_its_month_stay_on_one_line() -> None:
    """No line ends between the two."""
    day = date(2027, 1, 21)
    for country in ("US", "GB", "ES"):
        dates = WrittenDates(catalogue_of("es" if country == "ES" else None, "UTC"))
        assert "\N{NO-BREAK SPACE}" in dates.full_day(day)
        assert "\N{NO-BREAK SPACE}" in WrittenDates(Catalogue(country=country)).shortest_day(day)
