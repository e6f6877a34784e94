from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.enrichment.sentences import split_sentences
from tests.unit.services.enrich.enrichment.naughty import naughty_text


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["The harbour is open.", "Boats left at dawn!", "Who paid?", "Nobody knows…", "Not yet."]),
        ("en", ["Dr. Ana Prado met Mr. J. R. Roe in St. Louis.", "The talks lasted 3.5 hours."]),
        ("en", ["The U.S. Senate voted at 5 p.m. Tuesday.", "It passed."]),
        ("en", ["Exports went to the U.S.", "The rest stayed."]),
        ("en", ["Harbour Holdings Inc. shares fell.", "Prado Corp.", "The board met."]),
        ("en", ["Route No. 7 is shut.", "The mayor said no.", "Then she left."]),
        ("en", ["“The harbour is open.”", "Boats left."]),
        ("en", ["“Is it open?” she asked.", "“It is.”"]),
        ("en", ["He paid $4.5 million (about 3.9 million euros).", "2026 was better."]),
        ("en", ["The firm, e.g. its board, met.", "So did i.e. the bank."]),
        ("de", ["Am 7. Juni kam Ludwig XIV. Prado an.", "Der Hafen, z.B. das Dock, blieb zu."]),
        ("fr", ["M. Le Gall a salué Mme. Roe.", "« Le port est ouvert. »", "Il rit."]),
        ("es", ["El Sr. Prado llegó a las 7.30 horas.", "¿Quién paga?", "¡Nadie!"]),
        ("ru", ["Порт открыли в 2026 г. в Порту.", "Мэр А. Прадо приехал."]),
        ("zh", ["港口重新开放。", "渔船黎明出发！", "谁来付钱？"]),
        ("zh", ["市长说：“港口开放了。”", "渔船出发。"]),
        ("ja", ["港は再開した。", "市長は「港は開いた。」と述べた。"]),
        ("hi", ["बंदरगाह खुल गया।", "नावें भोर में निकलीं।"]),
        ("ur", ["بندرگاہ کھل گئی۔", "کشتیاں روانہ ہوئیں۔"]),
        ("ar", ["أعيد فتح الميناء.", "من سيدفع؟", "لا أحد."]),
        ("am", ["ወደቡ ተከፈተ።", "ጀልባዎች ወጡ።"]),
    ],
)
def test_sentences(language: str, sentences: list[str]) -> None:
    joint = "" if language in {"zh", "ja"} else " "
    assert split_sentences(joint.join(sentences), language) == sentences


def test_small_letters_go_on() -> None:
    assert split_sentences("It is on news.example. and nowhere else") == ["It is on news.example. and nowhere else"]


@pytest.mark.parametrize("run", [".", "。", ".”", "。」", "A.", "?!", ". “", "1."])
def test_a_run_takes_no_square(run: str) -> None:
    start = time.process_time()
    split_sentences(run * (100_000 // len(run)) + "a", "en")
    assert time.process_time() - start < 2


@given(naughty_text, st.sampled_from((None, "en", "de", "ja")))
def test_no_text_is_lost(text: str, language: str | None) -> None:
    position = 0
    for sentence in split_sentences(text, language):
        found = text.index(sentence, position)
        assert not text[position:found].strip()
        position = found + len(sentence)
    assert not text[position:].strip()
