/** Times as the reader's clock shows them; the server can only write UTC. */
import { serverClock } from "./now.js";

const STEPS = [
  ["minute", 60, 3600],
  ["hour", 3600, 86400],
  ["day", 86400, 7 * 86400],
];

export const two = (number) => String(number).padStart(2, "0");

export const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

export const clockWithSeconds = (date) => `${clock(date)}:${two(date.getSeconds())}`;

export const fullDay = (date) => `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`;

const formats = new Map();
/** A formatter, made once: making one costs more than all that it writes. */
export const kept = (key, make) => formats.get(key) ?? formats.set(key, make()).get(key);

export function relative(date, now, lang) {
  const format = kept(lang, () => new Intl.RelativeTimeFormat(lang, { style: "short", numeric: "auto" }));
  const seconds = (now - date) / 1000;
  if (seconds < 60) return format.format(0, "second");
  const step = STEPS.find(([, , until]) => seconds < until);
  return step ? format.format(-Math.floor(seconds / step[1]), step[0]) : fullDay(date);
}

/** How long since `date`, at least a minute. */
export function lasting(date, now, lang) {
  const seconds = Math.max(60, (now - date) / 1000);
  const [unit, size] = STEPS.find(([, , until]) => seconds < until) ?? STEPS.at(-1);
  return kept(`${lang} ${unit}`, () => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short" })).format(Math.floor(seconds / size));
}

// What says the same already is left alone: a thousand texts that are written are a thousand lines to lay out.
const set = (node, name, text) => { if (node[name] !== text) node[name] = text; };

const written = { relativo: relative, durante: lasting };

/** Writes local times into every `<time data-tiempo>` under `root`. */
export function localize(root, lang, now = serverClock.now()) {
  for (const element of root.querySelectorAll("time[data-tiempo]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    set(element, "title", `${fullDay(date)} ${clock(date)}`);
    const write = written[element.dataset.tiempo];
    if (write) {
      set(element, "textContent", write(date, now, lang));
    } else if (element.lastChild && element.firstElementChild) {
      set(element.firstElementChild, "textContent", `${fullDay(date)} `);
      set(element.lastChild, "textContent", clock(date));
    }
  }
}

/** A row that tells how long somebody waits does not tell the same of the last message, too. */
export function sayOnce(list, lang, now = serverClock.now()) {
  for (const row of list.querySelectorAll(".conversation-times")) {
    const [last, since] = row.querySelectorAll("time");
    const told = (time) => lasting(new Date(time.dateTime), now, lang);
    if (since) last.hidden = told(last) === told(since);
  }
}
