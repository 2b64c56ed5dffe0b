"""Public holidays: those of a country or subdivision, of some categories, but for those on which a clinic works.

Of the ``holidays`` package only the countries asked for are loaded. To import one of them, Python first runs
``holidays/countries/__init__.py``, and that imports every country there is: more than two hundred modules, which take
longer than all the rest of a command. Here that file waits until somebody asks the package ``holidays.countries`` for a
name; its modules are found without it. Nor does the package look up its own version, by the reader of mails with which
Python reads metadata: it is told.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from kapplan.model.clinic import PublicHolidays
from kapplan.planning.phrases.words import listed

_COUNTRY = re.compile(r"[A-Z]{2}")
_OBSERVED = re.compile(r" \(observed(?:, estimated)?\)$")
_JOINED = "; "
"""Between the names of holidays that fall on one day."""
_SAMPLE_YEARS = range(2020, 2041)
"""Over which years a holiday's name is looked for, whether it is kept every year or not."""
_SAMPLE_YEAR = 2027
COUNTRIES, VERSION = "holidays.countries", "holidays.version"
_INSTALLED = re.compile(r"holidays-([0-9][0-9.]*)\.dist-info")


@lru_cache(maxsize=64)
def holidays_between(kept: str | PublicHolidays, first: date, last: date) -> Mapping[date, str]:
    """Return the public holidays of a country or subdivision (``US``, ``US-CO``) with their names.

    Observed days are among them; those that a clinic excepts are not. Names are English where the package has them,
    else the country's own; never the system's language. ``ValueError`` with a sentence for people where the package
    does not know the code or a category.
    """
    named = _named_days(_as_record(kept), first.year, last.year)
    return {day: name for day, name in named if first <= day <= last}


@lru_cache(maxsize=64)
def _named_days(rule: PublicHolidays, first: int, last: int) -> tuple[tuple[date, str], ...]:
    """Return the holidays of years with their names, in order: patients begin on other days, in the same years."""
    found = _holiday_calendar(rule, range(first, last + 1))
    days = ((day, _without(rule, day, name)) for day, name in sorted(found.items()))
    return tuple((day, name) for day, name in days if name)


def _as_record(kept: str | PublicHolidays) -> PublicHolidays:
    return PublicHolidays(country=kept) if isinstance(kept, str) else kept


def _without(rule: PublicHolidays, day: date, name: str) -> str:
    """Return the names of a day's holidays without those that are excepted by their name or their day."""
    if day in rule.except_:
        return ""
    excepted = {_plain(each) for each in rule.except_ if isinstance(each, str)}
    return _JOINED.join(one for one in name.split(_JOINED) if _plain(one) not in excepted)


def _plain(name: str) -> str:
    """Return a holiday's name as it is compared: an observed day goes by the name of the holiday itself."""
    return _OBSERVED.sub("", name.strip()).casefold()


def check_holidays(kept: str | PublicHolidays) -> None:
    """Raise ``ValueError``, with a sentence that names what is near, for a code or a category that nobody knows."""
    _holiday_calendar(_as_record(kept), ())


def unknown_exceptions(kept: str | PublicHolidays) -> tuple[tuple[int, str], ...]:
    """Return the excepted names that no holiday has, by their places in the list, each with the nearest one, if any."""
    rule = _as_record(kept)
    named = [(place, each) for place, each in enumerate(rule.except_) if isinstance(each, str)]
    if not named:
        return ()
    found = _holiday_calendar(rule, _SAMPLE_YEARS)
    names = {_plain(one): _OBSERVED.sub("", one) for name in found.values() for one in name.split(_JOINED)}
    missing = [(place, each) for place, each in named if _plain(each) not in names]
    return tuple(
        (place, next((names[near] for near in get_close_matches(_plain(each), list(names), n=1, cutoff=0.5)), ""))
        for place, each in missing
    )


