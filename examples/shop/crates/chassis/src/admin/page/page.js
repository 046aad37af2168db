// Fetches what /debug/ tells and shows it, every two seconds.
//
// Everything is written by textContent: messages, user agents and peers come from strangers.
"use strict";

const PERIOD = 2000;

const byId = (id) => document.getElementById(id);

/** An element with a class and a text. */
function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}

/** Writes only what has changed, so that a selection lasts. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// === Values as text ===

const NONE = "–";
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const count = (value) => (value == null ? NONE : whole.format(value));
const rate = (value) => (value == null ? NONE : short.format(value));
const percent = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const share = (part, all) => `${percent.format(all ? (100 * part) / all : 0)}\u00a0%`;
const words = (text) => String(text ?? NONE).replaceAll("_", " ");

function millis(value) {
  if (value == null) return NONE;
  return value < 10_000 ? `${short.format(value)} ms` : `${short.format(value / 1000)} s`;
}

function bytes(value) {
  if (value == null) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${short.format(value)} ${units[unit]}`;
}

/** The two largest units of a time in seconds. */
function span(seconds) {
  if (seconds == null) return NONE;
  let rest = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [unit, size] of [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]]) {
    if (rest >= size || (unit === "s" && !parts.length)) parts.push(`${Math.floor(rest / size)} ${unit}`);
    rest %= size;
  }
  return parts.slice(0, 2).join(" ");
}

const ago = (time) => (time == null ? NONE : `${span((Date.now() - new Date(time)) / 1000)} ago`);
const clock = (time) => (time == null ? NONE : `${new Date(time).toISOString().replace("T", " ").slice(0, 19)} UTC`);

// === Tables ===

/**
 * A table whose rows are kept by `key` and sorted by a click on a head.
 *
 * A column has a `label` and a `value` to sort by. It may have `text` (of an item) or `draw` (into
 * a cell), `wide` for what is not a number, with a `style`, and `optional`: left out without values.
 */
function table(id, key, columns, first) {
  const element = byId(id);
  const rows = new Map();
  const sorting = { column: columns[first] ?? columns[0], down: first != null };
  let shown = [];

  const heads = element.createTHead().insertRow();
  for (const column of columns) {
    const head = make("th", column.wide ? "" : "number");
    head.scope = "col";
    const button = make("button", "", column.label);
    button.type = "button";
    button.addEventListener("click", () => {
      sorting.down = sorting.column === column ? !sorting.down : !column.wide;
      sorting.column = column;
      update(shown);
    });
    head.append(button);
    heads.append(head);
    column.head = head;
  }
  const body = element.createTBody();

  function row(item) {
    const line = make("tr");
    for (const column of columns) {
      const cell = line.insertCell();
      cell.className = column.wide ? (column.style ?? "") : "number";
      cell.dataset.label = column.label;
    }
    rows.set(key(item), line);
    return line;
  }

  function compare(a, b) {
    const [left, right] = [a, b].map((item) => sorting.column.value(item) ?? -Infinity);
    const order = typeof left === "string" && typeof right === "string" ? left.localeCompare(right) : left - right;
    return (sorting.down ? -order : order) || key(a).localeCompare(key(b));
  }

  function update(items) {
    shown = items;
    const sorted = [...items].sort(compare);
    const present = new Set(items.map(key));
    for (const [name, line] of rows) {
      if (!present.has(name)) {
        line.remove();
        rows.delete(name);
      }
    }
    columns.forEach((column, index) => {
      const hidden = Boolean(column.optional) && items.every((item) => column.value(item) == null);
      column.head.hidden = hidden;
      const order = sorting.down ? "descending" : "ascending";
      column.head.setAttribute("aria-sort", sorting.column === column ? order : "none");
      for (const item of items) {
        const cell = (rows.get(key(item)) ?? row(item)).cells[index];
        cell.hidden = hidden;
        cell.classList.toggle("none", column.value(item) == null);
        if (column.draw) column.draw(cell, item);
        else write(cell, column.text ? column.text(item) : String(column.value(item) ?? NONE));
      }
    });
    sorted.forEach((item, index) => {
      const line = rows.get(key(item));
      if (body.rows[index] !== line) body.insertBefore(line, body.rows[index] ?? null);
    });
  }
  return update;
}

