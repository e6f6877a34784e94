"""Text as it should not be: for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "<p>", "</p>", "<div>", "<br>", "<a href='x'>", "</a>", "<script>", "</script>", "<!--", "-->", "<![CDATA[",
    "&", "&amp;", "&#0;", "&#xD800;", "<", ">", '"', "“", "”", "„", "«", "»", "'", "(", ")", "[", "]", "（", "）", "。",
    "！", "؟", "।", ".", "...", "…", "!", "?", " ", "  ", "\n", "\n\n", "\r\n",
    "\t", "\x00", "\u200b", "\u202e", "\ufeff",
    "\u0301", "\u0315", "e", "A", "Mr.", "U.S.", "3.5", "No. 7", "Read more", "2 min read", "KYIV —", "PARIS (AP) - ",
    "Minister", "says", "He", "But", "said it would", "预算", "の", "한국", "ไทย", "🏳️‍🌈", "ﷺ", "Ω≈ç√", "１２",
    "ǅ", "ß", "http://x.example", "a@b.example", "#tag", "Avatar", "Article image", "is a reporter for",
)  # fmt: skip

naughty_text = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join),
)
