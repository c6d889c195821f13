"""Judge whether a version of a resource may stand in the catalogue.

Laws: everything that is wrong is found, not only the first; a path says where. What is conditional names its condition,
what is not shared its legal basis, and what is unconditional adds no condition (政务数据共享条例). Personal data is
never open to the public. Sample records hold under the schema of their version.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from directory.catalogue.resources import Code, Resource, ResourceItem, ResourceVersion, as_sensitive
from directory.catalogue.vocabulary import ItemType, Openness, ResourceClass, Sensitivity, SharingType, State
from directory.errors import Fault, RecordMalformed
from directory.identifiers import uscc_fault
from directory.record_json import read_record
from directory.record_schema import Checker
from directory.resource_ids import RESERVED
from directory.texts import department_id_fault, foreign_fault, id_fault, name_fault, text_fault

MOST_ITEMS: Final = 500
MOST_CODES: Final = 2_000
MOST_SAMPLES: Final = 10
MOST_RELATED: Final = 50
LONGEST_TEXT: Final = 10_000
"""In a field of a record, in code points."""

_CLASS_DIGIT: Final = {ResourceClass.BASE: "1", ResourceClass.THEME: "2", ResourceClass.DEPARTMENT: "3"}
_CODE: Final = re.compile(r"[1-3][0-9]{5}[0-9]{0,12}/[0-9]{1,12}")
_ITEM_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CODE_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def faults(version: ResourceVersion) -> tuple[Fault, ...]:
    """Return everything that is wrong with a version; the samples are tried only on fields that hold themselves."""
    found = [*_resource_faults(version.resource), *_version_faults(version), *_items_faults(version.items)]
    return (*found, *_sample_faults(version)) if not found else tuple(found)


def provider_fault(resource: Resource, usccs: Mapping[str, str]) -> str:
    """Say what is wrong with a provider, given the USCC of every department by its id."""
    uscc = usccs.get(resource.provider)
    if uscc is None:
        return f"no department has the id {resource.provider!a}"
    return "" if uscc == resource.provider_uscc else f"the USCC of {resource.provider!r} is {uscc}, not {resource.provider_uscc}"


def _resource_faults(resource: Resource) -> Iterator[Fault]:
    yield from _named("resource", id_fault(resource.resource, "resource id") or _reserved(resource.resource))
    yield from _named("code", code_fault(resource.code, resource.resource_class))
    yield from _named("display_name", name_fault(resource.display_name))
    yield from _named("provider", department_id_fault(resource.provider))
    yield from _named("provider_uscc", uscc_fault(resource.provider_uscc))
    yield from _named("abstract", text_fault(resource.abstract))
    yield from _named("sharing_terms", _terms_fault(resource))
    yield from _named("openness_terms", _openness_fault(resource))
    yield from _related_faults(resource)


def _reserved(resource: str) -> str:
    return f"the id {resource!r} is reserved: the exchange sends messages of its own under it" if resource in RESERVED else ""


def code_fault(code: str, resource_class: ResourceClass) -> str:
    """Say what is wrong with a catalogue code (政务信息资源代码).

    Its parts: class of one digit, subject of two, topic of three, detail of any number (类, 项, 目, 细目), a slash, a number.
    """
    law = "a catalogue code is six digits or more, a slash and a number, all in ASCII"
    if odd := foreign_fault(code, "catalogue code", law):
        return odd
    if not _CODE.fullmatch(code):
        return f"{code[:40]!r} is not a catalogue code: {law}, and begins with 1, 2 or 3"
    digit = _CLASS_DIGIT[resource_class]
    return "" if code[0] == digit else f"the code of a {resource_class} resource begins with {digit}, not with {code[0]}"


def _terms_fault(resource: Resource) -> str:
    terms = resource.sharing_terms
    if resource.sharing is SharingType.UNCONDITIONAL:
        return "an unconditional resource adds no condition" if terms else ""
    needed = "condition" if resource.sharing is SharingType.CONDITIONAL else "legal basis"
    return text_fault(terms) if terms else f"a {resource.sharing} resource names its {needed}"


def _openness_fault(resource: Resource) -> str:
    terms = resource.openness_terms
    if resource.openness is Openness.CONDITIONAL:
        return text_fault(terms) if terms else "a resource open on a condition names it"
    return text_fault(terms) if terms else ""


def _related_faults(resource: Resource) -> Iterator[Fault]:
    yield from _named("related", f"more than {MOST_RELATED} resources" if len(resource.related) > MOST_RELATED else "")
    yield from _repeated("related", resource.related[: MOST_RELATED + 1])
    for position, other in enumerate(resource.related[:MOST_RELATED]):
        fault = "a resource is not related to itself" if other == resource.resource else id_fault(other, "resource id")
        yield from _named(f"related[{position}]", fault)


def _version_faults(version: ResourceVersion) -> Iterator[Fault]:
    if version.version < 1:
        yield _fault("version", f"{version.version} is not a version: they are counted from 1")
    if not 1 <= len(version.items) <= MOST_ITEMS:
        yield _fault("items", f"a resource has from 1 to {MOST_ITEMS} fields, not {len(version.items)}")
    fewest = 0 if version.state is State.DRAFT else 1
    if not fewest <= len(version.samples) <= MOST_SAMPLES:
        yield _fault("samples", f"a resource has from {fewest} to {MOST_SAMPLES} sample records, not {len(version.samples)}")
    if version.resource.openness is Openness.OPEN and as_sensitive(version.sensitivity, Sensitivity.PERSONAL):
        yield _fault("openness", "a resource with personal data is not open to the public")
    if version.ground:
        yield from _named("ground", text_fault(version.ground))


def _items_faults(items: tuple[ResourceItem, ...]) -> Iterator[Fault]:
    yield from _repeated("items", [item.name for item in items])
    yield from _repeated("items", [item.title for item in items])
    for position, item in enumerate(items[:MOST_ITEMS]):
        for path, what in _item_faults(item):
            yield _fault(f"items[{position}].{path}", what)


def _item_faults(item: ResourceItem) -> Iterator[tuple[str, str]]:
    if fault := item_name_fault(item.name):
        yield "name", fault
    if fault := name_fault(item.title):
        yield "title", fault
    for path, belongs, given in _BELONGS:
        if given(item) and item.type is not belongs:
            yield path, f"a field of type {item.type} has no {path}"
    if item.type is ItemType.TEXT and not 1 <= (item.max_length or 0) <= LONGEST_TEXT:
        yield "max_length", f"a text has from 1 to {LONGEST_TEXT} signs at most: say how many"
    if item.type is ItemType.CODE:
        yield from _code_faults(item.codes)
    if item.type is ItemType.CITIZEN_ID and not as_sensitive(item.sensitivity, Sensitivity.PERSONAL):
        yield "sensitivity", "a citizen id is personal data"


_BELONGS: Final[tuple[tuple[str, ItemType, Callable[[ResourceItem], bool]], ...]] = (
    ("max_length", ItemType.TEXT, lambda item: item.max_length is not None),
    ("pattern", ItemType.TEXT, lambda item: item.pattern is not None),
    ("codes", ItemType.CODE, lambda item: bool(item.codes)),
)


def item_name_fault(name: str) -> str:
    """Say what is wrong with the name of a field."""
    law = "the name of a field is lower-case ASCII letters, digits and underscores, a letter first, at most 63"
    return foreign_fault(name, "field name", law) or ("" if _ITEM_NAME.fullmatch(name) else f"{name[:80]!r} does not hold: {law}")


def _code_faults(codes: tuple[Code, ...]) -> Iterator[tuple[str, str]]:
    if not 1 <= len(codes) <= MOST_CODES:
        yield "codes", f"a list of codes has from 1 to {MOST_CODES}, not {len(codes)}"
    for fault in _repeated("codes", [code.code for code in codes]):
        yield "codes", fault.what
    for position, code in enumerate(codes[:MOST_CODES]):
        if not _CODE_VALUE.fullmatch(code.code):
            yield f"codes[{position}]", f"{code.code[:40]!a} is not a code: ASCII letters and digits, then also . _ -, at most 32"
        if what := name_fault(code.title):
            yield f"codes[{position}]", what


def _sample_faults(version: ResourceVersion) -> Iterator[Fault]:
    checker = Checker.compile(version)
    for position, sample in enumerate(version.samples):
        path = f"samples[{position}]"
        try:
            record = read_record(sample.encode("utf-8", errors="surrogatepass"))
        except RecordMalformed as error:
            yield _fault(path, str(error))
            continue
        for fault in checker.faults(record):
            yield _fault(f"{path}.{fault.path}" if fault.path else path, fault.what)


def _repeated(path: str, words: list[str] | tuple[str, ...]) -> Iterator[Fault]:
    yield from (_fault(path, f"{word[:80]!a} is given {count} times") for word, count in Counter(words).items() if count > 1)


def _named(path: str, what: str) -> Iterator[Fault]:
    if what:
        yield _fault(path, what)


def _fault(path: str, what: str) -> Fault:
    return Fault(0, what, path)