/** The name of a method, with its service below. */
function drawMethod(cell, item) {
  if (!cell.firstChild) cell.append(make("b"), make("small"));
  const [service, name] = splitMethod(item);
  write(cell.firstChild, name);
  write(cell.lastChild, service);
}

/** The service, none for the method that stands for all unknown ones, and the name. */
function splitMethod({ method, service }) {
  const at = method.lastIndexOf("/");
  if (at < 0 && method === service) return ["any other path", method];
  return [service ?? method.slice(0, Math.max(at, 0)), method.slice(at + 1)];
}

const methodName = (item) => splitMethod(item).join("/");
const methodColumn = { label: "Method", wide: true, style: "method", value: methodName, draw: drawMethod };
const KINDS = { client_streaming: "client stream", server_streaming: "server stream" };
const kindColumn = { label: "Kind", wide: true, style: "kind", value: (item) => KINDS[item.kind] ?? words(item.kind) };

/** A count of errors, with a bar for their share. */
function drawErrors(cell, item) {
  if (!cell.firstChild) {
    const meter = make("span", "meter bad");
    meter.append(make("i"));
    cell.append(make("span"), meter);
  }
  const [text, meter] = cell.children;
  write(text, item.errors ? `${count(item.errors)} (${share(item.errors, item.calls)})` : "0");
  text.className = item.errors ? "bad-text" : "";
  meter.hidden = !item.errors;
  meter.firstChild.style.width = `${item.calls ? Math.max(3, (100 * item.errors) / item.calls) : 0}%`;
}

function drawLastError(cell, item) {
  if (!cell.firstChild) cell.append(make("b"), make("small"));
  const error = item.last_error;
  write(cell.firstChild, error?.code ?? NONE);
  write(cell.lastChild, error ? [ago(error.time), error.message].filter(Boolean).join(": ") : "");
}

/** A column of times; a method that nobody has called has none. */
function latency(label, field) {
  const value = (item) => (item.calls ? item[field] : null);
  return { label, value, text: (item) => millis(value(item)) };
}

const showMethods = table("methods", methodName, [
  methodColumn,
  kindColumn,
  { label: "Per second", value: (item) => item.per_second, text: (item) => rate(item.per_second) },
  { label: "Calls", value: (item) => item.calls, text: (item) => count(item.calls) },
  { label: "Errors", value: (item) => (item.calls ? item.errors / item.calls : 0), draw: drawErrors },
  { label: "In flight", value: (item) => item.in_flight, text: (item) => count(item.in_flight) },
  latency("p50", "p50_ms"),
  latency("p90", "p90_ms"),
  latency("p99", "p99_ms"),
  latency("p99.9", "p999_ms"),
  latency("Max", "max_ms"),
  { label: "Last error", wide: true, style: "last", optional: true, value: (item) => item.last_error?.code, draw: drawLastError },
], 3);

const showConnections = table("connections", (item) => item.peer, [
  { label: "Peer", wide: true, value: (item) => item.peer },
  { label: "Age", value: (item) => item.age_seconds, text: (item) => span(item.age_seconds) },
  { label: "In flight", value: (item) => item.calls, text: (item) => count(item.calls) },
  { label: "Calls", value: (item) => item.calls_total, text: (item) => count(item.calls_total) },
], 2);

const access = (item) => item.access?.roles?.map((role) => `role ${role}`).join(" or ") ?? words(item.access);
const REPEATED = { no_side_effects: "reads only", idempotent: "safe" };

const showPolicy = table("policy", methodName, [
  methodColumn,
  kindColumn,
  { label: "Access", wide: true, value: access },
  { label: "Timeout", value: (item) => item.timeout, text: (item) => item.timeout ?? "none" },
  { label: "Slow from", optional: true, value: (item) => item.slow },
  { label: "Rate per caller", optional: true, value: (item) => item.caller_rate },
  { label: "Rate of all", optional: true, value: (item) => item.total_rate },
  { label: "Repetition", wide: true, optional: true, value: (item) => REPEATED[item.idempotency] },
]);

// === Tiles ===

const KEPT = 60;
const histories = new Map();

/** A value of now, and a line of how it came. */
function trend(id, value, text) {
  write(byId(id), text);
  const history = histories.get(id) ?? [];
  history.push(value);
  if (history.length > KEPT) history.shift();
  histories.set(id, history);
  const top = Math.max(...history, 1);
  const points = history.map((y, index) => `${KEPT - history.length + index + 1},${19 - (17 * y) / top}`);
  byId(`${id}-line`).setAttribute("points", points.join(" "));
}

