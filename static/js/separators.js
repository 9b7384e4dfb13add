/** Lines between the messages: a new day, and what came while the reader was away. */
import { dayLabel, layOut } from "./days.js";
import { serverClock } from "./now.js";

const named = new Map();
const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Day separators, runs of one sender, and which own message says in words how far it has come; harmless to repeat. */
export function separate(list, rows, lang, texts) {
  const plan = layOut(rows.map((row) => ({ date: dateOf(row), de: row.dataset.de + (row.dataset.equipo ?? ""), para: row.dataset.para })));
  list.querySelectorAll(".day").forEach((day) => {
    if (day.dataset.dia) named.set(day.dataset.dia, day.textContent);
    day.remove();
  });
  const last = rows.findLast((row) => row.matches(":has(.message-state):not(.message-failed)"));
  rows.forEach((row, i) => {
    row.classList.toggle("message-continued", plan[i].continues);
    row.classList.toggle("message-last", row === last);
    if (!plan[i].opens) return;
    const day = clone("plantilla-dia");
    day.firstElementChild.textContent = dayLabel(dateOf(row), serverClock.now(), lang, texts, named);
    const before = row.previousElementSibling;
    (before?.matches(".away, .since") ? before : row).before(day);
  });
}

/** Marks what came while nobody was connected, from the first such row on. */
export function markAway(list, rows, texts) {
  list.querySelectorAll(".away").forEach((line) => line.remove());
  if (!rows.length) return;
  const line = clone("plantilla-ausencia");
  line.firstElementChild.textContent = texts.count("ausencia", rows.length);
  rows[0].before(line);
}

const dateOf = (row) => new Date(row.querySelector("time").dateTime);
