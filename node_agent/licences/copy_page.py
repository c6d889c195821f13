"""Print a copy of a licence as one page (加注件).

Laws: the page says all over itself for whom and for what it is; it loads nothing from anywhere; no citizen id and no code of
a holder stands on it whole. What counts is the file beside it, or the code on it: a page alone proves nothing.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any, Final

import segno
from jinja2 import Environment, PackageLoader, Template

from certs.errors import MalformedLicenceCode
from certs.licence_code import to_code
from certs.licence_findings import masked
from directory.calendar import BEIJING
from directory.catalogue.resources import ResourceItem, ResourceVersion
from directory.identifiers import citizen_id_fault, mask_citizen_id
from directory.licences.disclosing import fields_of
from directory.licences.types import HOLDER_CODE, LicenceType
from node_agent.licences.copies import Copy
from node_agent.licences.copy_words import CHINESE, WORDS

MOST_VERSION: Final = 25
_MARKS: Final = 60
"""How often the page says for whom and for what it is, behind its text."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it stands on the page."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """In which language the page is, and what stands above it on a screen: the licence file to save, and the way back; none in a file."""

    language: str = CHINESE
    file: bytes = b""
    has_status: bool = True
    back: str = ""


def page(copy: Copy, licence_type: LicenceType, version: ResourceVersion, around: Surroundings) -> str:
    """Return the page as HTML."""
    words = WORDS.get(around.language, WORDS[CHINESE])
    shown = fields_of({**copy.licence.public, **copy.licence.disclosed})
    items = {item.name: item for item in version.items}
    groups = [(group.title, list(_fields(group.fields, shown, items))) for group in licence_type.layout]
    said, claims = copy.annotation, copy.licence.claims
    return _template().render(
        name=licence_type.name,
        groups=[(title, fields) for title, fields in groups if fields],
        hidden=copy.licence.hidden,
        claims=claims,
        issued=_day(claims.issued_at),
        valid_from=_day(claims.valid_from),
        valid_to=_day(claims.valid_to) if claims.valid_to else words["long"],
        w=words,
        around=around,
        file=b64encode(around.file).decode(),
        said=said,
        made=_moment(said.made_at),
        until=_moment(said.expires_at),
        marks=range(_MARKS),
        code=_code(copy.file.presentation),
    )


def _fields(names: tuple[str, ...], shown: Mapping[str, Any], items: Mapping[str, ResourceItem]) -> Iterator[Field]:
    for name in names:
        if shown.get(name) is not None:
            item = items.get(name)
            yield Field(item.title if item else name, _value(name, shown[name], item))


def _value(name: str, value: object, item: ResourceItem | None) -> str:
    text = ("是" if value else "否") if isinstance(value, bool) else str(value)
    if name == HOLDER_CODE:
        return masked(text)
    if not citizen_id_fault(text):
        return mask_citizen_id(text)
    return next((one.title for one in item.codes if one.code == text), text) if item else text


def _code(presentation: str) -> str:
    """Return the QR code as an SVG; empty where the presentation does not fit one."""
    try:
        made = segno.make(to_code(presentation), error="m", boost_error=False)
    except MalformedLicenceCode:
        return ""
    drawn = BytesIO()
    made.save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    return drawn.getvalue().decode()


def _day(at: datetime) -> str:
    return at.astimezone(BEIJING).date().isoformat()


def _moment(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M} (UTC+8) / {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@cache
def _template() -> Template:
    return Environment(loader=PackageLoader("node_agent.licences"), autoescape=True).get_template("copy.html")
