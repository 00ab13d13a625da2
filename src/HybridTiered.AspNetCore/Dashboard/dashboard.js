"use strict";
(() => {
  const page = document.body.dataset;
  const $ = id => document.getElementById(id);
  const windowOfRates = 5_000, windowOfLatencies = 60_000, points = 60, feedLength = 150;

  // Texts only ever go through textContent and attributes that hold no code: keys and values come from anywhere.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name === "class") element.className = value;
      else if (name === "text") element.textContent = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }
  const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  // ---- Numbers ----
  function count(n) {
    if (n >= 1e9) return (n / 1e9).toFixed(1) + "G";
    if (n >= 1e6) return (n / 1e6).toFixed(1) + "M";
    if (n >= 1e4) return (n / 1e3).toFixed(1) + "k";
    return n >= 100 || Number.isInteger(n) ? Math.round(n).toLocaleString("en") : n.toFixed(n < 10 ? 1 : 0);
  }
  function bytes(n) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let i = 0;
    while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
    return (i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[i];
  }
  function span(seconds) {
    if (seconds == null || Number.isNaN(seconds)) return "–";
    if (seconds < 1e-3) return Math.max(0, seconds * 1e6).toFixed(0) + " µs";
    if (seconds < 1) return (seconds * 1e3).toFixed(seconds < .01 ? 1 : 0) + " ms";
    if (seconds < 120) return seconds.toFixed(seconds < 10 ? 1 : 0) + " s";
    if (seconds < 7200) return (seconds / 60).toFixed(0) + " min";
    return seconds < 172800 ? (seconds / 3600).toFixed(1) + " h" : (seconds / 86400).toFixed(0) + " d";
  }
  const percent = part => part == null ? "–" : (part * 100).toFixed(part > .9995 || part < .0995 ? 1 : part > .99 ? 2 : 1) + " %";
  const sum = numbers => numbers.reduce((total, n) => total + n, 0);

  // ---- What was seen ----
  const histories = new Map();
  let shown = null, boundaries = [];

  function remember(snapshot) {
    boundaries = snapshot.boundaries;
    for (const cache of snapshot.caches) {
      if (!histories.has(cache.name)) histories.set(cache.name, []);
      const history = histories.get(cache.name);
      const last = history.at(-1);
      // Another process answers after a restart or behind a balancer, and its totals have nothing to do with the last ones.
      if (last && (last.instance !== snapshot.instance || last.cache.statistics.requests > cache.statistics.requests)) history.length = 0;
      history.push({ at: snapshot.at, instance: snapshot.instance, cache });
      while (history.length > points + 1 && snapshot.at - history[0].at > windowOfLatencies) history.shift();
    }
  }
  const now = () => histories.get(shown).at(-1);
  function before(milliseconds) {
    const history = histories.get(shown), newest = history.at(-1);
    return history.find(moment => newest.at - moment.at <= milliseconds) ?? newest;
  }
  function perSecond(read, from = before(windowOfRates), to = now()) {
    const seconds = (to.at - from.at) / 1000;
    return seconds <= 0 ? 0 : Math.max(0, (read(to.cache.statistics) - read(from.cache.statistics)) / seconds);
  }
  function series(read) {
    const history = histories.get(shown).slice(-points - 1);
    return history.slice(1).map((moment, i) => read(history[i], moment));
  }
  const rates = read => series((from, to) => perSecond(read, from, to));

  const latency = (cache, of, operation) => cache.latencies.find(l => l.of === of && l.operation === operation)?.buckets;
  // Interpolated within the bucket it falls into, as Prometheus does.
  function percentiles(of, operation = "") {
    const last = latency(now().cache, of, operation);
    if (!last) return null;
    const first = latency(before(windowOfLatencies).cache, of, operation);
    let buckets = last.map((n, i) => n - (first?.[i] ?? 0));
    if (sum(buckets) === 0) buckets = last;
    const all = sum(buckets);
    if (all === 0) return null;
    return [.5, .95, .99].map(rank => {
      let seen = 0;
      for (let i = 0; i < buckets.length; i++) {
        if (seen + buckets[i] >= rank * all && buckets[i] > 0) {
          const low = i === 0 ? 0 : boundaries[i - 1];
          const high = boundaries[i] ?? boundaries.at(-1);
          return low + (high - low) * (rank * all - seen) / buckets[i];
        }
        seen += buckets[i];
      }
      return boundaries.at(-1);
    });
  }

  // ---- Pictures ----
  const svg = "http://www.w3.org/2000/svg";
  function spark() {
    const picture = document.createElementNS(svg, "svg");
    picture.setAttribute("class", "spark");
    picture.setAttribute("viewBox", "0 0 100 24");
    picture.setAttribute("preserveAspectRatio", "none");
    picture.setAttribute("aria-hidden", "true");
    for (const part of ["area", "stroke"]) {
      const path = document.createElementNS(svg, "path");
      path.setAttribute("class", part);
      picture.append(path);
    }
    return picture;
  }
  function drawSpark(picture, values, highest = Math.max(...values, 0)) {
    const line = values.map((value, i) => `${(100 * i / (values.length - 1)).toFixed(2)},${(23 - (highest > 0 ? value / highest : 0) * 21).toFixed(2)}`);
    picture.children[1].setAttribute("d", line.length > 1 ? "M" + line.join("L") : "");
    picture.children[0].setAttribute("d", line.length > 1 ? `M0,24L${line.join("L")}L100,24Z` : "");
  }
  function fact(name, label, hint) {
    return make("div", hint ? { title: hint } : null, make("dt", { text: label }), make("dd", { "data-f": name, text: "–" }));
  }
  function fill(root, name, text, alarm) {
    const element = root.querySelector(`[data-f="${name}"]`);
    setText(element, text);
    if (alarm !== undefined) element.closest("div").classList.toggle("alarm", alarm);
  }

  // ---- Tiles ----
  const tiles = [
    ["requests", "Requests / s", () => {
      const shared = perSecond(s => s.shared);
      return { big: count(perSecond(s => s.requests)), note: `${count(now().cache.statistics.requests)} in all${shared >= .1 ? ` · ${count(shared)} shared` : ""}`, line: rates(s => s.requests) };
    }],
    ["hits", "Hit rate", () => {
      const rate = (from, to) => {
        const hits = perSecond(s => s.hits, from, to), misses = perSecond(s => s.misses, from, to);
        return hits + misses > 0 ? hits / (hits + misses) : null;
      };
      const current = rate(before(windowOfRates), now());
      return { big: percent(current), note: `${percent(now().cache.statistics.hitRate)} since the start`, line: series((a, b) => rate(a, b) ?? 0), highest: 1 };
    }],
    ["factory", "Factory calls / s", () => {
      const failures = perSecond(s => s.factoryFailures), p = percentiles("factory");
      return {
        big: count(perSecond(s => s.factoryCalls)), line: rates(s => s.factoryCalls), alarm: failures > 0,
        note: failures > 0 ? `${count(failures)} / s fail` : p ? `p50 ${span(p[0])} · p99 ${span(p[2])}` : "none timed yet",
      };
    }],
    ["flights", "Flights", () => {
      const s = now().cache.statistics;
      return { big: count(s.flights), note: `${count(s.callers)} ${s.callers === 1 ? "caller" : "callers"} · ${count(s.background)} behind`, line: series((_, to) => to.cache.statistics.flights) };
    }],
    ["invalidations", "Invalidations / s", () => {
      const total = side => s => sum(Object.values(s.invalidations[side]));
      const i = now().cache.statistics.invalidations;
      return {
        big: count(perSecond(total("sent")) + perSecond(total("received"))), alarm: !i.isConnected || i.unsent > 0,
        note: i.unsent > 0 ? `${count(i.unsent)} wait to be sent` : `${count(perSecond(total("sent")))} out · ${count(perSecond(total("received")))} in`,
        line: rates(s => total("sent")(s) + total("received")(s)),
      };
    }],
    ["journal", "Journal lag", () => {
      const i = now().cache.statistics.invalidations, p = percentiles("arrival");
      return {
        big: i.journalLag == null ? "none" : span(i.journalLag), alarm: i.journalLag > 60 || !i.isConnected,
        note: !i.isConnected ? "backplane is away" : i.journalLag == null ? "no journal" : p ? `messages p50 ${span(p[0])} · p99 ${span(p[2])}` : `${count(i.journalGaps)} gaps`,
        line: series((_, to) => to.cache.statistics.invalidations.journalLag ?? 0),
      };
    }],
  ];
  for (const [id, name] of tiles)
    $("tiles").append(make("div", { class: "tile", id: "tile-" + id }, make("span", { class: "name", text: name }), make("span", { class: "big", text: "–" }), make("span", { class: "note" }), spark()));

  function showTiles() {
    for (const [id, , read] of tiles) {
      const tile = $("tile-" + id), { big, note, line, highest, alarm } = read();
      setText(tile.children[1], big);
      setText(tile.children[2], note);
      tile.classList.toggle("alarm", !!alarm);
      drawSpark(tile.children[3], line, highest);
    }
  }

  // ---- Chain ----
  let drawn = "";
  const reaches = { Process: "this process", Machine: "this machine", Shared: "shared" };
  function flow() {
    return make("li", { class: "flow" },
      make("div", { class: "down" }, make("span", { "data-f": "down" }), make("small", { text: "/ s" })),
      make("div", { class: "pipe" }), make("div", { class: "pipe back" }),
      make("div", { class: "up" }, make("span", { "data-f": "up" }), make("small", { text: "promoted / s" })));
  }
  function drawChain(tiers) {
    const chain = $("chain");
    chain.replaceChildren(make("li", { class: "node end" }, make("span", { class: "title", text: "Callers" }), make("span", { class: "dim", "data-f": "note" })));
    for (const tier of tiers) {
      chain.append(flow(), make("li", { class: "node", "data-tier": tier.name },
        make("div", { class: "top" },
          make("span", { class: "level", text: "L" + tier.level }), make("span", { class: "title", text: tier.name }),
          make("span", { class: "pill", "data-f": "state" })),
        make("div", { class: "reach", text: reaches[tier.reach] ?? tier.reach }),
        make("div", { class: "rate" }, make("b", { "data-f": "rate" }), make("span", { class: "dim", "data-f": "hits" })),
        make("div", { class: "meter" }, make("i")),
        make("dl", { class: "facts" },
          ...(tier.level === 1
            ? [fact("entries", "Entries"), fact("size", "Size", "Estimated"), fact("latency", "Latency", "Hits in L1 are counted but not timed: reading a clock would take longer than the hit."),
               fact("evictions", "Evicted/s", "Dropped to stay within the limits"), fact("expirations", "Expired/s"), fact("removals", "Removed/s")]
            : [fact("p50", "p50", "Reads"), fact("p95", "p95", "Reads"), fact("p99", "p99", "Reads"),
               fact("writes", "Writes/s"), fact("faults", "Faults", "Reads, writes and removals that failed since the start, timeouts among them"), fact("pending", "Pending", "Invalidations that wait for this tier"),
               ...(tier.knowsSize ? [fact("entries", "Entries"), fact("size", "Size")] : [])])),
        spark()));
    }
    chain.append(flow(), make("li", { class: "node end" }, make("span", { class: "title", text: "Source" }), make("span", { class: "dim", "data-f": "note" })));
  }
  function stateOf(tier, faults) {
    if (tier.level === 1) return ["ready", "good"];
    if (tier.readCircuit === "Open") return ["circuit open", "bad"];
    if (tier.writeCircuit === "Open") return ["writes open", "bad"];
    if (tier.readCircuit === "HalfOpen" || tier.writeCircuit === "HalfOpen") return ["half open", "warn"];
    if (!tier.isOpen) return ["catching up", "warn"];
    return faults > 0 ? ["failing", "warn"] : ["closed", "good"];
  }
  function pipe(element, rate, up, isLast) {
    setText(element.querySelector("[data-f=down]"), count(rate));
    setText(element.querySelector("[data-f=up]"), up == null ? "" : count(up));
    element.querySelector(".up").hidden = up == null;
    const [there, back] = element.querySelectorAll(".pipe");
    const width = n => Math.min(8, 1 + 1.4 * Math.log10(1 + n)).toFixed(1) + "px";
    there.style.setProperty("--w", width(rate));
    there.classList.toggle("on", rate > 0);
    back.hidden = up == null && !isLast;
    back.style.setProperty("--w", width(up ?? rate));
    back.classList.toggle("on", (up ?? rate) > 0);
  }
  function showChain() {
    const tiers = now().cache.statistics.tiers;
    const shape = shown + JSON.stringify(tiers.map(tier => [tier.level, tier.name, tier.knowsSize]));
    if (shape !== drawn) { drawChain(tiers); drawn = shape; }
    const items = [...$("chain").children];
    const of = (i, read) => s => s.tiers[i] ? read(s.tiers[i]) : 0;
    const reads = tier => tier.hits + tier.misses + tier.expired + tier.invalidated + tier.damaged + tier.readFaults;
    fill(items[0], "note", `${count(perSecond(s => s.shared))} / s share a flight`);
    tiers.forEach((tier, i) => {
      const node = items[2 + 2 * i];
      const hits = perSecond(of(i, t => t.hits)), all = i === 0 ? perSecond(s => s.tiers[0].hits + s.lowerHits + s.misses) : perSecond(of(i, reads));
      const faults = t => t.readFaults + t.writeFaults + t.removalFaults;
      const rate = all > 0 ? hits / all : null;
      pipe(items[1 + 2 * i], i === 0 ? perSecond(s => s.requests) : all, i === 0 ? null : perSecond(of(i - 1, t => t.promotions)), false);
      fill(node, "rate", percent(rate));
      fill(node, "hits", `hits · ${count(hits)} / s`);
      node.querySelector(".meter i").style.width = (rate ?? 0) * 100 + "%";
      const [text, tone] = stateOf(tier, perSecond(of(i, faults)));
      const pill = node.querySelector(".pill");
      setText(pill, text);
      pill.className = "pill " + tone;
      pill.title = i === 0 ? "" : `Circuit of reads ${tier.readCircuit}, of writes ${tier.writeCircuit}, opened ${count(tier.circuitBreaks)} times; ${count(tier.timeouts)} timeouts`;
      if (i === 0) {
        fill(node, "entries", count(tier.entries));
        fill(node, "size", bytes(tier.sizeInBytes));
        fill(node, "latency", "untimed");
        for (const name of ["evictions", "expirations", "removals"]) fill(node, name, count(perSecond(of(i, t => t[name]))));
      } else {
        const p = percentiles(tier.name, "read");
        ["p50", "p95", "p99"].forEach((name, n) => fill(node, name, p ? span(p[n]) : "–"));
        fill(node, "writes", count(perSecond(of(i, t => t.writes))));
        fill(node, "faults", count(faults(tier)), faults(tier) > 0);
        if (tier.knowsSize) {
          fill(node, "entries", count(tier.entries));
          fill(node, "size", bytes(tier.sizeInBytes));
        }
        fill(node, "pending", count(tier.pendingInvalidations), tier.pendingInvalidations > 0);
      }
      drawSpark(node.querySelector(".spark"), rates(of(i, t => t.hits)));
    });
    const p = percentiles("factory");
    pipe(items.at(-2), perSecond(s => s.factoryCalls), null, true);
    fill(items.at(-1), "note", p ? `p50 ${span(p[0])}\np95 ${span(p[1])}` : "factories");
  }

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
  async function ask(path, body) {
    const answer = await fetch(page.base + path, {
      method: "POST", headers: { "Content-Type": "application/json", [page.header]: page.token }, body: JSON.stringify(body), credentials: "same-origin",
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
      const entries = await ask("/find", { cache: shown, key });
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
      const { message } = await ask("/remove", { cache: shown, kind: kind(), name });
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
    setText($("instance"), snapshot.instance);
    link("live", "good");
    show(false);
  });
  source.addEventListener("invalidations", event => {
    addInvalidations(JSON.parse(event.data));
    if (shown !== null) showFeed(false);
  });
  source.onerror = () => link(source.readyState === EventSource.CLOSED ? "ended: load the page again" : "reconnecting", "warn");
})();
