from __future__ import annotations

import hmac
import json
import stat
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from newswire.cli.main import cli
from services.ingest.credentials import parse
from tests.unit.services.ingest.test_signatures import BODY, ID, TIME

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from services.ingest.credentials import Keyring

PREFIX = "https://courier.example/"


class Desk:
    """Somebody who types commands about one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["keys", "--file", str(self.path), *arguments])

    def done(self, *arguments: str) -> str:
        """What it printed on stdout, without the end of the line."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout.removesuffix("\n")

    def refused(self, *arguments: str) -> str:
        before = self.path.read_bytes() if self.path.exists() else None
        result = self.run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert (self.path.read_bytes() if self.path.exists() else None) == before
        return result.stderr

    @property
    def keyring(self) -> Keyring:
        return parse(self.path.read_text())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "providers.toml")
    desk.done("provider", "add", "courier", "--uri-prefix", PREFIX)
    return desk


def test_a_provider_with_all_that_can_be_said(desk: Desk) -> None:
    said = ("--title", "Bay Wire", "--stories-per-minute", "60", "--superdesk")
    desk.done("provider", "add", "baywire", "--uri-prefix", "urn:a:", "--uri-prefix", "", *said)
    (signer,) = (signer for name, signer in desk.keyring.signers.items() if name == "baywire")
    assert signer.superdesk
    assert signer.grant.uri_prefixes == ("urn:a:", "")
    assert signer.grant.rate is not None
    assert signer.grant.rate.policy == '"default";q=60;w=60'
    assert 'name = "Bay Wire"' in desk.path.read_text()


def test_the_first_one_makes_the_file_for_its_owner_alone(desk: Desk) -> None:
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o600


def test_a_key_is_shown_once_and_opens(desk: Desk) -> None:
    key = desk.done("key", "add", "courier")
    assert desk.keyring.authenticate(f"Bearer {key}").scopes == {"push", "kill"}
    assert key.partition(".")[2] not in desk.path.read_text()


def test_a_key_for_less(desk: Desk) -> None:
    key = desk.done("key", "add", "courier", "--scope", "kill", "--scope", "kill")
    assert desk.keyring.authenticate(f"Bearer {key}").scopes == {"kill"}


def test_two_keys_at_a_time(desk: Desk) -> None:
    desk.done("key", "add", "courier")
    second = desk.done("key", "add", "courier", "--scope", "push")
    assert "revoke one first, or rotate" in desk.refused("key", "add", "courier")
    third = desk.done("key", "rotate", "courier")
    assert desk.keyring.keys.keys() == {key.partition(".")[0] for key in (second, third)}
    assert desk.keyring.authenticate(f"Bearer {third}").scopes == {"push"}


def test_a_rotation_by_id_copies_that_key(desk: Desk) -> None:
    first = desk.done("key", "add", "courier", "--scope", "kill").partition(".")[0]
    desk.done("key", "add", "courier")
    result = desk.run("key", "rotate", first)
    assert f"Revoked, as the oldest: {first}." in result.stderr
    assert desk.keyring.authenticate(f"Bearer {result.stdout.strip()}").scopes == {"kill"}


def test_a_key_is_revoked(desk: Desk) -> None:
    key_id = desk.done("key", "add", "courier").partition(".")[0]
    assert key_id in desk.done("key", "revoke", key_id)
    assert not desk.keyring.keys
    assert f"there is no key {key_id}" in desk.refused("key", "revoke", key_id)


def test_secrets_sign(desk: Desk) -> None:
    def sent(secret: str) -> dict[str, str]:
        signed = f"{ID}.{TIME}.".encode() + BODY
        digest = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, "sha256").digest()
        signature = f"v1,{b64encode(digest).decode()}"
        return {"webhook-id": ID, "webhook-timestamp": str(TIME), "webhook-signature": signature}

    desk.done("secret", "add", "courier")
    second = desk.done("secret", "add", "courier")
    assert "has 2 secrets already" in desk.refused("secret", "add", "courier")
    third = desk.done("secret", "rotate", "courier")
    for secret in (second, third):
        assert desk.keyring.verify("courier", sent(secret), BODY, TIME).name == "courier"
    for each in json.loads(desk.done("provider", "list", "--json"))["providers"][0]["secrets"]:
        desk.done("secret", "revoke", each["id"])
    assert not desk.keyring.holds_secrets


def test_the_list_names_ids_and_no_secret(desk: Desk) -> None:
    key, secret = desk.done("key", "add", "courier"), desk.done("secret", "add", "courier")
    report = json.loads(desk.done("provider", "list", "--json"))
    assert report["file"] == str(desk.path)
    (courier,) = report["providers"]
    assert [each["id"] for each in courier["keys"]] == [key.partition(".")[0]]
    for shown in (desk.done("provider", "list"), json.dumps(report)):
        assert courier["secrets"][0]["id"] in shown
        assert secret not in shown
        assert key.partition(".")[2] not in shown


def test_a_file_of_secrets_that_others_can_read_is_a_warning(desk: Desk) -> None:
    desk.done("secret", "add", "courier")
    desk.path.chmod(0o644)
    assert "chmod 600" in desk.run("provider", "list").stderr
    desk.done("key", "add", "courier")
    assert desk.run("provider", "list").stderr == ""


def test_a_file_at_fault_is_named_and_left(desk: Desk) -> None:
    desk.path.write_text("[providers.courier]\n")
    for command in (("key", "add", "courier"), ("provider", "list"), ("provider", "add", "x", "--uri-prefix", "")):
        assert "mend it first: providers.courier.uri_prefixes: Field required" in desk.refused(*command)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "providers.toml")
    assert "`newswire keys provider add` makes it" in desk.refused("key", "add", "courier")


@pytest.mark.parametrize(
    "arguments",
    [
        ("provider", "add", "x"),
        ("provider", "add", "a b", "--uri-prefix", ""),
        ("provider", "add", "-x", "--uri-prefix", ""),
        ("provider", "add", "x\n", "--uri-prefix", ""),
        ("provider", "add", "x", "--uri-prefix", "https://courier.example"),
        ("provider", "add", "x", "--uri-prefix", "HTTP://courier.example:80"),
        ("provider", "add", "x", "--uri-prefix", "", "--stories-per-minute", "-1"),
        ("key", "add", "courier", "--scope", "read"),
        ("key", "add"),
    ],
)
def test_wrong_usage(desk: Desk, arguments: tuple[str, ...]) -> None:
    before = desk.path.read_bytes()
    assert desk.run(*arguments).exit_code == 2
    assert desk.path.read_bytes() == before


def test_the_file_is_named_before_or_after_the_subcommand(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSWIRE_PROVIDERS", raising=False)
    (tmp_path / "ready.json").write_text(json.dumps({"providers": str(desk.path)}))
    for arguments in (
        ("keys", "--ready-file", "ready.json", "provider", "list"),
        ("keys", "provider", "list", "--ready-file", "ready.json"),
        ("keys", "provider", "list", "--file", str(desk.path)),
    ):
        assert "courier" in CliRunner().invoke(cli, arguments).stdout
    result = CliRunner().invoke(cli, ["keys", "provider", "list"])
    assert result.exit_code == 2
    assert "no running `newswire up` was found" in result.stderr