def holiday_hint(kept: str | PublicHolidays) -> str | None:
    """Return what a country's code alone leaves out although most of its regions, or another category, keep it."""
    rule = _as_record(kept)
    if rule.categories or "-" in rule.country:
        return None
    alone = _holiday_calendar(rule, (_SAMPLE_YEAR,))
    regions = alone.subdivisions
    missing: dict[date, list[str]] = {}
    for region in regions:
        for day, name in _holiday_calendar(PublicHolidays(country=f"{rule.country}-{region}"), (_SAMPLE_YEAR,)).items():
            if day not in alone:
                missing.setdefault(day, []).append(name)
    usual = [names[0] for day, names in sorted(missing.items()) if 2 * len(names) > len(regions)]
    if usual:
        some = f"{rule.country}-{regions[0]}"
        return (
            f'{rule.country} alone leaves out days that most of its regions keep ({listed(usual)}): name one, "{some}"'
        )
    for category in () if regions else sorted(set(alone.supported_categories) - {"public"}):
        more = _holiday_calendar(PublicHolidays(country=rule.country, categories=("public", category)), (_SAMPLE_YEAR,))
        names = [name for day, name in sorted(more.items()) if day not in alone]
        if names:
            example = f'{{ country = "{rule.country}", categories = ["public", "{category}"] }}'
            return f"{rule.country} alone leaves out {listed(names)}, of the category {category}: {example} has them"
    return None


def _holiday_calendar(rule: PublicHolidays, years: Any) -> Any:
    holidays = holiday_package()
    country, _, subdivision = rule.country.partition("-")
    options: dict[str, Any] = {"subdiv": subdivision or None}
    try:
        described = holidays.country_holidays(country if _COUNTRY.fullmatch(country) else "", **options)
    except (NotImplementedError, AttributeError):
        raise ValueError(_unknown(country, subdivision)) from None
    known = tuple(described.supported_categories)
    for category in rule.categories:
        if category not in known:
            raise ValueError(
                f'the holidays of {country} have no category "{category}"{_nearest(category, known)}; '
                f"they have {', '.join(known)}"
            )
    if rule.categories:
        options["categories"] = rule.categories
    options["language"] = _language(described.default_language, tuple(described.supported_languages))
    return holidays.country_holidays(country, years=years, **options)


def _unknown(country: str, subdivision: str) -> str:
    """Say which part of a code the package does not know; asking it for all that it knows takes a while."""
    known = holiday_package().list_supported_countries()
    if country not in known:
        return f'no holidays are known for "{country}"{_nearest(country, known)}; use a code such as "US-CO"'
    near = _nearest(subdivision, known[country])
    return f'"{country}" has no subdivision "{subdivision}" in the holidays package{near}'


def _nearest(code: str, known: Any) -> str:
    near = get_close_matches(code.upper(), list(known), n=1, cutoff=0.5) or get_close_matches(code, list(known), n=1)
    return f' (nearest: "{near[0]}")' if near else ""


def _language(default: str | None, supported: tuple[str, ...]) -> str | None:
    english = sorted(language for language in supported if language.startswith("en"))
    if default is not None and (default.startswith("en") or not english):
        return default
    return english[0] if english else None


# The package


@cache
def holidays_version() -> str:
    """Return the version of the package ``holidays``.

    The folder beside it with what was installed has it in its name. Only where that is not one folder the metadata are
    read: what reads them takes a tenth of a command's start.
    """
    spec = find_spec("holidays")
    beside = Path(spec.origin or "").parent.parent if spec is not None else Path()
    named = [name[1] for path in beside.glob("holidays-*.dist-info") if (name := _INSTALLED.fullmatch(path.name))]
    if len(named) == 1:
        return named[0]
    from importlib.metadata import version

    return version("holidays")


@cache
def holiday_package() -> Any:
    """Return the module ``holidays``; ask it for a country by its code, with ``country_holidays``."""
    if VERSION not in sys.modules:
        told = ModuleType(VERSION)
        vars(told)["__version__"] = holidays_version()
        sys.modules[VERSION] = told
    import holidays

    vars(holidays).setdefault("version", sys.modules[VERSION])
    if COUNTRIES not in sys.modules:
        _defer(holidays)
    return holidays


def _defer(parent: Any) -> None:
    """Put a package in the place of ``holidays.countries`` that runs its own file when a name of it is missing."""
    spec = find_spec(COUNTRIES)
    if spec is None or spec.loader is None:
        return
    loader, package = spec.loader, module_from_spec(spec)
    contents: dict[str, Any] = vars(package)

    def run(name: str) -> Any:
        contents.pop("__getattr__", None)
        loader.exec_module(package)
        return getattr(package, name)

    contents["__getattr__"] = run
    sys.modules[COUNTRIES] = parent.countries = package
