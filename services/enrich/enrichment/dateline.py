"""Datelines: the place, day and agency that stand before a story's first word.

They are taken off by their form, not by a list of places: an agency in brackets before a dash, a place in capitals
before a dash, one short place name before a dash and a new sentence, a head in East Asian brackets.
"""

from __future__ import annotations

import re

from services.enrich.enrichment.scripts import is_caseless

_DASH = r"(?:-{1,2}|[–—―−])"
_HEAD = 90
_SHORTEST_REST = 15

# An agency: "KYIV, Ukraine, June 7 (Reuters) - ", "Madrid, 7 jun (EFE).- ", "القاهرة (رويترز) - "
_AGENCY_IN_BRACKETS = re.compile(rf"[^.!?;\"“”()]{{0,60}}\([^()]{{2,40}}\)[.:]?\s?{_DASH}{{1,2}}\s?")
# Capitals: "PARIS — ", "NEW YORK, Jan. 3 - ", "LONDON—"
_CAPITALS = re.compile(
    r"(?P<place>[^\W\d_][^\W\d_'’.\-]+(?:[ \-'’.][^\W\d_'’.\-]+){0,3}\.?)"
    r"(?:,[^.!?;\"“”()—–]{1,40}\.?[^.!?;\"“”()—–]{0,12})?"
    rf"(?:\s{_DASH}\s|\s?[–—―]\s?|(?P<colon>:\s))"
)
# A short name: "Nairobi, Kenya — The", "Berlin – Die"
_PLACE_NAME = re.compile(
    r"[^\W\d_a-z][^\W\d_]+(?:[ \-][^\W\d_a-z][^\W\d_]+){0,2}"
    r"(?:, [^\W\d_a-z][\w.]+(?: [^\W\d_a-z][\w.]+){0,2})?(?:,? \w{1,10}\.? \d{1,2}| \d{1,2}\.? \w{3,10}\.?)?"
    rf"\s{_DASH}\s"
)
# The agency as a sentence: "МОСКВА, 7 июн — РИА Новости. ", "MOSCOW, June 7. /TASS/. "
_AGENCY_AS_SENTENCE = re.compile(
    r"[^\W\d_]{2,20}[^!?;\"“”«»()]{0,30}"
    rf"(?:/[\w ]{{2,20}}/\.?|\s{_DASH}\s[^\W\d_]{{2,20}}(?: [^\W\d_]{{2,20}})?\.)\s"
)
_AGENCY_FIRST = re.compile(rf"\((?:[A-Z]{{2,10}}|Reuters|Bloomberg|Xinhua|EFE|dpa)\)\s?(?:{_DASH}\s?)?")
_EAST_ASIAN = (
    re.compile(r"【[^】]{2,30}】\s?"),
    re.compile(
        r"[（(【]?[\u4e00-\u9fff]{1,10}[社网網报報][\u4e00-\u9fff0-9]{0,20}[电電讯訊](?:[)）】]|\s|(?=[（(]))\s?"
    ),
    re.compile(r"[（(]\s?记者[^）)]{1,20}[）)]\s?"),
    re.compile(r"[(\[][^()\[\]=]{1,25}=[^()\[\]=]{2,25}[)\]]\s?(?:[가-힣]{2,4}\s?(?:기자|특파원)\s?=\s?)?"),
)
# What every dateline ends in: most paragraphs have none of these so early.
_SIGN = re.compile(r"[-–—―−:/()（）【】\[\]电電讯訊]")
_SECOND_DASH = re.compile(rf"[^.!?]{{0,200}}\s{_DASH}\s")


def strip_dateline(paragraph: str) -> str:
    """The paragraph without the dateline at its head; as it came where it has none."""
    if not _SIGN.search(paragraph, 0, _HEAD):
        return paragraph
    for pattern in _EAST_ASIAN:
        head = pattern.match(paragraph)
        if head:
            paragraph = _rest(paragraph, head)
    head = _match_head(paragraph)
    return _rest(paragraph, head) if head else paragraph


def _match_head(paragraph: str) -> re.Match[str] | None:
    head = _AGENCY_FIRST.match(paragraph)
    if head:
        return head
    head = _AGENCY_IN_BRACKETS.match(paragraph, 0, _HEAD)
    if head and (_first_word_in_capitals(head[0]) or _opens_sentence(paragraph, head.end())):
        return head
    head = _AGENCY_AS_SENTENCE.match(paragraph, 0, _HEAD)
    if head and _first_word_in_capitals(head[0]):
        return head
    head = _CAPITALS.match(paragraph, 0, _HEAD)
    if head and _is_place_in_capitals(head) and _opens_sentence(paragraph, head.end()):
        return head
    head = _PLACE_NAME.match(paragraph, 0, _HEAD)
    if head and _opens_sentence(paragraph, head.end()) and not _SECOND_DASH.match(paragraph, head.end()):
        return head
    return None


def _first_word_in_capitals(text: str) -> bool:
    word = re.split(r"[^\w]", text, maxsplit=1)[0]
    return len(word) > 1 and word.isupper()


def _is_place_in_capitals(head: re.Match[str]) -> bool:
    place = head["place"]
    # A colon also follows "NATO" or "UN"; a place's name is longer.
    return place.isupper() and len(place) >= (5 if head["colon"] else 3)


def _opens_sentence(paragraph: str, position: int) -> bool:
    rest = paragraph[position : position + 2].lstrip("\"“„«'‘([¿¡")
    return bool(rest) and (rest[0].isupper() or rest[0].isdigit() or is_caseless(rest[0]))


def _rest(paragraph: str, head: re.Match[str]) -> str:
    rest = paragraph[head.end() :].lstrip()
    return rest if len(rest) >= _SHORTEST_REST else paragraph
