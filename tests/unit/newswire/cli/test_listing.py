from __future__ import annotations

import json
from datetime import UTC, datetime

from newswire.cli.listing import lines, to_json
from services.ingest.providers_file import read

HASH = "0" * 64
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the specification's
PROVIDERS = read(f"""
[providers.courier]
name = "Eastmere Courier"
uri_prefixes = ["https://courier.example/", "urn:newswire:courier:"]
stories_per_minute = 600
superdesk_signature = true
keys = [
  {{id = "c1", sha256 = "{HASH}", created = 2026-11-20T23:30:00-01:00}},
  {{id = "c2", sha256 = "{HASH}", scopes = ["push"], created = 2026-11-24}},
  {{id = "c3", sha256 = "{HASH}", scopes = []}},
]
[providers.dev]
uri_prefixes = [""]
stories_per_minute = 0
secrets = [{{id = "long-1", secret = "{SECRET}", created = 2026-11-25T10:00:00}}]
""")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_for_a_person() -> None:
    assert list(lines(PROVIDERS, NOW)) == [
        "courier          Eastmere Courier",
        "         uris    https://courier.example/",
        "         uris    urn:newswire:courier:",
        "         rate    600 stories a minute",
        "         takes   x-superdesk-signature",
        "         key     c1                        push, kill; 4 days old",
        "         key     c2                        push; 1 day old",
        "         key     c3                        may nothing; of unknown age",
        "dev",
        "         uris    any",
        "         rate    no limit",
        "         secret  long-1                    made today",
    ]
    assert list(lines({}, NOW)) == []


def test_for_programs() -> None:
    courier, dev = to_json(PROVIDERS)
    assert courier["keys"] == [
        {"id": "c1", "scopes": ["push", "kill"], "created": "2026-11-20T23:30:00-01:00"},
        {"id": "c2", "scopes": ["push"], "created": "2026-11-24"},
        {"id": "c3", "scopes": [], "created": None},
    ]
    assert dev == {
        "provider": "dev",
        "name": None,
        "uri_prefixes": [""],
        "stories_per_minute": 0,
        "superdesk_signature": False,
        "keys": [],
        "secrets": [{"id": "long-1", "created": "2026-11-25T10:00:00"}],
    }


def test_no_secret_and_no_hash_is_shown() -> None:
    shown = "\n".join(lines(PROVIDERS, NOW)) + json.dumps(to_json(PROVIDERS))
    assert SECRET[6:] not in shown
    assert HASH not in shown
