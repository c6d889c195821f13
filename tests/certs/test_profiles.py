from datetime import timedelta
from pathlib import Path

import pytest

from certs import profiles
from certs.errors import MalformedProfile

TEXT = Path(profiles.__file__).with_name("profiles.toml").read_text(encoding="utf-8")


def test_the_built_in_profiles_say_what_the_design_says() -> None:
    found = profiles.built_in()
    assert found.hall.lifetime == timedelta(days=90)
    assert found.hall.extended_key_usage == {"client_auth"}
    assert found.renewal.share_of_lifetime == 0.5
    assert found.renewal.grace == timedelta(days=30)
    assert found.renewal.clock_skew == found.renewal.backdate == timedelta(minutes=5)
    assert (found.root.path_length, found.intermediate.path_length, found.hub.path_length) == (1, 0, None)


def test_only_authorities_sign_certificates() -> None:
    found = profiles.built_in()
    for profile in (found.hub, found.enrolment, found.hall):
        assert profile.path_length is None
        assert profile.key_usage == {"digital_signature"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grace_days = 30", "grace_dayz = 30"),
        ("grace_days = 30 ", "grace_days = true "),
        ("clock_skew_minutes = 5 ", "clock_skew_minutes = 0 "),
        ("share_of_lifetime = 0.5", "share_of_lifetime = 1.5"),
        ("share_of_lifetime = 0.5", 'share_of_lifetime = "half"'),
        ("lifetime_days = 7300", "lifetime_days = -1"),
        ("lifetime_days = 7300", "lifetime_days = 7300\nmore = 1"),
        ("path_length = 0", 'path_length = "0"'),
        ('["digital_signature"]', '["digital_signatures"]'),
        ('["client_auth"]', '["client_auth", "client_auth"]'),
        ('["client_auth"]', '"client_auth"'),
        ('["uri", "dns", "ip"]', '["uri", 1]'),
        ("[hall]", "[halls]"),
        ("[hall]", "hall = 1\n[extra]"),
        ("[renewal]", "[renewal"),
    ],
)
def test_a_misspelt_profile_is_an_error(old: str, new: str) -> None:
    assert profiles.parse_profiles(TEXT) == profiles.built_in()
    assert old in TEXT
    with pytest.raises(MalformedProfile):
        profiles.parse_profiles(TEXT.replace(old, new))
