from __future__ import annotations

import pytest

from services.enrich.enrichment.openers import is_dangling, leans_back


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "But the harbour stayed shut."),
        ("en-GB", "“He left,” the mayor said."),
        ("en", "In addition, the road is shut."),
        ("de", "Außerdem bleibt die Straße zu."),
        ("fr", "Par ailleurs, la route est fermée."),
        ("es", "Sin embargo, el puerto sigue cerrado."),
        ("pt", "No entanto, o porto continua fechado."),
        ("it", "Inoltre, la strada è chiusa."),
        ("ru", "Однако порт закрыт."),
        ("no", "Men havna er stengt."),
        ("sw", "Lakini bandari imefungwa."),
        ("ar", "لكن الميناء مغلق."),
        ("hi", "लेकिन बंदरगाह बंद है।"),
        ("zh", "但是港口仍然关闭。"),
        ("ja", "しかし港は閉まっている。"),
        ("ko", "하지만 항구는 닫혀 있다."),
    ],
)
def test_dangling(language: str, sentence: str) -> None:
    assert is_dangling(sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The harbour stayed shut."),
        ("en", "Buttons were found in the harbour."),
        ("de", "Die Straße bleibt zu."),
        ("fr", "But de Prado à la dernière minute."),
        (None, "But the harbour stayed shut."),
        ("xx", "But the harbour stayed shut."),
        ("en", ""),
    ],
)
def test_not_dangling(language: str | None, sentence: str) -> None:
    assert not is_dangling(sentence, language)


def test_leaning_back() -> None:
    assert leans_back("In her speech the mayor thanked the crews.", "en")
    assert leans_back("Speaking on Monday, she thanked the crews.", "en")
    assert not leans_back("The mayor thanked her crews.", "en")
    assert not leans_back("In her speech the mayor thanked the crews.", "de")
