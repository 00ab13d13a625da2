// What happens, what is looked up and what is removed; and the stream that everything comes from.
// ---- Lists ----
function keyButton(key) {
  const button = make("button", { class: "key", type: "button", title: key, text: key });
  button.addEventListener("click", () => { $("lookup-key").value = key; $("lookup").requestSubmit(); });
  return button;
}
// A list that somebody points at or has the focus in holds still, so that nobody picks what they did not see.
const isHeld = element => element.matches(":hover, :focus-within");
function showRows(list, rows, none) {
  if (isHeld(list) && list.querySelector("button")) return;
  list.replaceChildren(...(rows.length > 0 ? rows : [make("li", { class: "none", text: none })]));
}
function showLists() {
  const { hotKeys, flights, statistics } = now().cache;
  showRows($("hot"), hotKeys.map(hot => {
    const dots = make("span", { class: "dots", role: "img", "aria-label": `popularity ${hot.popularity} of 3` });
    for (let i = 1; i <= 3; i++) dots.append(make("i", { class: i <= hot.popularity ? "on" : "" }));
    return make("li", null, dots, keyButton(hot.key), make("span", { class: "side", text: bytes(hot.size) }));
  }), "No key in L1 was read again yet.");
  setText($("flights-total"), flights.length < statistics.flights ? `the ${flights.length} oldest of ${count(statistics.flights)}` : "");
  showRows($("flights"), flights.map(flight => make("li", null, keyButton(flight.key),
    make("span", { class: "side", text: `${flight.callers > 0 ? flight.callers + (flight.callers === 1 ? " caller" : " callers") : "writing behind"} · ${span(flight.age)}${flight.tainted ? " · invalidated" : ""}` }))),
    "Nobody waits for anything.");
}

// ---- Invalidations ----
let records = [], feedIsOld = false;
function addInvalidations(news) {
  const known = new Set(records.map(r => r.cache + r.sequence + r.origin));
  records = [...news.filter(r => !known.has(r.cache + r.sequence + r.origin)).reverse(), ...records].slice(0, feedLength * 2);
  feedIsOld = true;
}
function showFeed(all) {
  const list = $("feed");
  const i = now().cache.statistics.invalidations;
  setText($("feed-totals"), `${count(sum(Object.values(i.sent)))} sent · ${count(sum(Object.values(i.received)))} received`);
  if (!all && (!feedIsOld || $("feed-scroll").matches(":hover") || list.matches(":focus-within"))) return;
  feedIsOld = false;
  const wanted = records.filter(r => r.cache === shown).slice(0, feedLength);
  const newest = all ? 0 : Number(list.firstElementChild?.dataset.at ?? 0);
  list.replaceChildren(...wanted.map(r => {
    const what = make("td", { title: r.names.join("\n") });
    if (r.kind === "Key" || r.kind === "Keys" || r.kind === "Update") what.append(keyButton(r.names[0] ?? ""));
    else what.append(make("span", { class: "mono", text: r.names.join(", ") || "everything" }));
    if (r.count > 1) what.append(make("span", { class: "dim", text: ` and ${count(r.count - 1)} more` }));
    return make("tr", { "data-at": r.at, class: !all && r.at > newest && newest > 0 ? "fresh" : "" },
      make("td", { text: new Date(r.at).toLocaleTimeString("en-GB") }),
      make("td", { class: r.direction.toLowerCase(), title: r.direction === "Sent" ? "made here" : "received", text: r.direction === "Sent" ? "↑" : "↓" }),
      make("td", null, make("span", { class: "chip", text: r.kind.toLowerCase() })), what,
      make("td", { class: "mono dim wide", text: r.direction === "Sent" ? "here" : r.origin }));
  }));
  $("feed-empty").hidden = wanted.length > 0;
}

function show(all) {
  if (shown === null) return;
  showTiles();
  showChain();
  showLists();
  showFeed(all);
}

