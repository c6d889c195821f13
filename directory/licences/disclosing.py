"""Say which parts of a credential a grant opens.

Laws: a grant speaks of fields of the catalogued resource, a credential of claims: the fields that say whose licence it is are claims of the
holder, every other field is the claim of its own name. What the catalogue calls public is in clear in every credential, whoever looks; the
holder never is. A presentation discloses what was decided on and nothing else.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import Sensitivity
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE, HOLDER_NAME

CLAIM_OF: Final[Mapping[str, str]] = {
    HOLDER_NAME: "holder.name",
    HOLDER_CODE: "holder.code",
    HOLDER_CODE_TYPE: "holder.code_type",
}
_FIELD_OF: Final = {claim: field for field, claim in CLAIM_OF.items()}


def claim_of(field: str) -> str:
    """Return the claim that holds a field of the catalogue."""
    return CLAIM_OF.get(field, field)


def field_of(claim: str) -> str:
    """Return the field of the catalogue that a claim holds."""
    return _FIELD_OF.get(claim, claim)


def fields_of(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return claims by the names of their fields."""
    return {field_of(claim): value for claim, value in claims.items()}


def in_clear(version: ResourceVersion) -> frozenset[str]:
    """Return the fields that stand in clear in a credential."""
    public = {item.name for item in version.items if item.sensitivity is Sensitivity.PUBLIC}
    return frozenset(public - CLAIM_OF.keys())


def wanted(asked: Collection[str], granted: Iterable[str], version: ResourceVersion) -> frozenset[str]:
    """Return the fields on which to decide: those asked for, or else all that a grant opens and the resource still has."""
    return frozenset(asked) or frozenset(granted) & version.item_names


def disclosed(decided: Iterable[str], version: ResourceVersion) -> tuple[str, ...]:
    """Return the claims that a presentation discloses, in order, of fields that were decided on."""
    return tuple(sorted(claim_of(field) for field in set(decided) & version.item_names - in_clear(version)))
