import base64
import hashlib
import hmac

import pytest

from newswire.errors import SetupError
from services.ingest.signatures import secret_bytes, signed_as_webhook, signed_by_superdesk

# The example of the Standard Webhooks specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - as published
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIME = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes, here").decode()


def headers(**changed: str) -> dict[str, str]:
    whole = {"webhook-id": ID, "webhook-timestamp": str(TIME), "webhook-signature": SIGNATURE}
    return whole | {name.replace("_", "-"): value for name, value in changed.items()}


def test_the_specifications_vector() -> None:
    assert signed_as_webhook(headers(), BODY, [SECRET], TIME)


@pytest.mark.parametrize("off", [-300, -1, 0, 300])
def test_five_minutes_either_way(off: int) -> None:
    assert signed_as_webhook(headers(), BODY, [SECRET], TIME + off)


@pytest.mark.parametrize("off", [-301, 301, 10**6])
def test_a_stale_one_is_worth_nothing(off: int) -> None:
    assert not signed_as_webhook(headers(), BODY, [SECRET], TIME + off)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_id": "msg_other"},
        {"webhook_id": ""},
        {"webhook_timestamp": str(TIME + 1)},
        {"webhook_timestamp": f"{TIME}.0"},
        {"webhook_timestamp": f" {TIME}"},
        {"webhook_timestamp": "-1"},
        {"webhook_timestamp": ""},
        {"webhook_timestamp": "１"},
        {"webhook_signature": ""},
        {"webhook_signature": SIGNATURE.removeprefix("v1,")},
        {"webhook_signature": SIGNATURE.replace("v1,", "v1a,")},
        {"webhook_signature": SIGNATURE.replace("g", "G", 1)},
        {"webhook_signature": "v1,\xff"},
        {"webhook_signature": "v1,x " * 20 + SIGNATURE},
    ],
)
def test_whatever_is_altered(changed: dict[str, str]) -> None:
    assert not signed_as_webhook(headers(**changed), BODY, [SECRET], TIME)


def test_an_edited_body() -> None:
    assert not signed_as_webhook(headers(), BODY + b" ", [SECRET], TIME)


def test_old_and_new_secret_together() -> None:
    assert signed_as_webhook(headers(), BODY, [OTHER, SECRET], TIME)
    assert signed_as_webhook(headers(webhook_signature=f"v1,bm8= {SIGNATURE}"), BODY, [OTHER, SECRET], TIME)
    assert not signed_as_webhook(headers(), BODY, [OTHER], TIME)
    assert not signed_as_webhook(headers(), BODY, [], TIME)


@pytest.mark.parametrize("secret", ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_%%%"])
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(SetupError) as raised:
        secret_bytes(secret)
    assert not secret or secret not in str(raised.value).replace("whsec_ and", "")


def test_many_signatures_cost_one_pass_over_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    real = hmac.new

    def counted(key: bytes, message: bytes, digest: str) -> hmac.HMAC:
        made.append(key)
        return real(key, message, digest)

    monkeypatch.setattr(hmac, "new", counted)
    assert not signed_as_webhook(headers(webhook_signature="v1,x " * 20), BODY, [SECRET, OTHER], TIME)
    assert len(made) == 2


def superdesk(secret: str, body: bytes) -> str:
    return f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}"


def test_superdesks_signature() -> None:
    assert signed_by_superdesk(superdesk(SECRET, BODY), BODY, [OTHER, SECRET])
    assert not signed_by_superdesk(superdesk(SECRET, BODY), BODY, [OTHER])
    assert not signed_by_superdesk(superdesk(SECRET, BODY), BODY + b" ", [SECRET])


@pytest.mark.parametrize("signature", ["", "sha1=", superdesk(SECRET, BODY).upper(), superdesk(SECRET, BODY)[5:]])
def test_superdesks_signature_in_its_very_form(signature: str) -> None:
    assert not signed_by_superdesk(signature, BODY, [SECRET])
