from __future__ import annotations

import hashlib
import stat
import tomllib
from typing import TYPE_CHECKING

from newswire.local.provider import DEVELOPMENT, PUBLISHERS, development_provider
from services.ingest.credentials import parse

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_start_makes_a_key_and_stores_its_digest_only(tmp_path: Path) -> None:
    provider = development_provider(tmp_path, {})
    key_id, _, secret = provider.key.partition(".")
    stored = tomllib.loads(provider.path.read_text())["providers"]["development"]
    assert stored["uri_prefixes"] == [""]
    assert stored["keys"] == [{"id": key_id, "sha256": hashlib.sha256(secret.encode()).hexdigest()}]
    assert secret not in provider.path.read_text()
    assert len(secret) >= 43
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_each_newsroom_of_the_samples_has_a_key_of_its_own(tmp_path: Path) -> None:
    provider = development_provider(tmp_path, {})
    keyring = parse(provider.path.read_text())
    assert set(provider.newsrooms) == PUBLISHERS.keys() - {DEVELOPMENT}
    for name, publisher in PUBLISHERS.items():
        owner = keyring.authenticate(f"Bearer {provider.key_of(name)}")
        assert (owner.name, owner.uri_prefixes) == (name, publisher.uri_prefixes)


def test_a_folder_without_newsrooms_goes_on_without_them(tmp_path: Path) -> None:
    first = development_provider(tmp_path, {})
    text = first.path.read_text()
    for name in first.newsrooms:
        (tmp_path / f"{name}.key").unlink()
    provider = development_provider(tmp_path, {})
    assert (provider.key, provider.newsrooms) == (first.key, {})
    assert provider.key_of("baywire") == first.key
    assert provider.path.read_text() == text


def test_a_first_start_that_was_cut_off_is_made_good(tmp_path: Path) -> None:
    first = development_provider(tmp_path, {})
    first.path.unlink()
    (tmp_path / "development.key").unlink()
    provider = development_provider(tmp_path, {})
    assert parse(provider.path.read_text()).authenticate(f"Bearer {provider.key}").name == DEVELOPMENT
    assert set(provider.newsrooms) == set(first.newsrooms)


def test_later_starts_keep_the_key_and_what_was_added_to_the_file(tmp_path: Path) -> None:
    first = development_provider(tmp_path, {})
    first.path.write_text(first.path.read_text() + "\n# ours\n")
    assert development_provider(tmp_path, {}) == first
    assert first.path.read_text().endswith("# ours\n")


def test_a_file_that_was_lost_is_made_again_for_the_same_key(tmp_path: Path) -> None:
    first = development_provider(tmp_path, {})
    text = first.path.read_text()
    first.path.unlink()
    assert development_provider(tmp_path, {}) == first
    assert first.path.read_text() == text


def test_a_key_that_was_lost_is_not_replaced(tmp_path: Path) -> None:
    development_provider(tmp_path, {})
    (tmp_path / "development.key").unlink()
    assert development_provider(tmp_path, {}).key == ""


def test_the_users_own_file_is_used_and_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    provider = development_provider(tmp_path, {"NEWSWIRE_PROVIDERS": str(own)})
    assert (provider.path, provider.key) == (own, "")
    assert list(tmp_path.iterdir()) == []
