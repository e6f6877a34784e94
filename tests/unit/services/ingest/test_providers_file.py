from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from newswire.errors import SetupError
from services.ingest.providers_file import key_ids, oddities, read, secret_ids

HASH = "0" * 64
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the specification's
WHOLE = f"""
[providers.courier]
name = "Eastmere Courier"
uri_prefixes = ["https://courier.example/"]
stories_per_minute = 600
superdesk_signature = true
[[providers.courier.keys]]
id = "c1"
sha256 = "{HASH}"
scopes = ["push"]
created = 2026-11-25T10:00:00Z
[[providers.courier.keys]]
id = "c2"
sha256 = "{HASH}"
created = 2026-11-25
[[providers.courier.secrets]]
id = "s1"
secret = "{SECRET}"

[providers.wire]
uri_prefixes = []
"""


def test_all_that_there_can_be() -> None:
    providers = read(WHOLE)
    courier, wire = providers["courier"], providers["wire"]
    assert (courier.name, courier.stories_per_minute, courier.superdesk_signature) == ("Eastmere Courier", 600, True)
    assert [(key.id, key.scopes) for key in courier.keys] == [("c1", ["push"]), ("c2", ["push", "kill"])]
    assert [key.created for key in courier.keys] == [datetime(2026, 11, 25, 10, tzinfo=UTC), date(2026, 11, 25)]
    assert [(secret.id, secret.secret, secret.created) for secret in courier.secrets] == [("s1", SECRET, None)]
    assert (wire.name, wire.stories_per_minute, wire.superdesk_signature, wire.keys) == (None, None, False, [])
    assert (key_ids(providers), secret_ids(providers)) == (["c1", "c2"], ["s1"])
    assert SECRET not in repr(providers)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("600", "-1"), "providers.courier.stories_per_minute: "),
        (("600", "1" + "0" * 400), "providers.courier.stories_per_minute: "),
        (("600", "600.0"), "providers.courier.stories_per_minute: "),
        (("true", "1"), "providers.courier.superdesk_signature: "),
        (('["push"]', '["read"]'), "providers.courier.keys.0.scopes.0: "),
        (('["push"]', '"push"'), "providers.courier.keys.0.scopes: "),
        (("2026-11-25T10:00:00Z", '"today"'), "providers.courier.keys.0.created"),
        (('"c2"', '"c1"'), "key id c1 is there twice"),
        (('"c2"', '"c.2"'), "providers.courier.keys.1.id: "),
        ((SECRET, SECRET.removeprefix("whsec_")), "providers.courier.secrets.0.secret: Value error, not a secret"),
        ((SECRET, "whsec_c2hvcnQ="), "24 to 64 bytes"),
        (("secrets", "secret"), "providers.courier.secret: Extra"),
        (("[providers.wire]", "[[providers.courier.secrets]]"), "providers.courier.secrets.1"),
        ((f'"{SECRET}"', f'"{SECRET}'), "not TOML: "),
        ((f'"{SECRET}"', f"[{SECRET}]"), "not TOML: "),
        ((f'"{SECRET}"', f'["{SECRET}"]'), "providers.courier.secrets.0.secret: "),
    ],
)
def test_a_fault_is_told_with_its_place_and_without_the_secret(change: tuple[str, str], fault: str) -> None:
    text = WHOLE.replace(*change)
    assert text != WHOLE
    with pytest.raises(SetupError) as caught:
        read(text)
    assert fault in str(caught.value)
    assert SECRET[6:] not in str(caught.value)
    assert caught.value.__cause__ is None or SECRET[6:] not in str(caught.value.__cause__)


def test_secrets_ids_are_told_apart_too() -> None:
    with pytest.raises(SetupError, match="secret id s1 is there twice"):
        read(WHOLE + f'[[providers.wire.secrets]]\nid = "s1"\nsecret = "{SECRET}"\n')


def test_more_than_two_at_a_time_are_odd_and_no_fault() -> None:
    assert not list(oddities(read(WHOLE)))
    third = f'[[providers.courier.keys]]\nid = "c3"\nsha256 = "{HASH}"\n'
    assert list(oddities(read(WHOLE + third))) == [
        "provider courier has 3 keys, where 2 are enough: revoke the old ones"
    ]
