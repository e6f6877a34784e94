from __future__ import annotations

import pytest

from newswire.cli.providers import named, owner, rotated, with_entry, with_provider, without_entry
from newswire.errors import SetupError
from services.ingest.providers_file import read

HASH = "0" * 64
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the specification's
BY_HAND = f"""\
# Ours. Ask the desk.

[providers.courier] # the local paper
uri_prefixes = [
  "https://courier.example/",  # the site
]

# for the CMS
[[providers.courier.keys]]
id = "c1"   # first
sha256 = "{HASH}"

# for the script
[[ providers . "courier" . keys ]]
sha256 = "{HASH}"
id = 'c2'

# Bay Wire, since June

[providers.baywire]
uri_prefixes = [""]
# the end"""


def key(key_id: str) -> dict[str, object]:
    return {"id": key_id, "sha256": HASH}


def ids(text: str, provider: str = "courier") -> list[str]:
    return [each.id for each in read(text)[provider].keys]


def test_the_first_provider() -> None:
    text = with_provider("", "courier", {"name": '\x7f"Ж😀', "uri_prefixes": ["a", ""], "stories_per_minute": 0})
    courier = read(text)["courier"]
    assert (courier.name, courier.uri_prefixes, courier.stories_per_minute) == ('\x7f"Ж😀', ["a", ""], 0)
    assert text.startswith("# Who may publish.")


def test_one_more_provider_leaves_every_line_as_it_is() -> None:
    text = with_provider(BY_HAND, "wire", {"uri_prefixes": ["urn:x:"]})
    assert text == BY_HAND + '\n\n[providers.wire]\nuri_prefixes = ["urn:x:"]\n'


def test_a_provider_is_not_there_twice() -> None:
    with pytest.raises(SetupError, match="there is a provider courier already"):
        with_provider(BY_HAND, "courier", {"uri_prefixes": []})


def test_a_key_goes_below_its_provider_s_others() -> None:
    text = with_entry(without_entry(BY_HAND, "keys", "c1"), "courier", "keys", key("c3"))
    assert ids(text) == ["c2", "c3"]
    first = f'\n[[providers.courier.keys]]\nid = "c1"   # first\nsha256 = "{HASH}"\n'
    third = f'\n[[providers.courier.keys]]\nid = "c3"\nsha256 = "{HASH}"\n'
    last = "id = 'c2'\n"
    assert text == BY_HAND.replace(first[1:], "").replace(last, last + third)


def test_the_first_key_and_the_first_secret() -> None:
    text = with_entry(BY_HAND, "baywire", "secrets", {"id": "s1", "secret": SECRET})
    text = with_entry(text, "baywire", "keys", key("b1"))
    assert ids(text, "baywire") == ["b1"]
    assert [each.id for each in read(text)["baywire"].secrets] == ["s1"]
    assert text.endswith("# the end")


def test_a_third_one_is_refused() -> None:
    with pytest.raises(SetupError, match="provider courier has 2 keys already: revoke one first, or rotate"):
        with_entry(BY_HAND, "courier", "keys", key("c3"))


def test_revoking_leaves_all_that_a_person_said_around_it() -> None:
    text = without_entry(without_entry(BY_HAND, "keys", "c1"), "keys", "c2")
    assert "keys" not in text.replace("[providers", "")
    for comment in ("Ours.", "the local paper", "the site", "for the CMS", "for the script", "Bay Wire", "the end"):
        assert comment in text
    assert text.index("Bay Wire") < text.index("[providers.baywire]")


def test_a_rotation_keeps_the_newest_beside_the_new_one() -> None:
    assert ids(rotated(BY_HAND, "courier", "keys", key("c3"))) == ["c2", "c3"]
    one = without_entry(BY_HAND, "keys", "c1")
    assert ids(rotated(one, "courier", "keys", key("c3"))) == ["c2", "c3"]
    third = BY_HAND + f'\n[[providers.courier.keys]]\nid = "c3"\nsha256 = "{HASH}"\n'
    assert ids(rotated(third, "courier", "keys", key("c4"))) == ["c3", "c4"]


def test_there_has_to_be_something_to_rotate() -> None:
    with pytest.raises(SetupError, match="provider baywire has no keys yet"):
        rotated(BY_HAND, "baywire", "keys", key("b1"))


def test_who_is_meant() -> None:
    assert owner(BY_HAND, "keys", "c2") == "courier"
    assert named(BY_HAND, "keys", "courier") == ("courier", None)
    assert named(BY_HAND, "keys", "c2") == ("courier", "c2")
    # A provider's name goes first.
    assert named(BY_HAND.replace('"c1"', '"baywire"'), "keys", "baywire") == ("baywire", None)
    for kind, name in (("keys", "nobody"), ("secrets", "c2")):
        with pytest.raises(SetupError, match=f"there is no {kind[:-1]} {name}"):
            named(BY_HAND, kind, name)  # type: ignore[arg-type]
    with pytest.raises(SetupError, match="there is no provider nobody"):
        with_entry(BY_HAND, "nobody", "keys", key("x"))


@pytest.mark.parametrize(
    "text",
    [
        f'[providers]\ncourier = {{uri_prefixes = [], keys = [{{id = "c1", sha256 = "{HASH}"}}]}}\n',
        f'providers.courier = {{uri_prefixes = [], keys = [{{id = "c1", sha256 = "{HASH}"}}]}}',
        f'[providers.courier]\nuri_prefixes = []\nkeys = [{{id = "c1", sha256 = "{HASH}"}}]\n',
    ],
)
def test_what_cannot_be_changed_line_by_line_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="change it by hand"):
        with_entry(text, "courier", "keys", key("c2"))
    with pytest.raises(SetupError, match="change it by hand"):
        without_entry(text, "keys", "c1")


def test_a_string_that_looks_like_a_table_is_not_cut() -> None:
    table = '"""\n[[providers.courier.keys]]\n"""'
    below = BY_HAND.replace("[providers.baywire]", f"[providers.baywire]\nname = {table}")
    changed = rotated(below, "courier", "keys", key("c3"))
    assert ids(changed) == ["c2", "c3"]
    assert read(changed)["baywire"] == read(below)["baywire"]
    above = BY_HAND.replace("uri_prefixes = [\n", f"name = {table}\nuri_prefixes = [\n")
    with pytest.raises(SetupError, match="change it by hand"):
        without_entry(above, "keys", "c1")
