from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest

from newswire.errors import CredentialsError, FailedError, ForbiddenError, SetupError
from services.ingest import credentials
from services.ingest.credentials import ProvidersFile, parse
from services.ingest.rates import Rate
from tests.support.waiting import eventually
from tests.unit.services.ingest.test_signatures import BODY, OTHER, SECRET, TIME, headers, superdesk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NO_SIGNATURE = "a valid signature of the body as it was sent is needed, by a secret of the provider in the path"


def providers_toml(*keys: str, name: str = "courier", prefixes: str = '["https://courier.example/"]') -> str:
    text = f"[providers.{name}]\nuri_prefixes = {prefixes}\n"
    for key in keys:
        key_id, _, secret = key.partition(".")
        digest = hashlib.sha256(secret.encode()).hexdigest()
        text += f'[[providers.{name}.keys]]\nid = "{key_id}"\nsha256 = "{digest}"\n'
    return text


def signing_toml(*secrets: str, superdesk: bool = False, name: str = "courier") -> str:
    text = providers_toml(name=name) + f"superdesk_signature = {str(superdesk).lower()}\n"
    for number, secret in enumerate(secrets):
        text += f'[[providers.{name}.secrets]]\nid = "{name}{number}"\nsecret = "{secret}"\n'
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


def test_a_grant_holds_the_scopes_of_its_key() -> None:
    text = providers_toml("c1.x") + 'scopes = ["push"]\n' + providers_toml("w1.x", name="wire")
    grant = parse(text).authenticate("Bearer c1.x")
    grant.require_scope("push")
    with pytest.raises(ForbiddenError, match="this key of provider courier may not kill stories"):
        grant.require_scope("kill")
    whole = parse(text).authenticate("Bearer w1.x")
    whole.require_scope("push")
    whole.require_scope("kill")


@pytest.mark.parametrize(
    ("line", "rate"),
    [("", Rate(600, 60)), ("stories_per_minute = 5\n", Rate(5, 60)), ("stories_per_minute = 0\n", None)],
)
def test_a_provider_s_rate_goes_before_the_service_s(line: str, rate: Rate | None) -> None:
    text = providers_toml() + line + providers_toml("c1.x").partition("\n")[2].partition("\n")[2]
    keyring = parse(text, Rate(600, 60))
    assert keyring.authenticate("Bearer c1.x").rate == rate
    assert keyring.signers["courier"].grant.rate == rate


def test_a_signed_push_may_do_all_that_is_its_provider_s() -> None:
    grant = parse(signing_toml(OTHER, SECRET)).verify("courier", headers(), BODY, TIME)
    assert (grant.name, grant.uri_prefixes) == ("courier", ("https://courier.example/",))
    grant.require_scope("push")
    grant.require_scope("kill")


def test_superdesk_s_signature_where_the_provider_takes_it() -> None:
    signed = {"x-superdesk-signature": superdesk(SECRET, BODY)}
    keyring = parse(signing_toml(SECRET, superdesk=True))
    # It has no time: it is as good years later.
    assert keyring.verify("courier", signed, BODY, TIME + 10**8).name == "courier"


def test_standard_webhooks_decide_where_both_are() -> None:
    keyring = parse(signing_toml(SECRET, superdesk=True))
    both = headers() | {"x-superdesk-signature": "sha1=wrong"}
    assert keyring.verify("courier", both, BODY, TIME).name == "courier"
    stale = headers() | {"x-superdesk-signature": superdesk(SECRET, BODY)}
    with pytest.raises(CredentialsError):
        keyring.verify("courier", stale, BODY, TIME + 301)


SUPERDESK = {"x-superdesk-signature": superdesk(SECRET, BODY)}
IDLE = {"x-superdesk-signature": superdesk("whsec_" + "A" * 32, BODY)}


