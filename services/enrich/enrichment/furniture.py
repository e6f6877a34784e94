"""Furniture: the lines of a page that are not the story, told by their form or by what they ask the reader to do."""

from __future__ import annotations

import re

from services.enrich.enrichment.scripts import CJK_CHARACTER, UNSPACED_CHARACTER
from services.enrich.enrichment.sentences import TERMINATED
from services.enrich.enrichment.wordlists import any_of, listed

_LONGEST_LINE = 220
_LONGEST_LABEL = 40
_LONGEST_PROMPT = 160
_FEWEST_WORDS = 4
_FEWEST_CJK = 7
_FEWEST_UNSPACED = 25
_LONG_WITHOUT_STOP = 120
_FEWEST_TITLE_WORDS = 4

# A line that is nothing but one of these.
_LABELS = listed("""
    ad, ads, advertisement, advertising, article image, avatar, breaking news, by, caption, comment, comments,
    copy link, email, end, ends, facebook, file photo, gallery, image, image credit, instagram, latest news,
    latest, linkedin, listen, live, menu, more, more news, news, news feed, newsfeed, newsletter, next, opinion,
    photo, photos, pictures, popular, previous, print, recommended, related, reuters, save, search, share,
    skip to content, sponsored, thumbnail, top stories, topics, tags, trending, twitter, video, videos, watch,
    whatsapp, x, anzeige, werbung, bild, foto, fotos, teilen, drucken, mehr, kommentare, themen, publicité,
    vidéo, partager, commentaires, imprimer, publicidad, publicidade, compartir, compartilhar, comentarios,
    comentários, anuncio, anúncio, vídeo, imagen, imagem, pubblicità, condividi, stampa, commenti, advertentie,
    delen, reageer, реклама, фото, видео, поделиться, комментарии, теги, відео, поділитися, reklama, udostępnij,
    reklam, paylaş, yorumlar, إعلان, شارك, صور, فيديو, تعليقات, विज्ञापन, वीडियो, शेयर करें, 广告, 廣告, 视频,
    分享, 图片, 評論, 评论, 広告, 写真, 動画, シェア, 광고, 사진, 영상, 공유
""")
# A line that begins with one of these and then ends, or goes on behind a colon or as a title.
_PROMPTS = """
    read more, read also, read next, read on, read the full story, read the full article, read the full report,
    see also, also read, related, related stories, related articles, related news, related content,
    related coverage, related topics, more on this, more from, more stories, more news, more about, most read,
    most popular, most viewed, show more, load more, view more, see more, view all, see all, continue reading,
    click here, keep reading, further reading, editor's pick, editor's picks, editors' picks, recommended,
    recommended for you, you may like, you may also like, you might like, you might also like, don't miss,
    in pictures, in case you missed it, what to read next, watch, watch now, watch live, listen, listen now,
    share this, follow us, sign up, subscribe, subscribe now, join us, contact us, photo, photos, image, picture,
    file photo, file image, credit, caption, source, video, tag, tags, topic, topics, filed under, published,
    updated, last updated, posted, lesen sie auch, lesen sie mehr, lesen sie hier, mehr zum thema, mehr dazu,
    mehr lesen, weiterlesen, auch interessant, siehe auch, foto, bild, quelle, lire aussi, lire la suite,
    lire plus, à lire, à lire aussi, en savoir plus, voir aussi, crédit, crédits, crédit photo,
    sur le même sujet, lea también, lea más, leer más, leé más, te puede interesar, ver también, ver más,
    más información, relacionados, relacionadas, crédito, leia mais, leia também, saiba mais, veja também,
    veja mais, leggi anche, leggi tutto, approfondisci, vedi anche, lees ook, lees meer, lees verder, bekijk ook,
    meer over, читайте также, читать далее, читать также, подробнее, смотрите также, фото, источник, по теме,
    читайте також, читати далі, джерело, czytaj także, czytaj też, czytaj więcej, zobacz także, zobacz też,
    devamını oku, ayrıca okuyun, ilgili haberler, soma zaidi, soma pia, اقرأ أيضا, اقرأ أيضًا, اقرأ المزيد,
    المزيد, ये भी पढ़ें, यह भी पढ़ें, और पढ़ें, 阅读更多, 相关阅读, 相關閱讀, 延伸阅读, 延伸閱讀, 责任编辑, 责编,
    編輯, 编辑, 来源, 続きを読む, 関連記事, あわせて読みたい, 写真, 출처, 관련기사, 관련 기사
"""
_PROMPT = re.compile(rf"(?:{any_of(_PROMPTS)})(?P<after>\s*[:：»>→…|–—-].*|\s+.*)?", re.IGNORECASE)
# "Subscribe to our newsletter to …": an order, to the reader, about the publisher's own channels.
_ORDERS = """
    sign up, subscribe, get, join, follow, download, click, tap, support, donate, listen, watch, send, register,
    abonnieren, melden sie sich, folgen sie, abonnez-vous, inscrivez-vous, suivez, suscríbete, suscríbase,
    síguenos, sigue, siga, receba, assine, inscreva, iscriviti, seguici, meld je, schrijf je, volg ons,
    подпишитесь, подписывайтесь, підпишіться, підписуйтесь, zapisz się, abone ol
"""
_CHANNELS = """
    newsletter, newsletters, inbox, e-mail, email, app, whatsapp, telegram, twitter, facebook, instagram,
    youtube, tiktok, channel, podcast, podcasts, here, google news, boletín, infolettre, nieuwsbrief, рассылку,
    телеграм, телеграме, канал, kanal, us on, our work, our journalism
"""
_INVITATION = re.compile(
    rf"(?:please |now |you can )?(?:{any_of(_ORDERS)})\b.{{0,160}}\b(?:{any_of(_CHANNELS)})\b", re.IGNORECASE
)
_MINUTES = """
    min, mins, min., minute, minutes, minuten, minuti, minutos, мин, мин., минут, минуты, хв, 分钟, 分鐘, 分, دقائق,
    دقيقة, मिनट, 분
"""
_READ = """
    read, reading, to read, de lecture, de lectura, de leitura, di lettura, lesezeit, leestijd, чтения, читання,
    czytania, 阅读, で読める, قراءة, okuma
"""
_READING_TIME_LABELS = """
    reading time, lesezeit, temps de lecture, tempo di lettura, tiempo de lectura, tempo de leitura, время чтения
"""
_READING_TIME = re.compile(
    rf"(?:(?:{any_of(_READING_TIME_LABELS)})\s*:?\s*)?~?\d{{1,3}}\s*-?\s*(?:{any_of(_MINUTES)})(?:\s*(?:{any_of(_READ)}))?"
)
_SIGN_OFFS = """
    reporting by, writing by, editing by, edited by, compiled by, translated by, written by, additional reporting by,
    with reporting by, our standards:, ©, (c) 20, copyright, all rights reserved, this article was first published,
    this article was originally published, this story was first published, this story was originally published,
    this article first appeared, this article originally appeared, this story first appeared, associated press writer,
    associated press writers, associated press journalist, associated press journalists, with files from,
    with inputs from, with material from, alle rechte vorbehalten, tous droits réservés, todos los derechos,
    todos os direitos, 無断転載, 무단전재, 무단 전재
"""
_SIGN_OFF = re.compile(
    rf"\(?(?:{any_of(_SIGN_OFFS)})|.{{0,160}}\bcontribut(?:ed|ing) (?:to this|reporting)\b", re.IGNORECASE
)
_PICTURES = (
    "photo, photograph, photos, image, images, picture, video, graphic, illustration, foto, fotos, bild, crédit, фото"
)
_AGENCIES = """
    getty images, reuters, afp, ap, ap photo, epa, shutterstock, anadolu, xinhua, imago, dpa, ansa, efe
"""
_CREDIT = re.compile(
    rf"(?:{any_of(_PICTURES)})(?: credit)?\s*(?:by\b|[:：/©]|courtesy\b|via\b).{{0,140}}"
    rf"|.{{0,140}}(?:/|\bvia |[(\[]|©)\s*(?:{any_of(_AGENCIES)})[)\]]?\.?",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"[\W_]*(?:\d[\d\W_]*)?|-?30-?|#+|(?:https?://|www\.)\S+|\S+@\S+\.\w+|(?:[#@]\w+\s*)+")
