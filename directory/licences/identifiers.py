"""Take the identifier of an electronic licence apart, and put it together (GB/T 36904).

Laws: an identifier is written in one way, `1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>`; its check character stands for all
parts behind the root of the tree of numbers, so that no slip of one sign goes unseen. The versions of a licence share their root, which is
the identifier without version and check character. A fault never repeats the identifier: a serial may be a person's.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from stdnum.iso7064 import mod_37_36

from directory.identifiers import citizen_id_fault, division_code_fault, licence_type_fault, uscc_fault

TREE: Final = "1.2.156.3005.2"
"""The number under which all electronic licences stand."""
HIGHEST_VERSION: Final = 999
LONGEST_SERIAL: Final = 32
"""In signs; real serials have from 7 to 32."""

_SERIAL: Final = re.compile(rf"[0-9A-Z]{{1,{LONGEST_SERIAL}}}")
_CITIZEN_ID: Final = re.compile(r"(?=([0-9]{6}(?:18|19|20)[0-9]{9}[0-9X]))")
"""Whoever holds a licence was born in one of these centuries."""
_VERSION: Final = re.compile(r"[0-9]{3}")
_CHECK: Final = re.compile(r"[0-9A-Z]")
_TELLING: Final = 8
"""Signs of a code that no serial number holds by chance."""
_DIVISION_SIGNS: Final = 6
_ROOT_PARTS: Final = 3
_PARTS: Final = 5


@dataclass(frozen=True, slots=True, order=True)
class LicenceId:
    """The identifier of one version of a licence; `issuer` is a USCC, or the division code of the hall."""

    type: str
    issuer: str
    serial: str
    version: int

    @property
    def root(self) -> str:
        """Name the licence, whatever its version."""
        return f"{TREE}.{self.type}.{self.issuer}.{self.serial}"

    def __str__(self) -> str:
        return f"{self.root}.{self.version:03}.{self.check}"

    @property
    def check(self) -> str:
        """Return the check character (ISO 7064 MOD 37,36)."""
        return str(mod_37_36.calc_check_digit(f"{self.type}{self.issuer}{self.serial}{self.version:03}"))

    def next_version(self) -> "LicenceId":
        """Name the version that follows; raises ValueError after the last number that there is."""
        if self.version >= HIGHEST_VERSION:
            raise ValueError(f"a licence has at most {HIGHEST_VERSION} versions: issue another one in its place")
        return LicenceId(self.type, self.issuer, self.serial, self.version + 1)


def parse_licence_id(text: str) -> LicenceId:
    """Return the identifier that a text is; raises ValueError, whose text says what is wrong without repeating it."""
    licence_type, issuer, serial, version, check = _parts(text, _PARTS)
    _check_root([licence_type, issuer, serial])
    if not _VERSION.fullmatch(version) or not int(version):
        raise ValueError("the version in a licence's identifier is not three digits from 001 (GB/T 36904)")
    found = LicenceId(licence_type, issuer, serial, int(version))
    # Compared as a sign of the one written form: a small letter or a digit of another script is no check character.
    if not _CHECK.fullmatch(check) or found.check != check:
        raise ValueError("the check character of a licence's identifier is wrong (GB/T 36904, ISO 7064 MOD 37,36)")
    return found


def licence_id_fault(text: str) -> str:
    """Say what is wrong with the identifier of a licence; empty when nothing is."""
    try:
        parse_licence_id(text)
    except ValueError as error:
        return str(error)
    return ""


def root_fault(text: str) -> str:
    """Say what is wrong with the root of a licence; empty when nothing is."""
    try:
        _check_root(_parts(text, _ROOT_PARTS))
    except ValueError as error:
        return str(error)
    return ""


def issuer_fault(text: str) -> str:
    """Say what is wrong with the issuer in an identifier: a USCC, or a division code."""
    return division_code_fault(text) if len(text) == _DIVISION_SIGNS else uscc_fault(text)


def serial_fault(text: str) -> str:
    """Say what is wrong with a serial number; it is not repeated.

    A licence is named in clear on its way, by its serial too: a number that holds a citizen id is none for an electronic licence.
    """
    if not _SERIAL.fullmatch(text):
        return f"a licence's serial number is from 1 to {LONGEST_SERIAL} digits and capitals"
    return "a licence's serial number holds a citizen id, and would show it to everybody: give it another" if names_a_person(text) else ""


def shown_holder_fault(licence: LicenceId, code: str) -> str:
    """Say that the code of a licence's holder stands in its serial number, in whatever capitals and with whatever in between.

    Codes of few signs stand in long numbers by chance, and count only as the whole number.
    """
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isascii() and sign.isalnum())
    stands = signs == licence.serial or (len(signs) >= _TELLING and signs in licence.serial)
    return "the holder's code stands in the identifier, which everyone may see: give it another serial number" if stands else ""


def names_a_person(text: str) -> bool:
    """Tell whether a citizen id stands in a text, whatever is around it."""
    found = (match[1] for match in _CITIZEN_ID.finditer(text.upper()))
    return any(not citizen_id_fault(number) for number in found)


def _parts(text: str, count: int) -> list[str]:
    parts = text.removeprefix(f"{TREE}.").split(".")
    if not text.startswith(f"{TREE}.") or len(parts) != count:
        written = ["<type>", "<issuer>", "<serial>", "<version>", "<check>"][:count]
        raise ValueError(f"this is not written as a licence's is: {'.'.join((TREE, *written))} (GB/T 36904)")
    return parts


def _check_root(parts: list[str]) -> None:
    licence_type, issuer, serial = parts
    if licence_type_fault(licence_type):
        raise ValueError("the type in a licence's identifier is not the USCC of the organ that defined it and three digits (GB/T 36903)")
    if issuer_fault(issuer):
        raise ValueError("the issuer in a licence's identifier is neither a USCC nor a division code")
    if fault := serial_fault(serial):
        raise ValueError(fault)
