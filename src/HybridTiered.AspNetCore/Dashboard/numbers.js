// What is shown is made of totals: their differences over time are rates, those of buckets are percentiles. The parts of the script share one scope.
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