# Behind one of these a page shows other things than its story.
_ENDS = listed("""
    article image, avatar, about the author, about the authors, about the writer, author, author bio,
    author biography, related articles, related stories, related news, related content, related coverage,
    related topics, most read, most popular, most viewed, recommended, recommended for you, you may like,
    you may also like, you might like, you might also like, comments, leave a comment, leave a reply, show more,
    load more, editor's picks, editors' picks, top stories, trending, trending now, more stories, more news,
    more on this, more on this story, more from our site, über den autor, über die autorin, mehr zum thema,
    kommentare, à propos de l'auteur, sur le même sujet, commentaires, sobre el autor, sobre la autora,
    sobre o autor, sobre a autora, te puede interesar, comentarios, leia também, comentários, leggi anche,
    lees ook, читайте также, комментарии, читайте також, 相关阅读, 延伸阅读, 関連記事, 관련기사, 관련 기사
""")
_PICTURE = re.compile(r"(?:article |author )?(?:image|photo|picture|thumbnail|avatar)", re.IGNORECASE)
_JOBS = """
    editor, editors, reporter, correspondent, journalist, writer, columnist, producer, contributor, photographer,
    photojournalist, bureau chief, fellow, intern, author, blogger, analyst, newsroom, redakteur, redakteurin,
    korrespondent, korrespondentin, journalistin, rédacteur, rédactrice, journaliste, correspondant, correspondante,
    periodista, redactor, redactora, corresponsal, repórter, jornalista, giornalista, redattore, verslaggever
"""
_BIOGRAPHY = re.compile(
    r"(?P<name>[^\W\d_]\w+(?: [^\W\d_][\w.'’-]*){1,3}) "
    r"(?:is|has been|works|serves|covers|reports|writes|ist|arbeitet|est|es|é|è)\b"
    rf".{{0,140}}?\b(?:{any_of(_JOBS)})\b",
    re.IGNORECASE,
)


