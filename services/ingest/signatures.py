"""Signatures of pushes: Standard Webhooks 1.0, and Superdesk's. Pure.

A Standard Webhooks signature covers an id and a time, so that an old one is worth nothing; Superdesk's covers the
body alone, and holds for ever.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what secrets begin with
TOLERANCE_SECONDS: Final = 300
# The standard's own bounds.
_SECRET_BYTES: Final = range(24, 65)
# Several are sent while a secret is changed; each costs a comparison with each of ours.
_SIGNATURES_READ: Final = 8
_ID_CHARS: Final = 256
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_SUPERDESK = re.compile(r"sha1=([0-9a-f]{40})", re.ASCII)


def secret_bytes(secret: str) -> bytes:
    """The HMAC key that a `whsec_…` secret stands for. Raises SetupError, which does not tell it."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        msg = f"not a secret: {SECRET_PREFIX} and Base64"
        raise SetupError(msg) from error
    if not secret.startswith(SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        msg = f"not a secret: {SECRET_PREFIX} and 24 to 64 bytes in Base64"
        raise SetupError(msg)
    return key


def signed_as_webhook(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now_seconds: float) -> bool:
    """Whether the webhook headers hold a signature of this body by one of the secrets, at most 5 minutes off."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = [
        signature.encode("latin-1", "replace")
        for version, _, signature in (part.partition(",") for part in headers.get("webhook-signature", "").split(" "))
        if version == "v1"
    ][:_SIGNATURES_READ]
    signed = b"%b.%b.%b" % (message_id.encode("latin-1", "replace"), timestamp.encode("latin-1", "replace"), body)
    # All of them, whatever the first says: the time taken must not tell which one was right.
    # Hashed once a secret: a caller who sends many signatures must not cost as many passes over the body.
    expected = [_webhook_signature(secret, signed) for secret in secrets]
    right = [hmac.compare_digest(ours, one) for ours in expected for one in given]
    fresh = bool(_SECONDS.fullmatch(timestamp)) and abs(now_seconds - int(timestamp)) <= TOLERANCE_SECONDS
    return any(right) and fresh and 0 < len(message_id) <= _ID_CHARS


def signed_by_superdesk(signature: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether `x-superdesk-signature` is that of this body by one of the secrets, taken as they are written."""
    match = _SUPERDESK.fullmatch(signature)
    given = match[1] if match else ""
    right = [
        hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha1).hexdigest(), given) for secret in secrets
    ]
    return any(right)


def _webhook_signature(secret: str, signed: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest())
