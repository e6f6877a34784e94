from __future__ import annotations

import pytest
from hypothesis import given

from services.enrich.enrichment.furniture import (
    biography_name,
    ends_story,
    is_furniture,
    is_picture_label,
    is_prose,
    is_title,
)
from tests.unit.services.enrich.enrichment.naughty import naughty_text


@pytest.mark.parametrize(
    "line",
    [
        "2 min read",
        "Reading time: 5 minutes",
        "Lesezeit: 3 Minuten",
        "3 minutes de lecture",
        "3 分钟",
        "Read more",
        "Read more: Harbour to stay shut until May",
        "READ ALSO: Ferry runs aground!",
        "Related: Storm closes the coast road",
        "Lesen Sie auch: Hafen bleibt zu",
        "Lire aussi : le port reste fermé",
        "Читайте также: Порт закрыт",
        "相关阅读：港口重新开放",
        "Video",
        "Advertisement",
        "Publicidad",
        "***",
        "• • •",
        "https://news.example/harbour",
        "desk@news.example",
        "#harbour #storm",
        "Photo: Jane Roe",
        "Foto: dpa.",
        "A crane lifts a container. (Getty Images)",
        "Jane Roe/Reuters",
        "(Reporting by Jane Roe; Editing by John Doe)",
        "© 2026 Harbour News",
        "Jane Roe contributed to this report.",
        "Subscribe to our newsletter for the news of the coast.",
        "Follow us on Telegram and never miss a story.",
        "Abonnez-vous à notre newsletter",
    ],
)
def test_furniture(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "The harbour reopened on Monday.",
        "Watch officers saw the ferry at dawn.",
        "Readers sent more than 300 letters to the mayor.",
        "Related companies pay lower fees under the new law.",
        "The port's newsletter said that subscribers would pay more.",
        "Reporting rules for ports will change in May.",
        "Video of the storm was shown in court.",
        "Mehr als 300 Menschen kamen zum Hafen.",
        "Fotos vom Sturm lagen dem Gericht vor.",
        "港口星期一重新开放。",
    ],
)
def test_no_furniture(line: str) -> None:
    assert not is_furniture(line)


def test_what_ends_a_story() -> None:
    assert ends_story("Related articles")
    assert ends_story("About the author:")
    assert not ends_story("Comments by the mayor drew anger.")


def test_prose_and_titles() -> None:
    assert is_prose("The harbour reopened on Monday.")
    assert is_prose("港口星期一重新开放。")
    assert is_prose("ท่าเรือเปิดอีกครั้งเมื่อวันจันทร์ที่ผ่านมา")
    assert not is_prose("By Jane Roe")
    assert is_title("Ferry runs aground off the coast")
    assert not is_title("Ferry runs aground off the coast.")
    assert is_picture_label("Article image")


def test_a_biography_begins_with_its_name() -> None:
    assert biography_name("Jane Roe is a senior reporter for Harbour News in Porto.") == "Jane Roe"
    assert biography_name("Jane Roe ist Redakteurin im Ressort Wirtschaft.") == "Jane Roe"
    assert biography_name("The harbour is open again.") is None
    assert biography_name("The arrest is the first of a journalist this year.") is None


@given(naughty_text)
def test_nothing_raises(text: str) -> None:
    for tell in (is_furniture, is_prose, is_title, ends_story, is_picture_label, biography_name):
        tell(text)
