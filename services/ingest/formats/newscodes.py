"""QCodes, `medtop:20000065`, made full URIs: by a document's own catalogue, else by the IPTC's standard aliases.

Source: IPTC-G2-Standards catalogue 41 (IPTC, CC BY 4.0). A catalogue that is only referred to is never fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEWSCODES: Final = "http://cv.iptc.org/newscodes/"
_EXTERNAL: Final = "http://cvx.iptc.org/"
# Alias and last part of the vocabulary's address, where they differ.
_NAMED: Final = """
    altidrole altidrole  authoritystatus authoritystatus  catinat catinature  cinat cinature  colin colourindicator
    colsp colorspace  conf confidence  cpnat cpnature  cpprole contentprodpartyrole  crel conceptrelation
    ctrol contributorrole  cwarn contentwarning  digsrctype digitalsourcetype  drol descriptionrole  encd encoding
    eocstat eventoccurstatus  erol edrole  frmt format  genre genre  hatarget hopactiontarget  hopaction hopaction
    howextr howextracted  howpr howpresent  ikos ikos  impt importance  irel itemrelation  irep itemrepresentation
    isrol infosourcerole  loctyp location  lrol languagerole  loutorient layoutorientation  medtop mediatopic
    mtyp mediatype  ncostat newscoveragestatus  ninat ninature  nmsig newsmsgsignal  nprod newsproduct  nprt namepart
    nprov newsprovider  nrol namerole  oito ofinterestto  pgrmod pkggroupmode  prio priority  prodgenre productgenre
    prov provider  rel relevance  rnd rendition  rightsprop rightsproperty  scn scene  sev severity  sig signal
    stat pubstatusg2  subj subjectcode  timeunit timeunit  tone tone  trustindicator trustindicator  urgy urgency
    vcdc videocodec  acdc audiocodec  videodef videodefinition  sov videoscaling  why whypresent  wldreg worldregion
"""
_EXTERNALS: Final = """
    a1312cat anpa1312-category  bcp47 bcp47  figi figi  isin isin  iso3166-1a2 iso3166-1a2  iso3166-1a3 iso3166-1a3
    iso3166-2 iso3166-2  iso4217a iso4217a  mic iso10383-mic  ticker ticker
"""


def _addresses(table: str, base: str) -> dict[str, str]:
    words = table.split()
    return {alias: f"{base}{part}/" for alias, part in zip(words[::2], words[1::2], strict=True)}


STANDARD: Final[dict[str, str]] = {
    **_addresses(_NAMED, _NEWSCODES),
    **_addresses(_EXTERNALS, _EXTERNAL),
    "geonames": "http://sws.geonames.org/",
    "wikidata": "http://www.wikidata.org/entity/",
}
SUBJECT_CODE: Final = STANDARD["subj"]


def expand(qcode: str, schemes: Mapping[str, str]) -> str | None:
    """The URI of a QCode; None when its alias is known to nobody."""
    alias, colon, code = qcode.partition(":")
    base = schemes.get(alias)
    return base + code if colon and code and base else None


def plain(code: str | None) -> str | None:
    """A code of a standard vocabulary without its alias, or without its address: `rnd:highRes` is highRes.

    What is of another vocabulary stays as it is.
    """
    code = (code or "").strip()
    alias, _, short = code.partition(":")
    if alias in STANDARD and short:
        return short
    return code.removeprefix(_NEWSCODES).rpartition("/")[2] if code.startswith(_NEWSCODES) else code or None


def last(code: str | None) -> str:
    """The code alone, whatever the vocabulary: the part after the alias, or the end of the address."""
    return (code or "").strip().rstrip("/").rpartition("/")[2].rpartition(":")[2]
