import assert from "node:assert/strict";
import { test } from "node:test";
import { dayKey, dayLabel, layOut } from "../../static/js/days.js";
import { ServerClock } from "../../static/js/now.js";
import { clock, clockWithSeconds, fullDay, lasting, relative, sayOnce } from "../../static/js/times.js";

const now = new Date(2026, 0, 15, 12, 0, 0);
const ago = (seconds) => new Date(now - seconds * 1000);
const HOUR = 3600 * 1000;
const texts = { get: (key) => key };

test("clock and date are written with two digits", () => {
  const date = new Date(2026, 0, 5, 9, 3, 7);
  assert.equal(clock(date), "09:03");
  assert.equal(clockWithSeconds(date), "09:03:07");
  assert.equal(fullDay(date), "05/01/2026");
});

test("relative times are short, in both languages, and never in the future", () => {
  assert.equal(relative(ago(20), now, "es"), "ahora");
  assert.equal(relative(ago(-90), now, "en"), "now");
  assert.match(relative(ago(5 * 60 + 59), now, "es"), /^hace 5 min/);
  assert.match(relative(ago(3 * 3600), now, "en"), /^3 hr?\.? ago/);
  assert.equal(relative(ago(9 * 86400), now, "es"), "06/01/2026");
});

test("waiting is told as a duration, from one minute on", () => {
  assert.equal(lasting(ago(3), now, "es"), "1 min");
  assert.equal(lasting(ago(3 * 3600 + 59), now, "es"), "3 h");
  assert.equal(lasting(ago(400 * 86400), now, "en"), "400 days");
});

test("days are named by the reader's calendar", () => {
  assert.equal(dayLabel(ago(60), now, "es", texts), "hoy");
  assert.equal(dayLabel(new Date(2026, 0, 14, 23, 59), now, "es", texts), "ayer");
  assert.equal(dayLabel(new Date(2026, 0, 13), now, "es", texts), "martes, 13 de enero de 2026");
  assert.equal(dayLabel(new Date(2026, 0, 13), now, "es", texts, new Map([["2026-01-13", "como el servidor"]])), "como el servidor");
  assert.equal(dayLabel(ago(60), now, "es", texts, new Map([[dayKey(now), "como el servidor"]])), "hoy");
  assert.notEqual(dayKey(new Date(2026, 0, 1)), dayKey(new Date(2025, 0, 1)));
});

test("the first message of a day opens it; quick messages of one sender continue a run", () => {
  const message = (date, de, para = "admin") => ({ date, de, para });
  const plan = layOut([
    message(new Date(2026, 0, 14, 23, 59), "ana"),
    message(new Date(2026, 0, 15, 0, 1), "ana"),
    message(new Date(2026, 0, 15, 0, 2), "ana"),
    message(new Date(2026, 0, 15, 0, 3), "marta", "ana"),
    message(new Date(2026, 0, 15, 0, 4), "ana"),
    message(new Date(2026, 0, 15, 0, 5), "ana", "luis"),
    message(new Date(2026, 0, 15, 1, 0), "ana", "luis"),
  ]);
  assert.deepEqual(plan.map((row) => row.opens), [true, true, false, false, false, false, false]);
  assert.deepEqual(plan.map((row) => row.continues), [false, false, true, false, false, false, false]);
});

test("the server's clock counts, whatever the device's own says, and goes on with it", () => {
  let device = 10 * HOUR;
  const clock = new ServerClock(() => device);
  clock.heard(7 * HOUR, 500);
  assert.equal(+clock.now(), 7 * HOUR + 500);
  device += HOUR; // asleep
  assert.equal(+clock.now(), 8 * HOUR + 500);
  clock.heard(8 * HOUR - 400); // a whole second, and its way
  assert.equal(+clock.now(), 8 * HOUR + 500);
  device -= 4 * HOUR; // somebody set the device's clock
  clock.heard(8 * HOUR + 1000);
  assert.equal(+clock.now(), 8 * HOUR + 1000);
  clock.heard(NaN); // an answer without a date
  assert.equal(+clock.now(), 8 * HOUR + 1000);
});

test("a row does not tell the same time twice", () => {
  const row = (last, since) => {
    const times = [last, since].filter(Boolean).map((date) => ({ dateTime: date.toISOString(), hidden: false }));
    return { times, querySelectorAll: () => times };
  };
  const rows = [row(ago(300), ago(310)), row(ago(20), ago(600)), row(ago(300))];
  sayOnce({ querySelectorAll: () => rows }, "es", now);
  assert.deepEqual(rows.map(({ times }) => times[0].hidden), [true, false, false]);
});
