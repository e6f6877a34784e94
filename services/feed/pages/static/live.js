// Lets a page follow the wire: /v1/stream -> the list, or the open story. Works on what the server rendered; without
// it the pages are whole. Texts go in as text, never as markup. The view model is that of services/feed/page.py.
"use strict";

(() => {
  const main = document.querySelector("main[data-page]");
  if (!main || !window.EventSource) return;

  const KINDS = {
    video: "Video", audio: "Audio", picture: "Picture", graphic: "Graphic", composite: "Package", event: "Event",
    planning: "Planning",
  };
  const URGENCY = { 1: "Flash", 2: "Urgent" };
  const ENDED = { kill: "This story has been withdrawn", withdraw: "This story is not available at the moment",
    expire: "This story is not available any more" };
  const RTL = /^(ar|arc|ckb|dv|fa|he|ks|nqo|ps|sd|syr|ug|ur|yi)(-|$)|-(arab|hebr|thaa|syrc|nkoo)/i;
  const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;
  const SENTENCE = /^.+?(?:[.!?\u2026]+["'\u201d\u2019)\]]*(?=\s|$)|[\u3002\uff01\uff1f]|$)/s;
  const MARKUP = /<\/?[a-z][^>]*>/i;
  const SENTENCE_MOST = 160;
  const STORIES_MOST = 500;
  const TOP_PIXELS = 120;
  const TELL_MS = 20000;

  const byId = (id) => document.getElementById(id);
  const state = byId("state");
  const list = byId("list");
  const fresh = byId("fresh");
  const title = document.title;
  const waiting = new Map(); // uri -> story that is not shown yet
  // The list follows from the change it was rendered at; a story from now, and is asked for again once that is known.
  let last = main.dataset.change;
  let source = null;
  let heard = 0; // changes of the open story
  let told = 0;

  // --- what an item says ---

  function plain(text) {
    if (!MARKUP.test(text)) return text;
    // A document of its own: nothing in it is loaded or run.
    return new DOMParser().parseFromString(text, "text/html").body.textContent;
  }

  function isHtml(text) {
    return (text.contentType || "").split(";")[0].trim().toLowerCase() === "text/html";
  }

  function first(texts) {
    const sorted = [...(texts || [])].sort((a, b) => (a.role !== "main") - (b.role !== "main"));
    for (const text of sorted) {
      const found = (isHtml(text) ? plain(text.value) : text.value).trim();
      if (found) return found;
    }
    return "";
  }

  function firstSentence(text) {
    const flat = text.split(/\s+/).filter(Boolean).join(" ");
    const sentence = (SENTENCE.exec(flat) || [flat])[0];
    if (sentence.length <= SENTENCE_MOST) return [sentence, flat.slice(sentence.length).trimStart()];
    return [sentence.slice(0, SENTENCE_MOST - 1).trimEnd() + "\u2026", flat];
  }

  function titled(headline, summary, standIn) {
    if (headline) return [headline, summary === headline ? "" : summary];
    const [sentence, rest] = firstSentence(summary || standIn);
    return [sentence, summary && rest];
  }

  function names(people) {
    return (people || []).map((person) => person.name).filter(Boolean);
  }

  function view(item) {
    const isKicker = (text) => text.role === "kicker";
    const headlines = item.headlines || [];
    const headline = first(headlines.filter((text) => !isKicker(text)));
    const summary = item.enrichment.summary || first(item.descriptions);
    const [heading, lead] = titled(headline, summary, item.slugline || item.uri);
    const language = item.language || item.enrichment.language || "";
    return {
      label: KINDS[item.type] || (headline ? "Article" : "Brief"),
      kicker: KINDS[item.type] ? "" : first(headlines.filter(isKicker)),
      urgency: URGENCY[item.urgency] || "",
      source: names(item.infoSources)[0] || item.copyrightHolder || item.provider,
      headline: heading,
      brief: !headline,
      summary: lead,
      machine: ["extractive", "llm"].includes(item.enrichment.summarySource),
      byline: item.by || names(item.authors).join(", "),
      read: item.enrichment.readTime ? `${item.enrichment.readTime} min read` : "",
      lang: LANGUAGE.test(language) ? language : "",
    };
  }

  function fill(li, item) {
    const shown = view(item);
    const dir = shown.lang ? (RTL.test(shown.lang) ? "rtl" : "ltr") : "auto";
    li.replaceChildren(...byId("entry").content.cloneNode(true).querySelector("li").children);
    const at = (name) => li.querySelector(name);
    const put = (name, text) => (text ? (at(name).textContent = text) : at(name).remove());
    const article = at("article");
    Object.assign(li.dataset, { uri: item.uri, change: item.change, published: item.published });
    if (shown.brief) article.className = "brief";
    if (shown.lang) Object.assign(article, { lang: shown.lang, dir });
    at("h2").dir = at(".summary").dir = at(".kicker").dir = dir;
    if (shown.kicker) at(".label").removeAttribute("lang");
    at("h2 a").href = `/stories/${encodeURIComponent(item.uri)}`;
    for (const name of ["urgency", "byline", "read"]) put(`.${name}`, shown[name]);
    put(".label", shown.kicker || shown.label);
    put(".source bdi", shown.source);
    put("h2 a", shown.headline);
    put(".text", shown.summary);
    if (!shown.summary) at(".summary").remove();
    else if (!shown.machine) at(".machine").remove();
    at("time").dateTime = item.published;
    tellTimes(li);
    return li;
  }

  // --- pictures that cannot be loaded ---

  // An author has an initial in its place, and a story its words.
  function dropPicture(img) {
    (img.closest(".picture") || img).remove();
  }

  // --- time ---

  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const calendar = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

  function tellTimes(root) {
    for (const time of root.querySelectorAll("time")) {
      const moment = new Date(time.dateTime);
      const minutes = Math.floor((Date.now() - moment) / 60000);
      time.title = calendar.format(moment);
      if (minutes >= 1440) time.textContent = calendar.format(moment);
      else if (minutes < 1) time.textContent = `now, ${clock.format(moment)}`;
      else if (minutes < 60) time.textContent = `${minutes} min ago, ${clock.format(moment)}`;
      else time.textContent = `${Math.floor(minutes / 60)} h ago, ${clock.format(moment)}`;
    }
  }

  // --- the list ---

  const shownOf = (uri) => [...list.children].find((li) => li.dataset.uri === uri);
  const reading = () => document.hidden || window.scrollY > TOP_PIXELS;

  function place(item) {
    const after = [...list.children].find((li) => li.dataset.published <= item.published);
    // What belongs below the last one shown comes with "Show more".
    if (!after && byId("more")) return null;
    const li = fill(document.createElement("li"), item);
    li.className = "just-in";
    list.insertBefore(li, after || null);
    while (list.children.length > STORIES_MOST) list.lastElementChild.remove();
    byId("empty").hidden = true;
    return li;
  }

  function offer() {
    const count = waiting.size;
    const text = count === 1 ? "1 new story" : `${count} new stories`;
    fresh.hidden = count === 0;
    fresh.textContent = text;
    document.title = count ? `(${count}) ${title}` : title;
    if (count && Date.now() - told > TELL_MS) {
      told = Date.now();
      byId("news").textContent = text;
    }
  }

  function showWaiting() {
    const placed = [...waiting.values()].map(place).filter(Boolean);
    waiting.clear();
    offer();
    return placed;
  }

  function listShows(change) {
    const item = change.story;
    if (!item) return; // gone already: its end is on the way
    const li = shownOf(item.uri);
    if (li) {
      if (Number(li.dataset.change) < item.change) fill(li, item);
    } else if (waiting.has(item.uri)) {
      waiting.set(item.uri, item);
    } else if (change.kind === "new" && "first" in main.dataset) {
      waiting.set(item.uri, item);
      if (reading()) offer();
      else showWaiting();
    }
  }

  function listEnds(change) {
    if (waiting.delete(change.uri)) offer();
    const li = shownOf(change.uri);
    if (!li) return;
    if (change.kind !== "kill") {
      li.remove();
      byId("empty").hidden = list.children.length > 0;
      return;
    }
    const note = document.createElement("p");
    note.className = "withdrawn";
    note.textContent = ENDED.kill;
    li.dataset.change = change.change;
    li.replaceChildren(note);
  }

  async function listAnew() {
    const page = await pageAt(location.href);
    if (!page.list) throw new Error("not a list");
    list.replaceChildren(...page.list.children);
    waiting.clear();
    offer();
    turn(page.more);
    byId("empty").hidden = list.children.length > 0;
    tellTimes(list);
  }

  function turn(more) {
    const old = byId("more");
    if (old && more) old.replaceWith(more);
    else if (old) old.remove();
    else if (more) main.append(more);
  }

  async function showMore(link) {
    try {
      const page = await pageAt(link.href);
      if (!page.list) throw new Error("not a list");
      const added = [...page.list.children].filter((li) => !shownOf(li.dataset.uri));
      list.append(...added);
      turn(page.more);
      tellTimes(list);
      if (added.length) added[0].querySelector("a").focus({ preventScroll: true });
    } catch {
      location.assign(link.href);
    }
  }

  async function pageAt(href) {
    const answer = await fetch(href, { cache: "no-cache" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return {
      status: answer.status,
      list: page.getElementById("list"),
      more: page.getElementById("more"),
      story: page.getElementById("story"),
    };
  }

  // --- the open story ---

  function storyEnds(change) {
    if (change.uri !== main.dataset.uri) return;
    heard += 1;
    const notice = document.createElement("div");
    const heading = document.createElement("h1");
    notice.className = "notice";
    heading.textContent = ENDED[change.kind];
    notice.id = "story";
    notice.append(heading);
    byId("story").replaceWith(notice);
    document.title = ENDED[change.kind];
  }

  async function storyAnew() {
    const before = heard;
    const page = await pageAt(location.href);
    // What was heard since is newer than this answer may be.
    if (before !== heard) return;
    if (page.story) {
      byId("story").replaceWith(page.story);
      tellTimes(main);
    } else if (page.status === 410 || page.status === 404) {
      storyEnds({ kind: "expire", uri: main.dataset.uri });
    } else {
      throw new Error("no page");
    }
  }

  function storyShows(change) {
    if (change.uri !== main.dataset.uri) return;
    heard += 1;
    storyAnew().catch(() => later(startAnew));
  }

  // --- the connection ---

  const onList = main.dataset.page === "list";
  const anew = onList ? listAnew : storyAnew;

  function tell(name, text) {
    state.hidden = false;
    state.dataset.state = name;
    state.textContent = text;
  }

  function later(act) {
    tell("again", "Reconnecting");
    setTimeout(act, 2000 + Math.random() * 3000);
  }

  // What is on the page may be of long ago: take it again, then follow on. What the page shows already comes once more
  // and alters nothing.
  async function startAnew() {
    source.close();
    try {
      await anew();
      connect();
    } catch {
      later(startAnew);
    }
  }

  function take(event, act) {
    const change = JSON.parse(event.data);
    last = change.change;
    act(change);
  }

  function connect() {
    source = new EventSource(last === undefined ? "/v1/stream" : `/v1/stream?last_event_id=${last}`);
    source.onopen = () => {
      tell("live", "Live");
      if (!onList) storyAnew().catch(() => later(startAnew));
    };
    source.onerror = () => {
      // The browser tries again by itself, unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) later(connect);
      else tell("again", "Reconnecting");
    };
    const shows = onList ? listShows : storyShows;
    const ends = onList ? listEnds : storyEnds;
    for (const kind of ["new", "update"]) source.addEventListener(kind, (event) => take(event, shows));
    for (const kind of Object.keys(ENDED)) source.addEventListener(kind, (event) => take(event, ends));
    source.addEventListener("reset", (event) => {
      last = JSON.parse(event.data).change;
      startAnew();
    });
  }

  if (onList) {
    fresh.addEventListener("click", () => {
      const placed = showWaiting();
      window.scrollTo({ top: 0 });
      if (placed.length) list.querySelector("a").focus({ preventScroll: true });
    });
    main.addEventListener("click", (event) => {
      const link = event.target.closest("#more a");
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      showMore(link);
    });
  }
  // From the back/forward cache a page comes as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && startAnew());
  main.addEventListener("error", (event) => event.target.tagName === "IMG" && dropPicture(event.target), true);
  for (const img of main.querySelectorAll("img")) if (img.complete && !img.naturalWidth) dropPicture(img);
  setInterval(() => tellTimes(main), 30000);
  tellTimes(main);
  connect();
})();
