"""Say what a check found, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `do` is empty when it is well."""

    name: str
    well: bool
    what: str
    do: str = ""
