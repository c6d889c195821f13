"""Read what each kind of certificate is for.

Laws: the profiles are data (profiles.toml); a key that is missing, of another type or unknown is an error, since a
misspelt restriction would restrict nothing.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from certs.errors import MalformedProfile

_BUILT_IN = Path(__file__).with_name("profiles.toml")

KEY_USAGES = frozenset({"digital_signature", "key_cert_sign", "crl_sign"})
EXTENDED_KEY_USAGES = frozenset({"server_auth", "client_auth"})
NAME_CONSTRAINTS = frozenset({"uri", "dns", "ip"})


@dataclass(frozen=True, slots=True)
class Profile:
    """What one kind of certificate is for; `path_length` is None where it signs no other certificate."""

    lifetime: timedelta
    path_length: int | None
    key_usage: frozenset[str]
    extended_key_usage: frozenset[str]
    name_constraints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a certificate is followed by the next one: when it is due, and how late and how inexact a request may be."""

    share_of_lifetime: float
    grace: timedelta
    clock_skew: timedelta
    backdate: timedelta


@dataclass(frozen=True, slots=True)
class Profiles:
    """The kinds of certificates of a province."""

    renewal: Renewal
    root: Profile
    intermediate: Profile
    hub: Profile
    enrolment: Profile
    hall: Profile


@cache
def built_in() -> Profiles:
    """Return the profiles that come with this package."""
    return parse_profiles(_BUILT_IN.read_text(encoding="utf-8"))


def parse_profiles(text: str) -> Profiles:
    """Read profiles from TOML, or raise MalformedProfile naming the key that is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MalformedProfile(f"not TOML: {error}") from None
    names = {field.name for field in fields(Profiles)}
    _check_keys(document, names, "profiles")
    kinds = {name: _profile(name, _table(document, name)) for name in names - {"renewal"}}
    return Profiles(renewal=_renewal(_table(document, "renewal")), **kinds)


def _profile(name: str, table: Mapping[str, Any]) -> Profile:
    keys = {"lifetime_days", "key_usage", "extended_key_usage", "name_constraints"}
    _check_keys(table, keys | ({"path_length"} if "path_length" in table else set()), name)
    return Profile(
        lifetime=timedelta(days=_number(table, "lifetime_days", name)),
        path_length=_number(table, "path_length", name, least=0) if "path_length" in table else None,
        key_usage=_words(table, "key_usage", KEY_USAGES, name),
        extended_key_usage=_words(table, "extended_key_usage", EXTENDED_KEY_USAGES, name),
        name_constraints=_words(table, "name_constraints", NAME_CONSTRAINTS, name),
    )


def _renewal(table: Mapping[str, Any]) -> Renewal:
    _check_keys(table, {"share_of_lifetime", "grace_days", "clock_skew_minutes", "backdate_minutes"}, "renewal")
    share = table["share_of_lifetime"]
    if not (isinstance(share, float) and 0 < share < 1):
        raise MalformedProfile("renewal.share_of_lifetime is not a fraction between 0 and 1")
    return Renewal(
        share_of_lifetime=share,
        grace=timedelta(days=_number(table, "grace_days", "renewal", least=0)),
        clock_skew=timedelta(minutes=_number(table, "clock_skew_minutes", "renewal")),
        backdate=timedelta(minutes=_number(table, "backdate_minutes", "renewal", least=0)),
    )


def _check_keys(table: Mapping[str, Any], keys: set[str], where: str) -> None:
    if wrong := sorted(table.keys() ^ keys):
        raise MalformedProfile(f"{where}: unknown or missing: {', '.join(wrong)}")


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document[name]
    if not isinstance(table, dict):
        raise MalformedProfile(f"{name} is not a table")
    return table


def _number(table: Mapping[str, Any], key: str, where: str, *, least: int = 1) -> int:
    value = table[key]
    # A bool is an int to Python.
    if type(value) is not int or value < least:
        raise MalformedProfile(f"{where}.{key} is not a whole number of at least {least}")
    return value


def _words(table: Mapping[str, Any], key: str, known: frozenset[str], where: str) -> frozenset[str]:
    value = table[key]
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value) or len(set(value)) != len(value):
        raise MalformedProfile(f"{where}.{key} is not a list of different words")
    if unknown := sorted(set(value) - known):
        raise MalformedProfile(f"{where}.{key} does not know {', '.join(unknown)}")
    return frozenset(value)
