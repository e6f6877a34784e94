from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.errors import MalformedError, NewswireError, TooLargeError, UnsupportedError
from services.ingest.formats.roots import ROOTS, Several, Single, reader_of
from services.ingest.formats.xml import MAX_ATTRIBUTES, MAX_ELEMENTS, MAX_NAMESPACES, MAX_NESTING, load
from tests.support.cost import cpu_bounded
from tests.unit.services.ingest.formats.wires import NAMES, fixture, read_all

if TYPE_CHECKING:
    from pathlib import Path

ENTITY = '<!ENTITY a "aaaaaaaaaa">'


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        "\ufeff",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n',
        "<!-- <!DOCTYPE x [ --><?target [ ?>\n",
        '<!DOCTYPE r SYSTEM "r.dtd">',
        "<!DOCTYPE r\n PUBLIC '-//IPTC//DTD NITF 3.4//EN' \"a[b]>.dtd\" >",
        '<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0//EN">',
        "<!DOCTYPE r><!-- after --> <?and this?>",
    ],
)
def test_what_may_stand_before_the_root(prolog: str) -> None:
    root = load(f"{prolog}<r>\u00e9<!-- c --><?p?>x</r>\n<!-- end -->".encode())
    assert (root.tag, root.text) == ("r", "\u00e9x")


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE r []><r/>",
        "<!DOCTYPE r [ ]><r/>",
        '<!DOCTYPE r SYSTEM "x" [<!ELEMENT r ANY>]><r/>',
        f"<!DOCTYPE r [{ENTITY}]><r>&a;</r>",
        f"<!DOCTYPE r [{ENTITY}<!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><r>&c;</r>",
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><r/>',
        f"<!DOCTYPE r><!-- x --><!DOCTYPE r [{ENTITY}]><r>&a;</r>",
        f" <?xml version='1.0'?><!DOCTYPE r [{ENTITY}]><r>&a;</r>",
        f"<?xml version='1.0'?><?xml version='1.0'?><!DOCTYPE r [{ENTITY}]><r>&a;</r>",
        f"<!doctype r [{ENTITY}]><r>&a;</r>",
        f"{ENTITY}<r>&a;</r>",
        f"<r>{ENTITY}&a;</r>",
        f"<r/><!DOCTYPE r [{ENTITY}]>",
        "<!DOCTYPE r",
        "<!DOCTYPE r SYSTEM x><r/>",
        "<!-- never closed",
        "<?never closed",
        "<?xml",
    ],
)
def test_nothing_may_be_declared(text: str) -> None:
    for encoded in (text.encode(), text.encode("utf-16"), "\ufeff".encode() + text.encode()):
        with pytest.raises(MalformedError):
            load(encoded)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("<x>secret</x>")
    uri = secret.as_uri()
    with pytest.raises(MalformedError):
        load(f'<!DOCTYPE r SYSTEM "{uri}"><r>&x;</r>'.encode())
    including = f'<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{uri}"/></r>'
    assert "".join(map(str, load(including.encode()).itertext())) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<r>\u00e9</r>".encode("utf-16"), "\u00e9"),
        ('<?xml version="1.0" encoding="UTF-16"?><r>\u00e9</r>'.encode("utf-16"), "\u00e9"),
        (b"\xfe\xff" + "<r>\u00e9</r>".encode("utf-16-be"), "\u00e9"),
        ('<?xml version="1.0" encoding="utf-16"?><r>\u00e9</r>'.encode(), "\u00e9"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><r>\xe9\x93</r>', "\u00e9\u201c"),
        (b"<?xml version='1.0' encoding='windows-1251' ?><r>\xef</r>", "\u043f"),
        ('<?xml version="1.0" encoding="Shift_JIS"?><r>\u3042</r>'.encode("shift_jis"), "\u3042"),
    ],
)
def test_encodings(text: bytes, expected: str) -> None:
    assert load(text).text == expected


def test_a_mark_wins_over_the_transport_and_that_over_the_declaration() -> None:
    declared = b'<?xml version="1.0" encoding="utf-8"?><r>\xe9</r>'
    assert load(declared, "ISO-8859-1").text == "\u00e9"
    assert load("\ufeff<r>\u00e9</r>".encode(), "iso-8859-1").text == "\u00e9"


@pytest.mark.parametrize(
    "text",
    [
        b"<r>\xe9</r>",
        b"<r>\xed\xa0\x80</r>",
        b'<?xml version="1.0" encoding="us-ascii"?><r>\xc3\xa9</r>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><r>\x81</r>',
        b'<?xml version="1.0" encoding="UTF-7"?>+ADw-r/+AD4-',
        b'<?xml version="1.0" encoding="utf-32"?><r/>',
        b'<?xml version="1.0" encoding="nosuch"?><r/>',
        b'<?xml version="1.0" encoding="rot13"?><r/>',
        "<r/>".encode("utf-16-le"),
        "<r/>".encode("utf-32"),
        b"<r>\0</r>",
        b"<r>\x0b</r>",
        b"<r>&#0;</r>",
        b"<r>&#xD800;</r>",
        b"<r>&#xFFFF;</r>",
        "<r>\ufffe</r>".encode(),
        b"<r>&nbsp;</r>",
        b"<r>",
        b"<r></s>",
        b"<r/>junk",
        b"<r/><r/>",
        b"<p:r/>",
        b"<r a='1' a='2'/>",
        b"{}",
        b"",
    ],
)
def test_what_is_not_well_formed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        load(text)


