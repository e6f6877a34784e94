from __future__ import annotations

import base64
import hashlib

from newswire.cli.minted import mint_key, mint_secret
from services.ingest.providers_file import KeyEntry, SecretEntry


def test_a_key_of_256_bits_whose_hash_alone_is_kept() -> None:
    minted = mint_key("courier", ["push"])
    key_id, _, secret = minted.shown.partition(".")
    entry = KeyEntry.model_validate(minted.entry)
    assert (entry.id, entry.scopes) == (key_id, ["push"])
    assert entry.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert secret not in repr(minted)


def test_a_secret_of_256_bits() -> None:
    minted = mint_secret("courier")
    entry = SecretEntry.model_validate(minted.entry)
    assert (entry.id, entry.secret) == (minted.id, minted.shown)
    assert len(base64.b64decode(minted.shown.removeprefix("whsec_"))) == 32
    assert minted.shown not in repr(minted)


def test_none_is_like_another() -> None:
    assert len({mint_key("courier", []).shown for _ in range(10)}) == 10
    assert len({mint_secret("courier").shown for _ in range(10)}) == 10


def test_the_longest_name_leaves_room_for_an_id() -> None:
    assert len(mint_key("x" * 64, []).id) == 64