def is_prose(line: str) -> bool:
    """Whether a line reads as a sentence or more: it ends as one, or is too long for a title."""
    head = line[:_LONGEST_LINE]
    if not head.isascii() and len(UNSPACED_CHARACTER.findall(head)) >= _FEWEST_UNSPACED:
        return True
    if not TERMINATED.search(line[-8:]):
        return len(line) >= _LONG_WITHOUT_STOP
    return len(head.split()) >= _FEWEST_WORDS or len(CJK_CHARACTER.findall(head)) >= _FEWEST_CJK


def is_title(line: str) -> bool:
    """Whether a line has the form of a headline: some words and no full stop."""
    return not is_prose(line) and not TERMINATED.search(line[-8:]) and len(line.split()) >= _FEWEST_TITLE_WORDS


def is_furniture(line: str) -> bool:
    """Whether a line is no part of a story, wherever it stands."""
    if len(line) > _LONGEST_LINE:
        return False
    bare = _bare(line)
    if bare in _LABELS or _NOTHING.fullmatch(line) or _READING_TIME.fullmatch(bare):
        return True
    return _is_prompt(line) or bool(_SIGN_OFF.match(line) or _CREDIT.fullmatch(line) or _INVITATION.match(line))


def ends_story(line: str) -> bool:
    """Whether what follows this line belongs to the page and not to the story."""
    return len(line) <= _LONGEST_LABEL * 2 and _bare(line) in _ENDS


def is_picture_label(line: str) -> bool:
    """Whether the line is what a picture leaves behind in text."""
    return len(line) <= _LONGEST_LABEL and bool(_PICTURE.fullmatch(line))


def biography_name(line: str) -> str | None:
    """The name that a line in the form of an author's biography begins with."""
    match = _BIOGRAPHY.match(line, 0, _LONGEST_LINE)
    return match["name"] if match and all(word[0].isupper() for word in match["name"].split()) else None


def _is_prompt(line: str) -> bool:
    match = _PROMPT.fullmatch(_straight(line)) if len(line) <= _LONGEST_PROMPT else None
    if match is None:
        return False
    after = (match["after"] or "").strip()
    # "Read more: …" is a link whatever follows; "Watch officers …" is one only if it is no sentence.
    return not after or after[0] in ":：»>→…|" or not is_prose(line)


def _bare(line: str) -> str:
    return _straight(line).strip(" :：.…»>→|•·*[]()-–—").casefold()


def _straight(line: str) -> str:
    return line.replace("’", "'")