const PHASES = { serving: ["ready", "good"], leaving: ["not ready", "warn"], draining: ["not ready", "warn"] };

function showRuntime(runtime) {
  document.title = `${runtime.name} · admin`;
  write(byId("name"), runtime.name);
  write(byId("version"), runtime.version);
  write(byId("uptime"), `up ${span(runtime.uptime_seconds)}`);
  const [ready, colour] = PHASES[runtime.phase] ?? ["", ""];
  write(byId("phase"), `${runtime.phase} · ${ready}`);
  byId("phase").className = `badge ${colour}`;
  byId("short").hidden = !runtime.memory_short;
  trend("in-flight", runtime.calls_in_flight, count(runtime.calls_in_flight));
  const { resident_bytes: resident, memory_limit_bytes: limit } = runtime;
  write(byId("memory"), bytes(resident));
  write(byId("memory-limit"), limit ? `calls are refused from ${bytes(limit)} on` : "no limit");
  byId("memory-bar").style.width = limit ? `${Math.min(100, (100 * resident) / limit)}%` : "0";
  byId("memory-bar").parentElement.hidden = !limit;
  write(byId("tasks"), count(runtime.tasks));
  write(byId("workers"), runtime.workers === 1 ? "on 1 thread" : `on ${count(runtime.workers)} threads`);
}

function showProfile(methods) {
  const sum = (field) => methods.reduce((all, method) => all + (method[field] ?? 0), 0);
  trend("per-second", sum("per_second"), rate(sum("per_second")));
  write(byId("error-share"), share(sum("errors"), sum("calls")));
  write(byId("error-count"), `${count(sum("errors"))} of ${count(sum("calls"))} calls`);
  showMethods(methods);
}

function showPeers({ open, failed }) {
  write(byId("connection-count"), count(open.length));
  const kinds = Object.entries(failed).filter(([, times]) => times);
  const failures = kinds.map(([kind, times]) => `${count(times)} ${words(kind)}`);
  write(byId("connection-failures"), failures.length ? `failed: ${failures.join(", ")}` : "none failed");
  byId("no-connections").hidden = open.length > 0;
  byId("connections").hidden = !open.length;
  showConnections(open);
}

// === Errors ===

const codes = new Map();

/** One code: a line that opens to its samples. */
function codeBox(code) {
  const box = make("details");
  const head = make("summary");
  head.append(make("span", "badge bad", code), make("b", "number"), make("span", "message"), make("span", "dim number"));
  box.append(head, make("ol"));
  codes.set(code, box);
  return box;
}

function sampleBox(sample) {
  const box = make("li");
  const head = make("p");
  head.append(make("b", "", sample.method), make("span", "dim number", clock(sample.time)));
  const facts = make("dl");
  for (const [name, field] of [["Message", "message"], ["Detail", "detail"], ["Peer", "peer"], ["User agent", "user_agent"], ["Request id", "request_id"]]) {
    if (!sample[field]) continue;
    const fact = make("div");
    fact.append(make("dt", "dim", name), make("dd", "", sample[field]));
    facts.append(fact);
  }
  box.append(head, facts);
  return box;
}

function showErrors(errors) {
  byId("no-errors").hidden = errors.length > 0;
  const sorted = [...errors].sort((a, b) => b.count - a.count);
  const boxes = sorted.map((error) => {
    const box = codes.get(error.code) ?? codeBox(error.code);
    const [, times, message, last] = box.firstChild.children;
    write(times, `${count(error.count)} ×`);
    write(message, error.last_message || "no message");
    write(last, ago(error.last_seen));
    // Told anew only when there is news, so that a reader is not disturbed.
    const news = JSON.stringify(error.samples);
    if (box.news !== news) {
      box.lastChild.replaceChildren(...error.samples.map(sampleBox));
      box.news = news;
    }
    return box;
  });
  const list = byId("errors");
  if (boxes.length !== list.children.length || boxes.some((box, index) => list.children[index] !== box)) {
    list.replaceChildren(...boxes);
  }
}

// === Settings ===

