from __future__ import annotations

import pytest
from hypothesis import given

from services.enrich.enrichment.dateline import strip_dateline
from tests.unit.services.enrich.enrichment.naughty import naughty_text


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        ("OSLO, Norway, March 3 (Reuters) - ", "The harbour reopened on Monday."),
        ("OSLO (AP) — ", "iPhone sales rose, the chain said."),
        ("(CNN) — ", "The harbour reopened on Monday."),
        ("PORTO — ", "The harbour reopened on Monday."),
        ("NEW YORK, Jan. 3 -- ", "“The harbour is open,” the mayor said."),
        ("GENEVA—", "The talks ended on Monday."),
        ("LAGOS: ", "The harbour reopened on Monday."),
        ("Nairobi, Kenya — ", "The harbour reopened on Monday."),
        ("Madrid, 7 mar (EFE).- ", "El puerto abrió el lunes."),
        ("Berlin (dpa) - ", "Der Hafen ist wieder offen."),
        ("SÃO PAULO, 7 Mar (Lusa) - ", "O porto abriu na segunda-feira."),
        ("Paris, le 7 mars (AFP) - ", "Le port a rouvert lundi matin."),
        ("МОСКВА, 7 мар — РИА Новости. ", "Порт открылся в понедельник."),
        ("MOSCOW, March 7. /TASS/. ", "The harbour reopened on Monday."),
        ("القاهرة (رويترز) - ", "أعيد فتح الميناء يوم الاثنين."),
        ("नई दिल्ली, 7 मार्च (भाषा) - ", "बंदरगाह सोमवार को फिर खुल गया।"),
        ("新华社北京3月7日电 ", "港口星期一重新开放，市长出席了仪式。"),
        ("（中新网北京3月7日电）", "港口星期一重新开放，市长出席了仪式。"),
        ("【ロンドン共同】", "港は月曜日に再開したと市長が述べた。"),
        ("(서울=연합뉴스) 홍길동 기자 = ", "항구가 월요일에 다시 문을 열었다."),
    ],
)
def test_a_dateline_is_taken_off(head: str, rest: str) -> None:
    assert strip_dateline(head + rest) == rest


@pytest.mark.parametrize(
    "paragraph",
    [
        "The harbour — closed since May — reopened on Monday.",
        "On Friday, the Court of Audit (CA) — the body that checks the books — gave its view.",
        "NATO - the alliance of 32 - met on Monday.",
        "Jones — The Man with the hat — came home.",
        "EU: the council met on Monday in Brussels.",
        "Well-known singers came to the harbour on Monday.",
        "日本の首相は月曜日に辞任したと発表した。",
        "In 2023-24 - a good year - exports rose.",
        "PARIS —",
    ],
)
def test_a_sentence_keeps_its_head(paragraph: str) -> None:
    assert strip_dateline(paragraph) == paragraph


@given(naughty_text)
def test_what_is_left_is_the_end_of_what_came(text: str) -> None:
    assert text.endswith(strip_dateline(text))
