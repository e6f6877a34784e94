from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from newswire.errors import CredentialsError, FailedError, SetupError
from services.ingest.credentials import ProvidersFile, parse
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path


def providers_toml(*keys: str, name: str = "courier", prefixes: str = '["https://courier.example/"]') -> str:
    text = f"[providers.{name}]\nuri_prefixes = {prefixes}\n"
    for key in keys:
        key_id, _, secret = key.partition(".")
        digest = hashlib.sha256(secret.encode()).hexdigest()
        text += f'[[providers.{name}.keys]]\nid = "{key_id}"\nsha256 = "{digest}"\n'
    return text


def test_keys_open_for_their_owner() -> None:
    keyring = parse(providers_toml("c1.s3cret", "c2.o.t.h.e.r") + providers_toml("w1.x", name="wire"))
    assert keyring.authenticate("Bearer c1.s3cret").name == "courier"
    assert keyring.authenticate("bEARER  c2.o.t.h.e.r ").uri_prefixes == ("https://courier.example/",)
    assert keyring.authenticate("bearer w1.x").name == "wire"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer .",
        "Bearer c1",
        "Bearer c1.",
        "Bearer .s3cret",
        "Bearer c1.S3cret",
        "Bearer c2.s3cret",
        "Basic c1.s3cret",
        "c1.s3cret",
        "Bearer c1.s3cret x",
        "Bearer c1.\u00ff\u00ff",
        "Bearer c1." + "x" * 60_000,
    ],
)
def test_all_else_is_refused_in_the_same_words(header: str | None) -> None:
    with pytest.raises(CredentialsError) as caught:
        parse(providers_toml("c1.s3cret")).authenticate(header)
    assert str(caught.value) == "a valid key is needed: Authorization: Bearer <key id>.<secret>"


@pytest.mark.parametrize(
    "text",
    [
        "providers",
        "[providers]\ncourier = 1",
        "[providers.courier]\n",
        '[providers.courier]\nuri_prefix = [""]\n',
        '[providers.courier]\nuri_prefixes = ""\n',
        '[providers."a b"]\nuri_prefixes = []\n',
        providers_toml("c.1.x").replace('id = "c"', 'id = "c.1"'),
        providers_toml("c1.x").replace("sha256", "sha1"),
        providers_toml("c1.x", "c1.y"),
        providers_toml("c1.x") + providers_toml("c1.y", name="wire"),
        providers_toml("c1.x").replace(hashlib.sha256(b"x").hexdigest(), "plain"),
    ],
)
def test_files_that_are_refused(text: str) -> None:
    with pytest.raises(SetupError) as caught:
        parse(text)
    assert hashlib.sha256(b"x").hexdigest() not in str(caught.value)


def test_a_file_without_providers_lets_nobody_in() -> None:
    with pytest.raises(CredentialsError):
        parse("").authenticate("Bearer a.b")


async def test_the_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    file = ProvidersFile(path, poll_seconds=0.01)

    async def warns() -> bool:
        return await file.check() is not None

    async def takes(key: str) -> bool:
        return key.partition(".")[0] in file.keyring.keys

    await file.start()
    try:
        with pytest.raises(FailedError, match="No such file"):
            await file.check()
        path.write_text(providers_toml("c1.x"))
        await eventually(lambda: takes("c1.x"))
        assert await file.check() is None

        path.write_text("not toml")
        await eventually(warns)
        assert await takes("c1.x")
        path.unlink()
        await eventually(lambda: _says(file, "No such file"))
        path.write_bytes(b"\xff")
        await eventually(lambda: _says(file, "utf-8"))
        assert await takes("c1.x")

        fresh = tmp_path / "fresh"
        fresh.write_text(providers_toml("c2.x"))
        fresh.replace(path)
        await eventually(lambda: takes("c2.x"))
        assert not await takes("c1.x")
        assert await file.check() is None
    finally:
        await file.stop()


async def _says(file: ProvidersFile, text: str) -> bool:
    return text in (await file.check() or "")


async def test_a_bad_file_does_not_stop_the_start(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_text("[")
    file = ProvidersFile(path)
    await file.start()
    with pytest.raises(FailedError, match="not TOML"):
        await file.check()
    await file.stop()