/** The keys and values below `value`; a list of plain values is one value. */
function leaves(value, path) {
  const isSection = value !== null && typeof value === "object";
  if (!isSection) return [[path, value === "" ? "empty" : String(value)]];
  const entries = Object.entries(value);
  const isList = Array.isArray(value);
  if (isList && entries.every(([, item]) => item === null || typeof item !== "object")) {
    return [[path, value.join(", ") || NONE]];
  }
  const below = (key) => (isList ? `${path}[${key}]` : path ? `${path}.${key}` : key);
  return entries.flatMap(([key, item]) => leaves(item, below(key)));
}

let settingsNews = "";

function showSettings(settings) {
  const news = JSON.stringify(settings);
  if (news === settingsNews) return;
  settingsNews = news;
  const sections = Object.entries(settings).map(([name, section]) => {
    const box = make("section");
    const list = make("dl");
    for (const [path, text] of leaves(section, "")) {
      const line = make("div");
      line.append(make("dt", "", path || name), make("dd", "", text));
      list.append(line);
    }
    box.append(make("h3", "", name), list);
    return box;
  });
  byId("config").replaceChildren(...sections);
}

/** Which settings are in force, and why not those of the file, if they are others. */
function showReload({ generation, since, applied, unchanged, refused, fault, waiting }) {
  const reloads = `${count(applied)} applied, ${count(unchanged)} unchanged, ${count(refused)} refused`;
  write(byId("reload-state"), `Generation ${count(generation)}, taken ${ago(since)}. Reloads: ${reloads}.`);
  byId("reload-fault").hidden = !fault;
  write(byId("reload-fault"), fault ? `The last reload was refused, and these stay: ${fault}` : "");
  byId("reload-waiting").hidden = !waiting.length;
  write(byId("reload-waiting"), waiting.length ? `Other in the file, but need a restart: ${waiting.join(", ")}` : "");
}

// === Log level ===

const level = byId("level");

function showLevel(told) {
  for (const button of byId("levels").children) {
    button.setAttribute("aria-pressed", String(button.value === told.level));
  }
  if (document.activeElement !== level && !level.dataset.changed) level.value = told.level;
}

async function setLevel(wanted) {
  const said = byId("level-said");
  try {
    const answer = await fetch("debug/log-level", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ level: wanted }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    delete level.dataset.changed;
    const told = await answer.json();
    level.value = told.level;
    showLevel(told);
    write(said, `In force: ${told.level}`);
    said.className = "good-text";
  } catch (error) {
    write(said, `Not changed: ${error.message}`);
    said.className = "bad-text";
  }
}

level.addEventListener("input", () => {
  level.dataset.changed = "yes";
});
byId("log-level").addEventListener("submit", (event) => {
  event.preventDefault();
  setLevel(level.value.trim());
});
byId("levels").addEventListener("click", (event) => {
  if (event.target.value) setLevel(event.target.value);
});

// === The round ===

/** What shows each part of what is fetched. */
const SHOW = {
  runtime: showRuntime,
  methods: showProfile,
  errors: showErrors,
  connections: showPeers,
  policy: showPolicy,
  "log-level": showLevel,
  config: showSettings,
  reload: showReload,
};

/** Parts that this server is without. */
const absent = new Set();

async function show(part) {
  const answer = await fetch(`debug/${part}`, { signal: AbortSignal.timeout(5000) });
  if (answer.status === 404) absent.add(part);
  else if (!answer.ok) throw new Error(`${part}: ${answer.status}`);
  else SHOW[part](await answer.json());
  for (const element of document.querySelectorAll(`[data-part="${part}"]`)) {
    element.hidden = absent.has(part);
  }
}

async function round() {
  if (!document.hidden) {
    try {
      await Promise.all(Object.keys(SHOW).filter((part) => !absent.has(part)).map(show));
      document.body.classList.remove("lost");
    } catch {
      // The next server may have other parts.
      absent.clear();
      document.body.classList.add("lost");
      write(byId("phase"), "no answer");
      byId("phase").className = "badge bad";
    }
  }
  timer = paused ? 0 : setTimeout(round, PERIOD);
}

let timer = 0;
let paused = false;

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  write(byId("pause"), paused ? "Resume" : "Pause");
  clearTimeout(timer);
  if (!paused) round();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || paused) return;
  clearTimeout(timer);
  round();
});

round();
