"""Read the demonstration's types of electronic licences, all synthetic."""

from functools import cache

from directory.catalogue.catalogue_file import read_resources
from directory.catalogue.resources import ResourceVersion
from directory.licences.type_file import read_types
from directory.licences.types import LicenceType
from tests.province.provincial import DATA

RESOURCES, TYPES = DATA / "provincial_licence_resources.toml", DATA / "provincial_licence_types.toml"
FOOD, TRANSPORT, TEACHER = "11220000DEM0002176001", "11220000DEM000145D001", "11220000DEM000022C001"
"""A licence of an organisation that ends after five years, one that a single department issues, one of a citizen without end."""


@cache
def resources() -> tuple[ResourceVersion, ...]:
    """Return the resources behind the types; raises ListMalformed."""
    return read_resources(RESOURCES.read_bytes()).whole()


@cache
def types() -> tuple[LicenceType, ...]:
    """Return the types; raises ListMalformed."""
    return read_types(TYPES.read_bytes()).whole()