@pytest.mark.parametrize(
    ("text", "provider", "sent", "now"),
    [
        (signing_toml(SECRET), "wire", headers(), TIME),
        (signing_toml(SECRET), "", headers(), TIME),
        (signing_toml(), "courier", headers(), TIME),
        (signing_toml(OTHER), "courier", headers(), TIME),
        (signing_toml(SECRET) + signing_toml(OTHER, name="wire"), "wire", headers(), TIME),
        (signing_toml(SECRET), "courier", headers(), TIME + 301),
        (signing_toml(SECRET), "courier", headers(webhook_signature="v1,x"), TIME),
        (signing_toml(SECRET), "courier", {}, TIME),
        (signing_toml(SECRET), "courier", SUPERDESK, TIME),
        (signing_toml(OTHER, superdesk=True), "courier", SUPERDESK, TIME),
        (signing_toml(superdesk=True), "courier", IDLE, TIME),
        ("", "courier", IDLE, TIME),
    ],
)
def test_all_other_signatures_are_refused_in_the_same_words(
    text: str, provider: str, sent: dict[str, str], now: int
) -> None:
    with pytest.raises(CredentialsError) as caught:
        parse(text).verify(provider, sent, BODY, now)
    assert str(caught.value) == NO_SIGNATURE


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (text, sent)
        for sent in (headers(), SUPERDESK)
        for text in ("", signing_toml(), signing_toml(SECRET), signing_toml(OTHER), signing_toml(OTHER, SECRET))
    ],
)
def test_the_work_is_the_same_whoever_is_named(
    text: str, sent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def webhook(_headers: Mapping[str, str], _body: bytes, secrets: Iterable[str], _now: float) -> bool:
        tried.extend(secrets)
        return False

    def superdesk(_signature: str, _body: bytes, secrets: Iterable[str]) -> bool:
        tried.extend(secrets)
        return False

    monkeypatch.setattr(credentials, "signed_as_webhook", webhook)
    monkeypatch.setattr(credentials, "signed_by_superdesk", superdesk)
    with pytest.raises(CredentialsError):
        parse(text).verify("courier", sent, BODY, TIME)
    assert len(tried) == 2


def test_every_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[object] = []

    def compare(one: object, _other: object) -> bool:
        compared.append(one)
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    keyring = parse(providers_toml("c1.x") + signing_toml(SECRET, superdesk=True, name="wire"))
    with pytest.raises(CredentialsError):
        keyring.authenticate("Bearer c1.x")
    assert len(compared) == 1
    for sent in (headers(), SUPERDESK):
        compared.clear()
        with pytest.raises(CredentialsError):
            keyring.verify("wire", sent, BODY, TIME)
        assert len(compared) == 2


def test_no_repr_tells_a_secret() -> None:
    assert SECRET not in repr(parse(signing_toml(SECRET)))


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


async def test_a_file_that_others_can_read_is_a_warning_once_it_holds_secrets(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(providers_toml("c1.x"))
    path.chmod(0o644)
    file = ProvidersFile(path, poll_seconds=0.01)
    await file.start()
    try:
        assert await file.check() is None
        path.write_text(signing_toml(SECRET))
        await eventually(lambda: _says(file, "chmod 600"))
        path.chmod(0o600)

        async def is_well() -> bool:
            return await file.check() is None

        await eventually(is_well)
    finally:
        await file.stop()


async def test_a_third_key_works_and_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(providers_toml("c1.x", "c2.x", "c3.x"))
    file = ProvidersFile(path)
    await file.start()
    assert file.keyring.authenticate("Bearer c3.x").name == "courier"
    assert await _says(file, "provider courier has 3 keys, where 2 are enough")
    await file.stop()


async def test_a_file_that_came_back_is_read_again(tmp_path: Path) -> None:
    path, away = tmp_path / "providers.toml", tmp_path / "away"
    path.write_text(providers_toml("c1.x"))
    file = ProvidersFile(path, poll_seconds=0.01)
    await file.start()
    try:
        path.replace(away)
        path.mkdir()
        await eventually(lambda: _says(file, "Is a directory"))
        path.rmdir()
        away.replace(path)

        async def is_well() -> bool:
            return await file.check() is None

        await eventually(is_well)
    finally:
        await file.stop()


async def test_a_bad_file_does_not_stop_the_start(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_text("[")
    file = ProvidersFile(path)
    await file.start()
    with pytest.raises(FailedError, match="not TOML"):
        await file.check()
    await file.stop()
