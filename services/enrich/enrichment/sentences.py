"""A paragraph -> its sentences: whole, in order, and nothing lost between them but spaces.

A full stop ends a sentence unless it belongs to an abbreviation, an initial or a number, or the text goes on in
small letters. Where a word is both ("Inc.", "p.m."), what follows decides: only a word that opens sentences ends it.
"""

from __future__ import annotations

import re

from services.enrich.enrichment.wordlists import listed

_CLOSERS = "\"'”’»›)\\]」』）】》〉"
_SPACED_STOPS = ".!?…؟۔।॥።፧፨។៕။։"
_UNSPACED_STOPS = "。！？｡．"
TERMINATED = re.compile(f"[{_SPACED_STOPS}{_UNSPACED_STOPS}]\\s?[{_CLOSERS}“]*$")
"""Matches a text that ends as a sentence does, behind closing quotes and brackets."""

# Possessive, and one set of characters first: a line of a hundred thousand full stops takes no square of its length.
_STOP = re.compile(f"[{_SPACED_STOPS}{_UNSPACED_STOPS}]++[{_CLOSERS}]*+(?:“(?=\\s|$)|\\s»(?=\\s|$))?")
_TOKEN_BEFORE = re.compile(r"[^\s(\[\"“„«'‘/—–-]{1,24}$")
_WORD_AFTER = re.compile(r"[\s\"“”„«»'‘’(\[¿¡—–-]{0,8}(\w{0,24})")
_INNER_DOTS = re.compile(r"\w{1,3}(?:\.\w{1,3})+")
_ORDINAL = re.compile(r"\d{1,2}|[IVXLC]{1,6}")
# Japanese and Chinese go on after a quotation: "…。」と述べた".
_QUOTATION_GOES_ON = re.compile(r"[と」』って、，,などの]")

# Written with a number that follows, in languages whose ordinals end in a full stop ("7. Juni").
_LANGUAGES_WITH_ORDINAL_STOPS = listed("""
    de, da, no, nb, nn, fi, cs, sk, hu, pl, hr, sr, bs, sl, et, lv, tr, is, lb, fo
""")

_TITLES = listed("""
    mr, mrs, ms, mx, dr, prof, gen, col, lt, sgt, capt, sen, rep, gov, pres, rev, hon, st, adm, cmdr, maj, brig,
    messrs, mme, mlle, mm, me, ste, m, sra, srta, dra, lic, ing, sig, sigg, dott, avv, on, dhr, mevr, drs, ir,
    hr, fr, frl, г, гг, им, ул, акад, проф, т, п, fig, no, nr, nos, núm, pág, art, vs, v, cf, al, ca, approx,
    est, mt, ft, sn, bzw, vgl, evtl, ggf, inkl, bijv, resp, zzgl
""")
_ENDING_ABBREVIATIONS = listed("""
    inc, ltd, co, corp, jr, sr, bros, plc, llc, etc, usw, vb, dept, jan, feb, mar, apr, jun, jul, aug, sep, sept,
    oct, nov, dec, mio, mrd, str, av, ave, blvd, rd, ud, uds, тыс, млн, млрд, руб, др, стр, лет, kg, km, gov’t
""")
# Words that open sentences and seldom follow an abbreviation inside one.
_STARTERS = listed("""
    the, a, an, in, on, at, it, he, she, they, we, but, and, this, that, these, those, his, her, its, their,
    there, when, while, after, before, if, as, for, some, many, most, all, one, two, no, not, however, meanwhile,
    police, officials, der, die, das, ein, eine, er, sie, es, wir, und, aber, im, am, nach, bei, le, la, les, un,
    une, il, elle, ils, elles, mais, et, dans, el, los, las, una, en, pero, y, o, os, um, uma, ele, ela, mas, na,
    em, gli, lo, i, e, ma, nel, de, het, een, hij, zij, maar, он, она, они, но, в, на, это, и
""")


def split_sentences(paragraph: str, language: str | None = None) -> list[str]:
    """The sentences of a paragraph: substrings of it, in order; `language` is a BCP 47 tag."""
    sentences = []
    start = 0
    for stop in _STOP.finditer(paragraph):
        if _ends_sentence(paragraph, stop, start, language):
            sentences.append(paragraph[start : stop.end()].strip())
            start = stop.end()
    sentences.append(paragraph[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _ends_sentence(paragraph: str, stop: re.Match[str], start: int, language: str | None) -> bool:
    if paragraph[stop.start()] in _UNSPACED_STOPS:
        return _ends_unspaced(paragraph, stop)
    if stop.end() < len(paragraph) and not paragraph[stop.end()].isspace():
        return False
    after = _WORD_AFTER.match(paragraph, stop.end())
    word = after[1] if after else ""
    if word and word[0].islower():
        return False
    if stop[0].startswith(".") and not stop[0].startswith(".."):
        token = _TOKEN_BEFORE.search(paragraph, max(start, stop.start() - 24), stop.start())
        return token is None or _ends_at_full_stop(token[0], word, language)
    return True


def _ends_unspaced(paragraph: str, stop: re.Match[str]) -> bool:
    quoted = len(stop[0]) > 1 and stop[0][-1] in "」』”’"
    return not (quoted and _QUOTATION_GOES_ON.match(paragraph, stop.end()))


def _ends_at_full_stop(token: str, word: str, language: str | None) -> bool:
    folded = token.casefold()
    if folded in _TITLES:
        # "No." is an abbreviation before a number and a sentence before anything else.
        return folded == "no" and not word[:1].isdigit()
    if _ORDINAL.fullmatch(token) and language is not None and language[:2] in _LANGUAGES_WITH_ORDINAL_STOPS:
        return False
    is_initial = len(token) == 1 and token.isalpha() and token.isupper()
    if is_initial or folded in _ENDING_ABBREVIATIONS or _INNER_DOTS.fullmatch(token):
        return not word or word.casefold() in _STARTERS
    return True
