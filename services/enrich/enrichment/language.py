"""The language of a story, as a BCP 47 tag: what the provider says, unless the text plainly says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol, Self

from services.enrich.enrichment.scripts import CJK, CJK_CHARACTER
from services.enrich.enrichment.wordlists import listed

MODEL = "py3langid/0.4.0"

SAMPLE_CHARACTERS = 500
"""More text costs time and, in py3langid, confidence: it divides by the square root of the length."""

_MINIMAL_WEIGHT = 20
_MINIMAL_CONFIDENCE = 0.5
# What it takes to overrule a provider.
_WEIGHT_TO_OVERRULE = 100
_CONFIDENCE_TO_OVERRULE = 0.9
# A Han character says as much of the language as this many letters.
_LETTERS_PER_CJK_CHARACTER = 3

_LETTER = re.compile(f"[^\\W\\d_{CJK}]")
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,8}")

# ISO 639-2 and withdrawn codes, which RFC 5646 has shorter ones for.
_SHORTER = dict(
    entry.split(":")
    for entry in listed("""
        eng:en, deu:de, ger:de, fra:fr, fre:fr, spa:es, por:pt, ita:it, nld:nl, dut:nl, rus:ru, ukr:uk, pol:pl,
        ces:cs, cze:cs, slk:sk, slo:sk, ell:el, gre:el, tur:tr, ara:ar, heb:he, fas:fa, per:fa, hin:hi, ben:bn,
        urd:ur, zho:zh, chi:zh, cmn:zh, jpn:ja, kor:ko, vie:vi, tha:th, ind:id, msa:ms, may:ms, swa:sw, swe:sv,
        dan:da, nor:no, nob:nb, nno:nn, fin:fi, hun:hu, ron:ro, rum:ro, bul:bg, hrv:hr, srp:sr, slv:sl, est:et,
        lav:lv, lit:lt, amh:am, hau:ha, ibo:ig, yor:yo, zul:zu, xho:xh, som:so, sna:sn, run:rn, kin:rw, orm:om,
        tir:ti, lug:lg, lin:ln, afr:af, cat:ca, eus:eu, baq:eu, glg:gl, isl:is, ice:is, gle:ga, cym:cy, wel:cy,
        iw:he, in:id, ji:yi, mo:ro
    """)
)
# Varieties that the model tells apart and news does not: the Arabic and the Chinese of newsrooms are one each.
_MODEL_NAMES = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "uzs": "uz", "kik": "ki", "gug": "gn", "hbo": "he"}
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})
# Languages that a model mistakes for each other: here, the provider knows better.
_NEIGHBOURS = (
    frozenset({"no", "nb", "nn", "da", "sv", "fo", "is"}),
    frozenset({"hr", "bs", "sr", "sh", "cnr", "sl", "mk", "bg"}),
    frozenset({"id", "ms", "jv", "su", "min"}),
    frozenset({"zh", "yue", "wuu", "nan", "lzh"}),
    frozenset({"pt", "gl", "es", "ca", "an", "ext", "ast", "oc"}),
    frozenset({"cs", "sk", "pl"}),
    frozenset({"fa", "prs", "tg", "ps", "ku", "sdh", "ckb", "ur"}),
    frozenset({"en", "pcm", "sco"}),
    frozenset({"hi", "mr", "ne", "sa", "bho", "mai"}),
    frozenset({"ru", "uk", "be"}),
    frozenset({"nl", "af", "fy", "li"}),
    frozenset({"de", "lb", "gsw", "nds"}),
    frozenset({"zu", "xh", "nr", "ss"}),
    frozenset({"st", "tn", "nso"}),
    frozenset({"rw", "rn"}),
    frozenset({"fr", "wa", "ht", "gcf", "gcr"}),
    frozenset({"kk", "ky", "tt", "ba", "uz", "tk", "az", "tr", "crh"}),
    frozenset({"am", "ti", "gez"}),
)


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...
    def rank(self, text: str) -> list[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Languages:
    """The loaded model: py3langid's, 140 languages. `load` takes some 0.7 s of CPU; share one."""

    identifier: _Identifier

    @classmethod
    def load(cls) -> Self:
        """Read the model from the wheel."""
        # Imported here: it brings numpy, which nothing else at start needs.
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

        return cls(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))

    def identify(self, text: str) -> tuple[str | None, float]:
        """The likeliest language of the text's beginning and its probability (0 to 1)."""
        name, share = self.identifier.classify(text[:SAMPLE_CHARACTERS])
        if share >= _CONFIDENCE_TO_OVERRULE and name not in _NO_LANGUAGE:
            return _MODEL_NAMES.get(name, name), share
        return self._identify_family(text)

    def _identify_family(self, text: str) -> tuple[str | None, float]:
        # Standard Chinese comes out as half `zh` and half `wuu`: varieties that share a name share their probability.
        shares: dict[str, float] = {}
        for name, share in self.identifier.rank(text[:SAMPLE_CHARACTERS])[:6]:
            folded = _MODEL_NAMES.get(name, name)
            shares[folded] = shares.get(folded, 0.0) + share
        best = max(shares, key=shares.__getitem__)
        return (None, 0.0) if best in _NO_LANGUAGE else (best, min(1.0, shares[best]))


def tell_language(text: str, said: str | None, languages: Languages) -> str | None:
    """The story's language; None when nobody said it and the text is too short or too mixed to tell."""
    stated = normalise_tag(said)
    weight = _weigh(text[:SAMPLE_CHARACTERS])
    if weight < (_MINIMAL_WEIGHT if stated is None else _WEIGHT_TO_OVERRULE):
        return stated
    found, confidence = languages.identify(text)
    if stated is None:
        return found if confidence >= _MINIMAL_CONFIDENCE else None
    if found is None or confidence < _CONFIDENCE_TO_OVERRULE or _are_near(found, stated.partition("-")[0]):
        return stated
    return found


def normalise_tag(tag: str | None) -> str | None:
    """A tag in BCP 47's form (RFC 5646, 2.1.1): `EN_us` is `en-US`; None for what is not a tag or says nothing."""
    folded = (tag or "").strip().replace("_", "-").lower()
    if not _TAG.fullmatch(folded):
        return None
    primary, *rest = folded.split("-")
    primary = _SHORTER.get(primary, primary)
    if primary in _NO_LANGUAGE:
        return None
    return "-".join([primary, *(_cased(subtag) for subtag in rest)])


def _cased(subtag: str) -> str:
    if len(subtag) == 2:  # noqa: PLR2004 - ISO 3166's regions
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag  # noqa: PLR2004 - ISO 15924's scripts


def _weigh(text: str) -> int:
    return len(_LETTER.findall(text)) + _LETTERS_PER_CJK_CHARACTER * len(CJK_CHARACTER.findall(text))


def _are_near(found: str, stated: str) -> bool:
    return found == stated or any(found in group and stated in group for group in _NEIGHBOURS)
