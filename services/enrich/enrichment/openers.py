"""Words that hang on a sentence before: no summary may begin a sentence with one.

Connectives ("but", "however") and what stands for somebody named earlier ("he", "this"). Languages without a list
are not checked.
"""

from __future__ import annotations

import re

from services.enrich.enrichment.scripts import MARKS
from services.enrich.enrichment.wordlists import listed

# As `str.casefold` leaves them: ß is ss.
_OPENERS = {
    "en": listed("""
        and, but, or, so, yet, nor, then, thus, hence, also, besides, however, moreover, furthermore, meanwhile,
        nevertheless, nonetheless, therefore, still, instead, otherwise, likewise, similarly, consequently,
        additionally, accordingly, again, later, afterwards, afterward, separately, elsewhere, indeed, too, plus,
        though, because, which, who, that, this, these, those, such, he, she, it, it's, he's, she's, they,
        they're, his, her, hers, its, their, theirs, him, them, himself, herself, themselves, both, neither,
        either, another, others, the former, the latter, the same, the two, the pair, the trio, in addition,
        in contrast, by contrast, in turn, as a result, for example, for instance, for his part, for her part,
        for their part, on the other hand, in fact, of course, after that, before that, at the same time,
        at that time, that said, in response, in other words, in other, among them, earlier, despite this,
        despite that, one of them, some of them, most of them, many of them, all of them, none of them
    """),
    "de": listed("""
        und, aber, oder, doch, jedoch, denn, dennoch, trotzdem, ausserdem, zudem, ferner, allerdings, hingegen,
        dagegen, deshalb, daher, darum, deswegen, somit, folglich, damit, dabei, dann, danach, davor, daraufhin,
        inzwischen, unterdessen, währenddessen, auch, er, sie, es, ihm, ihn, ihr, ihre, ihrer, ihren, ihrem,
        sein, seine, seiner, seinen, seinem, dies, diese, dieser, dieses, diesem, diesen, jene, jener,
        das gleiche, dort, dazu, dafür, darüber, darin, so, beide, zum beispiel, im gegensatz, im gegenzug,
        indes
    """),
    "fr": listed("""
        et, mais, ou, donc, or, car, ni, puis, ensuite, enfin, alors, ainsi, aussi, cependant, toutefois,
        pourtant, néanmoins, par ailleurs, en outre, de plus, en revanche, par contre, par exemple, en effet,
        d'ailleurs, pendant ce temps, il, elle, ils, elles, on, lui, leur, leurs, son, sa, ses, ce, cet, cette,
        ces, cela, ceci, ça, c'est, celui, celle, ceux, celles, celui-ci, celle-ci, ceux-ci, ce dernier,
        tous deux, toutes deux, y
    """),
    "es": listed("""
        y, e, pero, o, sino, pues, luego, entonces, así, además, también, tampoco, sin embargo, no obstante,
        por otra parte, por otro lado, por ello, por eso, por tanto, por lo tanto, por ejemplo, en cambio,
        mientras tanto, asimismo, él, ella, ellos, ellas, ello, su, sus, este, esta, estos, estas, esto, ese,
        esa, esos, esas, eso, aquel, aquella, aquellos, aquellas, ambos, ambas, dicho, dicha, allí, después
    """),
    "pt": listed("""
        e, mas, ou, porém, contudo, todavia, entretanto, no entanto, além disso, também, então, assim, portanto,
        por isso, por exemplo, por outro lado, enquanto isso, já, ele, ela, eles, elas, seu, sua, seus, suas,
        este, esta, estes, estas, isto, esse, essa, esses, essas, isso, aquele, aquela, aqueles, aquelas, ambos,
        ambas, lá, depois
    """),
    "it": listed("""
        e, ed, ma, o, però, tuttavia, inoltre, infatti, quindi, dunque, così, anche, poi, intanto, nel frattempo,
        invece, per esempio, ad esempio, egli, ella, lui, lei, loro, essi, esse, esso, essa, suo, sua, suoi, sue,
        questo, questa, questi, queste, quello, quella, quelli, quelle, ciò, entrambi, entrambe, perciò
    """),
    "nl": listed("""
        en, maar, of, want, dus, ook, echter, toch, bovendien, daarnaast, daarom, daardoor, daarbij, daarna,
        vervolgens, intussen, ondertussen, hij, zij, ze, het, hun, zijn, haar, dit, dat, deze, die, dergelijke,
        beiden, beide, bijvoorbeeld, daar
    """),
    "ru": listed("""
        и, а, но, или, однако, также, тоже, кроме того, при этом, поэтому, затем, потом, между тем, тем временем,
        например, впрочем, зато, он, она, оно, они, его, её, ее, их, ему, ей, им, это, этот, эта, эти, этого,
        тот, та, те, такой, такая, такие, там, так, тогда, оба
    """),
    "uk": listed("""
        і, й, та, а, але, або, однак, також, теж, крім того, при цьому, тому, потім, тим часом, наприклад, проте,
        він, вона, воно, вони, його, її, їх, їхній, йому, це, цей, ця, ці, той, ті, такий, там, так, тоді,
        обидва
    """),
    "pl": listed("""
        i, a, ale, lub, jednak, także, również, też, ponadto, poza tym, dlatego, potem, następnie, tymczasem,
        na przykład, natomiast, on, ona, ono, oni, one, jego, jej, ich, jemu, to, ten, ta, te, ci, tamten, taki,
        tam, tak, wtedy, obaj
    """),
    "sv": listed("""
        och, men, eller, dock, också, dessutom, därför, sedan, samtidigt, han, hon, den, det, de, hans, hennes,
        deras, detta, denna, dessa, där, då
    """),
    "da": listed("""
        og, men, eller, dog, også, desuden, derfor, derefter, samtidig, han, hun, den, det, de, hans, hendes,
        deres, dette, denne, disse, der, da
    """),
    "tr": listed("""
        ve, ama, fakat, ancak, ayrıca, oysa, çünkü, böylece, daha sonra, bu arada, öte yandan, örneğin, o, onlar,
        onun, onların, bu, şu, bunlar, şunlar, bunun, orada
    """),
    "sw": listed("""
        na, lakini, au, pia, hata hivyo, aidha, kisha, halafu, wakati huohuo, yeye, wao, hii, huyu, hawa, hayo,
        hilo, hiyo
    """),
    "id": listed("""
        dan, tetapi, tapi, namun, atau, juga, selain itu, sementara itu, kemudian, lalu, oleh karena itu, dia,
        ia, mereka, ini, itu, hal ini, hal itu
    """),
    "ar": listed("""
        لكن, ولكن, كما, وقال, وقالت, وأضاف, وأضافت, وأكد, وأشار, ومع ذلك, هو, هي, هم, هذا, هذه, هؤلاء, ذلك, تلك,
        وهو, وهي, أيضا, أيضًا
    """),
    "hi": listed("""
        और, लेकिन, मगर, परंतु, या, तो, फिर, इसके, इस, यह, ये, वह, वे, वो, उन, उनके, उनका, उनकी, उस, उसके,
        उन्होंने, उसने, इसलिए, हालांकि
    """),
}
# Near enough to share a list.
_SHARED = {"no": "da", "nb": "da", "nn": "da", "ms": "id"}
# No spaces between words, or words with endings: compared as beginnings.
_BEGINNINGS = {
    "zh": tuple(
        listed("""
        但, 而, 却, 然而, 不过, 因此, 所以, 于是, 同时, 此外, 另外, 其中, 他, 她, 它, 这, 那, 该, 此, 其, 并且,
        而且, 對此, 对此, 這, 該
    """)
    ),
    "ja": tuple(
        listed("""
        しかし, だが, ただ, ただし, また, さらに, そして, それ, これ, この, その, あの, そこ, 一方, このため,
        そのため, 彼, なお
    """)
    ),
    "th": tuple(
        listed("""
        แต่, และ, อย่างไรก็ตาม, นอกจากนี้, เขา, เธอ, พวกเขา, มัน
    """)
    ),
    "ko": tuple(
        listed("""
        그러나, 하지만, 그리고, 또, 또한, 이에, 이는, 그는, 그녀는, 그들은, 한편, 이어, 다만, 따라서
    """)
    ),
}
_WORD = re.compile(f"[\\w{MARKS}'-]+")
_LONGEST = 4
# "After he …", "In her speech …", "Speaking on Monday, he …": somebody or something is named before.
_PRONOUNS = {"en": listed("he, she, it, they, his, her, its, their, him, them")}
_WORDS_WITH_PRONOUNS = 3
_CLAUSE = re.compile(r"[^,]{0,120}, (?P<word>\w+)")


def is_dangling(sentence: str, language: str | None) -> bool:
    """Whether a sentence begins with a word that needs the sentence before it."""
    base = (language or "").partition("-")[0]
    head = sentence[:80].lstrip("\"'“”„«»‘’‹›「『（([¿¡—–- ").replace("’", "'").casefold()
    if head.startswith(_BEGINNINGS.get(base, ("\0",))):
        return True
    words = _WORD.findall(head)[:_LONGEST]
    openers = _OPENERS.get(_SHARED.get(base, base), frozenset())
    return any(" ".join(words[:count]) in openers for count in range(1, len(words) + 1))


def leans_back(sentence: str, language: str | None) -> bool:
    """Whether a pronoun stands among the first words or opens the main clause, so that its noun came before."""
    pronouns = _PRONOUNS.get((language or "").partition("-")[0])
    if pronouns is None:
        return False
    folded = sentence[:140].casefold()
    clause = _CLAUSE.match(folded)
    words = _WORD.findall(folded)[:_WORDS_WITH_PRONOUNS] + ([clause["word"]] if clause else [])
    return not pronouns.isdisjoint(words)