def test_no_text_comes_back_in_an_error() -> None:
    with pytest.raises(MalformedError) as caught:
        load(b"<secret></hidden>")
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_nesting_is_bounded() -> None:
    load(b"<r>" * MAX_NESTING + b"</r>" * MAX_NESTING)
    for depth in (MAX_NESTING + 1, 300, 10_000):
        with pytest.raises(TooLargeError):
            load(b"<r>" * depth + b"</r>" * depth)
    with pytest.raises(TooLargeError):
        load(b"<r>" * 10_000)


MIB = 1024 * 1024


@pytest.mark.parametrize(
    "text",
    [
        b"<r>" + b"<a/>" * (MIB // 4) + b"</r>",
        b"<r>" + b"<a/>" * (8 * MIB // 4) + b"</r>",
        b"<r " + b" ".join(b"a%d=''" % number for number in range(MAX_ATTRIBUTES + 1)) + b"/>",
        b"<r " + b" ".join(b"xmlns:a%d='u'" % number for number in range(MAX_NAMESPACES + 1)) + b"/>",
    ],
    ids=["elements", "elements-of-a-batch", "attributes", "namespaces"],
)
def test_size_is_bounded(text: bytes) -> None:
    with cpu_bounded(1), pytest.raises(TooLargeError):
        load(text)


@pytest.mark.parametrize(
    "text",
    [
        b"<r " + b" ".join(b"a%d=''" % number for number in range(40_000)) + b"/>",
        b"<r><![CDATA[" + b"<a b='c'/>" * (MIB // 10) + b"]]></r>",
        b"<r>" + b"=" * MIB + b"</r>",
        b"<!-- " + b"<a/>" * (MIB // 4) + b" --><r/>",
        b"<!DOCTYPE r SYSTEM '" + b"[" * MIB + b"'><r/>",
        b"<r>" + b"<a/>" * (MAX_ELEMENTS - 1) + b"</r>",
    ],
    ids=["40000-attributes", "html-in-cdata", "equals-signs", "comment", "identifier", "elements"],
)
def test_large_and_honest(text: bytes) -> None:
    with cpu_bounded(1):
        assert load(text).tag == "r"


@pytest.mark.parametrize(
    "text",
    [
        b"<!DOCTYPE r" + b" " * MIB + b"[",
        b"<!DOCTYPE r SYSTEM '" + b"x" * MIB,
        b'<a "' * (MIB // 4),
        b"<a '\"=" * (MIB // 6),
        b"<!--" * (MIB // 4),
        b"<r>" + b"<![CDATA[" * (MIB // 9),
        b"<r>" + b"<!--=" * (MIB // 5),
        b"<" + b"a" * MIB + b"/>",
        b"&#x" + b"0" * MIB + b";",
    ],
)
def test_refused_at_little_cost(text: bytes) -> None:
    with cpu_bounded(1), pytest.raises((MalformedError, TooLargeError)):
        load(text)


def test_the_reader_is_told_by_the_root() -> None:
    assert {name for _, name in ROOTS} == {"newsItem", "newsMessage", "nitf", "rss", "feed", "entry"}
    kinds = [type(reader_of(load(fixture(name)))) for name in NAMES]
    assert kinds == [Single, Several, Single, Several, Several]


@pytest.mark.parametrize(
    "text",
    [
        "<html/>",
        "<newsItem/>",
        '<nitf xmlns="https://x.example/"/>',
        '<feed xmlns="http://purl.org/atom/ns#"/>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        '<packageItem xmlns="http://iptc.org/std/nar/2006-10-01/"/>',
        '<planningItem xmlns="http://iptc.org/std/nar/2006-10-01/"/>',
    ],
)
def test_other_roots_are_not_taken(text: str) -> None:
    with pytest.raises(UnsupportedError):
        read_all(text.encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    for wrapped in (text, b"<r>" + text + b"</r>", b"<!DOCTYPE r " + text + b"><r/>"):
        try:
            load(wrapped)
        except (MalformedError, TooLargeError):
            continue


MARKUP = st.sampled_from(
    [b"<", b">", b"&amp;", b"]]>", b"<![CDATA[", b"<a/>", b"", b"2026", b"T", b":", b'"', b" ", b"99999999999999999999"]
)


@given(st.sampled_from(NAMES), st.data())
def test_any_mutation_is_read_or_refused(name: str, data: st.DataObject) -> None:
    text = fixture(name)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 40))
        text = text[:start] + data.draw(MARKUP | st.binary(max_size=8)) + text[end:]
    try:
        found = read_all(text)
    except NewswireError:
        return
    assert all(isinstance(one, NewswireError) or one.uri for one in found)


@given(st.sampled_from(NAMES), st.data())
def test_elements_may_stand_anywhere(name: str, data: st.DataObject) -> None:
    root = load(fixture(name))
    elements = list(root.iter())
    moved, target = data.draw(st.sampled_from(elements[1:])), data.draw(st.sampled_from(elements))
    if not any(one is moved for one in (target, *target.iterancestors())):
        target.append(moved)
    for one in data.draw(st.lists(st.sampled_from(elements), max_size=3)):
        one.attrib.clear()
        one.text = data.draw(st.sampled_from(["", "x", None]))
    reader = reader_of(root)
    try:
        found = (reader.parse(root),) if isinstance(reader, Single) else reader.parse_all(root)
    except NewswireError:
        return
    assert all(isinstance(one, NewswireError) or one.uri for one in found)
