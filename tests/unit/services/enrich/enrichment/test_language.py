from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.enrichment.language import Languages, normalise_tag, tell_language

TEXTS = {
    "en": "The harbour reopened on Monday after a storm that had shut it for nine days, the mayor said.",
    "de": "Der Hafen ist am Montag nach einem Sturm wieder geöffnet worden, teilte die Bürgermeisterin mit.",
    "fr": "Le port a rouvert lundi après une tempête qui l'avait fermé pendant neuf jours, a dit la maire.",
    "es": "El puerto reabrió el lunes tras una tormenta que lo cerró durante nueve días, dijo la alcaldesa.",
    "pt": "O porto reabriu na segunda-feira depois de uma tempestade que o fechou durante nove dias.",
    "sw": "Bandari ilifunguliwa tena Jumatatu baada ya dhoruba iliyoifunga kwa siku tisa, alisema meya.",
    "ha": "An sake buɗe tashar jiragen ruwa a ranar Litinin bayan guguwar da ta rufe ta har kwana tara.",
    "ru": "Порт вновь открылся в понедельник после шторма, закрывшего его на девять дней, сообщила мэр.",
    "uk": "Порт знову відкрився в понеділок після шторму, що закрив його на дев'ять днів, сказала мерка.",
    "ar": "أعيد فتح الميناء يوم الاثنين بعد عاصفة أغلقته تسعة أيام، حسبما قالت رئيسة البلدية.",
    "hi": "तूफ़ान के कारण नौ दिन बंद रहने के बाद बंदरगाह सोमवार को फिर खुल गया, महापौर ने कहा।",
    "am": "ወደቡ ለዘጠኝ ቀናት ከተዘጋ በኋላ ሰኞ ዕለት እንደገና ተከፈተ ሲሉ ከንቲባዋ ተናግረዋል።",
    "zh": "市长表示，因风暴关闭九天的港口星期一重新开放，渔船黎明时分出海。",
    "ja": "嵐のため九日間閉鎖されていた港が月曜日に再開したと市長が述べた。",
    "ko": "폭풍으로 아흐레 동안 닫혔던 항구가 월요일에 다시 문을 열었다고 시장이 말했다.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_is_told(language: str, languages: Languages) -> None:
    assert tell_language(TEXTS[language], None, languages) == language


def test_what_the_provider_says_wins(languages: Languages) -> None:
    assert tell_language(TEXTS["en"], "en_gb", languages) == "en-GB"
    assert tell_language("Short.", "fr", languages) == "fr"


def test_a_plain_mistake_is_overruled(languages: Languages) -> None:
    assert tell_language(TEXTS["fr"] * 2, "en-US", languages) == "fr"


def test_neighbours_are_left_to_the_provider(languages: Languages) -> None:
    assert tell_language(TEXTS["pt"] * 3, "gl", languages) == "gl"
    assert tell_language(TEXTS["zh"] * 3, "yue-Hant-HK", languages) == "yue-Hant-HK"


def test_too_little_text_tells_nothing(languages: Languages) -> None:
    assert tell_language("", None, languages) is None
    assert tell_language("Oslo 2-1", None, languages) is None
    assert tell_language("1234 5678 " * 40, None, languages) is None


@pytest.mark.parametrize(
    ("tag", "normal"),
    [
        ("en", "en"), ("EN_us", "en-US"), (" zh-hans-cn ", "zh-Hans-CN"), ("eng", "en"), ("ger-DE", "de-DE"),
        ("iw", "he"), ("es-419", "es-419"), ("und", None), ("mul", None), ("English", None), ("", None), (None, None),
        ("e", None), ("en--US", None), ("en\n", "en"), ("ﬀ", None),
    ],
)  # fmt: skip
def test_tags_get_their_form(tag: str | None, normal: str | None) -> None:
    assert normalise_tag(tag) == normal


@given(st.text(max_size=40))
def test_any_tag_is_taken(tag: str) -> None:
    normal = normalise_tag(tag)
    assert normal is None or normalise_tag(normal) == normal