// ---- Asking ----
// Which caches there are is known once the first snapshot has come.
let arrive;
const arrived = new Promise(resolve => { arrive = resolve; });
async function ask(path, body) {
  await arrived;
  const answer = await fetch(page.base + path, {
    method: "POST", headers: { "Content-Type": "application/json", [page.header]: page.token }, body: JSON.stringify(body()), credentials: "same-origin",
  });
  const text = await answer.text();
  let said = null;
  try { said = JSON.parse(text); } catch { /* An answer of the application's own, such as a page for errors. */ }
  if (!answer.ok) throw new Error(said?.message ?? `The application answered ${answer.status}.`);
  return said;
}
function say(id, text, tone = "") {
  $(id).textContent = text;
  $(id).className = "status " + tone;
}
function showFound(entries) {
  $("found").replaceChildren(...entries.map(entry => {
    const facts = make("dl", { class: "facts" });
    const add = (name, text, hint) => facts.append(make("div", hint ? { title: hint } : null, make("dt", { text: name }), make("dd", { text, title: text })));
    add("Remaining", entry.remaining == null ? (entry.state === "Unknown" ? "–" : "no end") : span(entry.remaining));
    if (entry.duration != null) add("Given", span(entry.duration), "The life it was given when it was made");
    if (entry.sliding != null) add("Sliding", span(entry.sliding));
    if (entry.created) add("Created", new Date(entry.created).toLocaleTimeString("en-GB"), entry.created);
    add("Size", bytes(entry.size));
    if (entry.version) add("Version", String(entry.version));
    if (entry.tags.length > 0) add("Tags", entry.tags.join(", "));
    const tone = { Live: "good", Stale: "warn", Expired: "warn", Invalidated: "warn", Damaged: "bad" }[entry.state] ?? "bad";
    const box = make("div", { class: "entry", "data-level": entry.level },
      make("div", { class: "top" }, make("span", { class: "level", text: "L" + entry.level }), make("b", { text: entry.tier }),
        make("span", { class: "chip", text: entry.form }), make("span", { class: "pill " + tone, text: entry.fault ?? entry.state.toLowerCase() })), facts);
    if (entry.duration > 0 && entry.remaining != null) {
      const left = make("i");
      left.style.width = Math.min(100, 100 * entry.remaining / entry.duration) + "%";
      box.append(make("div", { class: "life" }, left));
    }
    if (entry.value != null) box.append(make("pre", { tabindex: "0", "aria-label": "Value in " + entry.tier, text: entry.value }));
    return box;
  }));
}
$("lookup").addEventListener("submit", async event => {
  event.preventDefault();
  const key = $("lookup-key").value;
  $("found").replaceChildren();
  say("lookup-status", "Looking…");
  try {
    const entries = await ask("/find", () => ({ cache: shown, key }));
    const live = entries.filter(entry => entry.state === "Live").length;
    say("lookup-status", entries.length === 0 ? "In no tier." : `Alive in ${live} of ${now().cache.statistics.tiers.length} tiers.${page.values === "yes" ? "" : " Values are not shown."}`, live > 0 ? "good" : "");
    showFound(entries);
    $("remove-name").value = key;
  } catch (fault) {
    say("lookup-status", fault.message, "bad");
  }
});

const examples = { key: "product:42", tag: "products", pattern: "product:*" };
const kind = () => $("remove").elements.kind.value;
$("remove").addEventListener("change", () => { $("remove-name").placeholder = examples[kind()]; });
$("remove").addEventListener("submit", event => {
  event.preventDefault();
  $("confirm-kind").textContent = kind();
  $("confirm-name").textContent = $("remove-name").value;
  $("confirm").returnValue = "no";
  $("confirm").showModal();
});
$("confirm").addEventListener("close", async () => {
  if ($("confirm").returnValue !== "yes") return;
  say("remove-status", "Removing…");
  try {
    const name = $("remove-name").value;
    const { message } = await ask("/remove", () => ({ cache: shown, kind: kind(), name }));
    say("remove-status", message, "good");
    if ($("lookup-key").value !== "" && $("found").childElementCount > 0) $("lookup").requestSubmit();
  } catch (fault) {
    say("remove-status", fault.message, "bad");
  }
});
document.addEventListener("keydown", event => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && !$("confirm").open) {
    event.preventDefault();
    $("lookup-key").focus();
  }
});

// ---- Listening ----
function choose(names) {
  const select = $("cache");
  if (names.join() !== [...select.options].map(option => option.value).join()) {
    select.replaceChildren(...names.map(name => make("option", { value: name, text: name })));
    select.hidden = names.length < 2;
    setText($("cache-name"), names.length === 1 ? names[0] : "");
    if (!names.includes(shown)) shown = names[0] ?? null;
  }
}
$("cache").addEventListener("change", () => { shown = $("cache").value; show(true); });

function link(text, tone) {
  setText($("link"), text);
  $("link").className = "pill " + tone;
}
const source = new EventSource(page.base + "/events");
source.addEventListener("snapshot", event => {
  const snapshot = JSON.parse(event.data);
  remember(snapshot);
  choose(snapshot.caches.map(cache => cache.name));
  arrive();
  setText($("instance"), snapshot.instance);
  link("live", "good");
  show(false);
});
source.addEventListener("invalidations", event => {
  addInvalidations(JSON.parse(event.data));
  if (shown !== null) showFeed(false);
});
source.onerror = () => link(source.readyState === EventSource.CLOSED ? "ended: load the page again" : "reconnecting", "warn");
