"""The read model in Redis: the only folder that knows its keys.

Everything lies under one hash tag a wire and one prefix an epoch, `{wire}:<epoch>:`, so that a view can be rebuilt
beside the one that is served. An epoch holds:

meta        hash    offset: the last one applied; newest `published` (ms); head: the last visible change;
                    floor: the last change that was trimmed; whole: there when the view may be shown
stories     hash    uri -> state of the story (stub.py); stays for ever
current     hash    uri -> change number of what is visible
cards       hash    change number -> item without bodies and url
bodies      hash    change number -> its bodies
versions:…  list    a uri's change numbers that have cards; deleted with them when the story ends
pending     hash    uri -> event whose embargo is not over
order       zset    uri by first visible change
changes     stream  <change>-1: kind, uri, version, trace (an id, for the feed's log; older entries have none)
due         zset    r<uri>, e<uri> by instant (us): releases and expiries to come
traces      hash    r<uri>, e<uri> -> traceparent of what was pushed (older entries of `due` have none)
receipt:…   string  what was pushed under an event id; kept 7 days
"""
