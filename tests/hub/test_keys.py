from datetime import UTC, datetime
from pathlib import Path

import pytest

from certs import authority
from certs.authority import create_province
from certs.charter import open_charter, sign_charter
from certs.identity import read_certificate
from certs.keys import generate_hpke_key, load_tls_key, save_key
from hub.cli.doctor import _keys
from hub.config import load
from hub.db import open_database
from hub.errors import ConfigInvalid
from hub.keys import load_keys

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)


def fault(folder: Path) -> str:
    """Return what the doctor finds wrong with the keys."""
    file = folder.parent / "hub.toml"
    file.write_text('trust_domain = "jilin.test"\ndatabase = "sqlite:///hub.db"\nkeys = "hub"\n[listen]\nadvertised = "localhost:1"\n')
    config = load(file)
    return _keys(config, open_database(config.database))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_province(tmp_path, "jilin.test", ["localhost"], NOW)
    return tmp_path / authority.HUB


def test_the_hub_opens_payloads_with_the_key_that_its_charter_names(folder: Path) -> None:
    keys = load_keys(folder)
    assert keys.reading is not None
    assert keys.reading.public_key().public_bytes_raw() == keys.charter.reading


def test_a_hub_without_its_reading_key_starts_and_the_doctor_says_so(folder: Path) -> None:
    assert fault(folder) == ""
    (folder / authority.READING_KEY).unlink()
    assert load_keys(folder).reading is None
    assert "reading.key is missing" in fault(folder)


def test_a_hub_of_an_old_charter_reads_no_payload_and_is_well(folder: Path) -> None:
    root = read_certificate((folder / authority.ROOT).read_bytes())
    charter = load_keys(folder).charter
    old = type(charter)(charter.trust_domain, charter.epoch, charter.ledger, charter.journal, charter.registry)
    note = sign_charter(old, load_tls_key(folder.parent / authority.OFFLINE / authority.ROOT_KEY))
    (folder / authority.CHARTER).write_text(note)
    assert open_charter(note, root).reading is None
    assert load_keys(folder).reading is None
    assert fault(folder) == ""


def test_a_reading_key_that_the_charter_does_not_name_stops_the_start(folder: Path) -> None:
    (folder / authority.READING_KEY).unlink()
    save_key(folder / authority.READING_KEY, generate_hpke_key())
    with pytest.raises(ConfigInvalid, match=r"reading\.key"):
        load_keys(folder)
