"""Stories to measure with: some 390 words each, mixed from sentences of our own."""

from __future__ import annotations

import random
from typing import Any, Final

_SENTENCES: Final = (
    "The harbour council of Eastmere voted on Tuesday to reopen the old ferry line to Port Callis.",
    "Two shipyards have offered to refit the boats, which have lain idle for nine years.",
    "Mayor Ilse Brandvik said that the line would carry four hundred passengers on an ordinary day.",
    "Opponents fear that the landing stage will crowd out the fish market on the northern quay.",
    "The province pays two thirds of the costs, which the council puts at eleven million crowns.",
    "An engineer's report of last winter had found the hulls sound and the engines beyond repair.",
    "New rules on emissions will apply from January, and the boats are to run on batteries.",
    "“We have waited for this longer than some of us have lived here,” said a baker on Quay Street.",
    "Tickets are to cost as much as a bus ride, and bicycles travel free of charge.",
    "A first attempt to revive the line failed five years ago, when the operator went bankrupt.",
    "The school board of Port Callis hopes that its pupils will lose less time on the coast road.",
    "Fishermen on both sides of the bay were asked for their opinion, and most of them agreed.",
    "Whether the line will run in winter depends on the ice, the harbour master said.",
    "The council will decide about the timetable in March, after a public hearing in the old customs house.",
)
_WORDS: Final = 390


def story(uri: str, seed: int) -> dict[str, Any]:
    """A story in ninjs 3, the same for the same seed."""
    chooser = random.Random(seed)
    paragraphs: list[str] = []
    words = 0
    while words < _WORDS:
        paragraph = " ".join(chooser.sample(_SENTENCES, 3))
        words += len(paragraph.split())
        paragraphs.append(f"<p>{paragraph}</p>")
    return {
        "uri": uri,
        "type": "text",
        "version": "1",
        "urgency": chooser.randint(3, 7),
        "language": "en",
        "headlines": [{"value": f"Eastmere decides on its ferries, part {seed}"}],
        "by": "Nora Fenwick",
        "slugline": f"ferries-{seed}",
        "subjects": [{"name": "transport", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000337"}],
        "bodies": [{"contentType": "text/html", "value": "\n".join(paragraphs)}],
    }
