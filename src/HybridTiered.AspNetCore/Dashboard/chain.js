// The tiles at the top, and the chain as a picture.
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
