import assert from "node:assert/strict";
import { test } from "node:test";
import { Idleness } from "../../static/js/idleness.js";
import { newIdentifier } from "../../static/js/identifier.js";
import { Living } from "../../static/js/living.js";
import { postMessage } from "../../static/js/partials.js";
import { Polling } from "../../static/js/polling.js";
import { Reader } from "../../static/js/reader.js";
import { restart } from "../../static/js/restart.js";
import { Texts } from "../../static/js/texts.js";
import { Title } from "../../static/js/title.js";

test("identifiers are UUIDv7: sorted by time, and what the desk accepts", () => {
  const one = newIdentifier(1_700_000_000_000);
  const two = newIdentifier(1_700_000_000_001);
  assert.match(one, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(one, /^[A-Za-z0-9_-]{16,64}$/);
  assert.ok(one < two);
  assert.equal(parseInt(one.replaceAll("-", "").slice(0, 12), 16), 1_700_000_000_000);
  assert.notEqual(newIdentifier(1), newIdentifier(1));
});

test("texts are filled in, and a value is never read as a placeholder", () => {
  const texts = new Texts({ anuncio: "{nombre}: {texto}", nuevosUno: "{n} nuevo", nuevosVarios: "{n} nuevos", errorOcupado: "ocupado" });
  assert.equal(texts.get("anuncio", { nombre: "{texto}", texto: "<b>" }), "{texto}: <b>");
  assert.equal(texts.count("nuevos", 1), "1 nuevo");
  assert.equal(texts.count("nuevos", 5), "5 nuevos");
  assert.equal(texts.get("missing"), "");
});

test("an unknown refusal reads like: try again", () => {
  const texts = new Texts({ errorOcupado: "ocupado", errorLargo: "largo" });
  assert.equal(texts.error("largo"), "largo");
  assert.equal(texts.error("inventado"), "ocupado");
  assert.equal(texts.error(undefined), "ocupado");
});

const page = (hidden = true) => {
  const document = new EventTarget();
  return Object.assign(document, { hidden, title: "Soporte", focused: !hidden, hasFocus: () => document.focused });
};

test("the title counts each message once while nobody looks, and forgets them when somebody does", () => {
  const document = page();
  const title = new Title(document);
  [7, "7", 8].forEach((id) => title.count(id));
  assert.equal(document.title, "(2) Soporte");
  title.name = "Ana · Soporte";
  assert.equal(document.title, "(2) Ana · Soporte");
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  title.count(9);
  assert.equal(document.title, "Ana · Soporte");
});

const reading = (document, answer = true) => {
  const told = [];
  const reader = new Reader(async (event, mark) => { told.push([event, mark.hasta]); return answer; }, document);
  const history = { con: "ana", hasta: 5, lastArrived: 7, lastDisplayed: () => history.hasta };
  return { reader, told, history };
};

test("what arrived is delivered; only what is before somebody's eyes is read; each is said once", async () => {
  const document = page(false);
  const { reader, told, history } = reading(document);
  document.focused = false;
  await reader.check(history);
  document.focused = true;
  document.hidden = true;
  await reader.check(history);
  assert.deepEqual(told, [["entregado", 7]]);
  document.hidden = false;
  await reader.check(history);
  await reader.check(history);
  history.hasta = 4;
  await reader.check(history);
  assert.deepEqual(told, [["entregado", 7], ["leido", 5]]);
});

test("a mark that could not be delivered, or may not have been, is said again", async () => {
  const failing = reading(page(false), false);
  await failing.reader.check(failing.history);
  await failing.reader.check(failing.history);
  assert.equal(failing.told.length, 4);
  const cut = reading(page(false));
  await cut.reader.check(cut.history);
  cut.reader.forget();
  await cut.reader.check(cut.history);
  assert.equal(cut.told.length, 4);
});

test("a restored database begins the page anew, but never round and round", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const [begun, waiting] = [[], []];
  const later = (work, wait) => waiting.push({ work, wait });
  for (const now of [100_000, 104_000, 114_000]) restart(storage, now, () => begun.push(now), later);
  assert.deepEqual(begun, [100_000, 114_000]);
  assert.equal(waiting[0].wait, 6_000); // not forgotten: until then the page shows another history
  kept.set("soporte/reinicio", "100000");
  waiting[0].work();
  assert.deepEqual(begun, [100_000, 114_000, 104_000]);
});

const asking = () => {
  const timers = [];
  const asked = { answer: true, changes: 0, waits: [], async next() { const { work } = timers.pop(); await work(); } };
  asked.polling = new Polling({ ask: async () => asked.answer, changed: () => (asked.changes += 1), hidden: () => asked.hidden, later: (work, wait) => { timers.push({ work }); asked.waits.push(wait); } });
  return asked;
};

test("without a socket the page asks every five seconds, slower when nobody looks", async () => {
  const asked = asking();
  asked.polling.lost();
  asked.polling.lost();
  assert.equal(asked.polling.on, false);
  await asked.next();
  assert.equal(asked.polling.on, true);
  asked.hidden = true;
  await asked.next();
  assert.deepEqual(asked.waits, [4000, 5000, 30000]);
  asked.polling.stop();
  assert.equal(asked.polling.on, false);
});

test("where nothing answers there is no polling to speak of", async () => {
  const asked = asking();
  asked.answer = false;
  asked.polling.lost();
  await asked.next();
  assert.deepEqual([asked.polling.on, asked.changes], [false, 0]);
});

test("an answer to a message sent without a socket is the socket's answer", async () => {
  const post = (status, body) => postMessage({ para: "admin" }, async () => new Response(body, { status }));
  assert.deepEqual(await post(202, '{"ok":true,"estado":"pendiente"}'), { ok: true, estado: "pendiente" });
  assert.deepEqual(await post(429, '{"ok":false,"error":"limite","espera_ms":5}'), { ok: false, error: "limite", espera_ms: 5 });
  assert.equal((await post(401, "No autenticado")).error, "sesion");
  assert.equal((await post(502, "<html>")).error, "perdido");
});

const shown = (elements) => ({ querySelectorAll: () => elements });
const element = (kind, key) => ({ dataset: { vive: `${kind} ${key}`, vista: `/${key}` }, replaced: [], replaceWith(drawn) { this.replaced.push(drawn); } });

test("what shows a change is known by kind and key, and the own account is the whole page", () => {
  const living = new Living(shown([element("cuenta", "ana")]), null, "marta");
  const said = [["cuenta", "ana"], ["sesion", "ana"], ["cuenta", "an"], ["cuenta", "marta"], ["sesion", "marta"]];
  assert.deepEqual(said.map(([tipo, clave]) => living.shows({ tipo, clave })), [true, false, false, true, false]);
});

test("two changes in a row are two drawings, one after the other, and the last one stands", async () => {
  const [ana, asked] = [element("cuenta", "ana"), []];
  const living = new Living(shown([ana]), (url) => new Promise((answer) => asked.push({ url, answer })), "marta");
  const both = [living.refresh(), living.refresh()];
  assert.deepEqual(asked.map(({ url }) => url), ["/ana"]);
  asked[0].answer(["closed"]);
  await new Promise(setImmediate);
  asked[1].answer(["open"]);
  await Promise.all(both);
  assert.deepEqual(ana.replaced, ["closed", "open"]);
});

test("what cannot be drawn is told to whoever asked", async () => {
  const living = new Living(shown([element("cuenta", "ana")]), async () => { throw new Error("away"); }, "marta");
  await assert.rejects(living.refresh(), /away/);
});

const unused = (idle, end = 43_200) => {
  const seen = { now: 0, asked: [], warnings: [], left: idle };
  const answer = () => ({ ok: true, headers: new Map([["Soporte-Sesion", `${idle} ${seen.left} ${end - seen.now}`]]) });
  seen.answer = answer;
  seen.again = () => { seen.answer = answer; };
  seen.idleness = new Idleness(`${idle} ${idle} ${end}`, { now: () => seen.now * 1000, warn: (text, again) => seen.warnings.push([text, Boolean(again)]), ask: async (headers) => { seen.asked.push(headers ? "alone" : "used"); return seen.answer(); } });
  seen.at = async (now) => { seen.now = now; seen.idleness.tick(); await new Promise(setImmediate); };
  seen.use = async () => { seen.idleness.use(); await new Promise(setImmediate); };
  return seen;
};

test("a session that is used renews now and then, and one that is only open does not", async () => {
  const seen = unused(3600);
  await seen.at(900);
  assert.deepEqual(seen.asked, []);
  seen.idleness.use();
  await seen.at(1000);
  assert.deepEqual(seen.asked, ["used"]);
  await seen.at(2000);
  assert.deepEqual([seen.asked, seen.warnings], [["used"], []]);
});

test("who may still be there is asked before it ends, once, and any use is an answer", async () => {
  for (const idle of [300, 3600, 43_200 * 60]) {
    const seen = unused(idle, 43_200 * 120);
    const lead = Math.min(300, idle / 6);
    await seen.at(idle - lead - 1);
    assert.deepEqual([seen.asked, seen.warnings], [[], []]);
    seen.left = lead;
    await seen.at(idle - lead);
    seen.left = 1;
    await seen.at(idle - 1);
    assert.deepEqual([seen.asked, seen.warnings], [["alone", "alone"], [["inactiva", true]]]);
    seen.left = idle;
    await seen.use();
    assert.deepEqual([seen.asked.at(-1), seen.warnings.at(-1)], ["used", [null, false]]);
  }
});

test("what another page of the browser used is not over: nobody is asked", async () => {
  const seen = unused(3600);
  seen.left = 2000;
  await seen.at(3400);
  assert.deepEqual([seen.asked, seen.warnings], [["alone"], []]);
  await seen.at(5000);
  assert.deepEqual(seen.asked, ["alone"]);
  seen.left = 200;
  await seen.at(5200);
  assert.deepEqual(seen.warnings, [["inactiva", true]]);
  seen.left = 3000; // and there somebody answered
  await seen.at(5230);
  assert.deepEqual(seen.warnings.at(-1), [null, false]);
});

test("where nobody can tell, the page goes by what it knew", async () => {
  const seen = unused(3600);
  seen.answer = () => Promise.reject(new Error("offline"));
  await seen.at(3400);
  assert.deepEqual(seen.warnings, [["inactiva", true]]);
});

test("an end that use does not move is said, and offers nothing", async () => {
  const seen = unused(3600, 4000);
  seen.left = 3600;
  await seen.use();
  await seen.at(3690);
  assert.deepEqual(seen.warnings, []);
  await seen.at(3701);
  await seen.use();
  assert.deepEqual(seen.warnings, [["termina", false]]);
});

test("a renewal that fails is none: it is tried again, and the warning stays", async () => {
  const seen = unused(3600);
  seen.left = 200;
  await seen.at(3400);
  for (const answer of [() => ({ ok: false }), () => Promise.reject(new Error("offline"))]) {
    seen.answer = answer;
    await seen.use();
  }
  assert.deepEqual([seen.asked, seen.warnings], [["alone", "used", "used"], [["inactiva", true]]]);
  seen.again();
  seen.left = 3600;
  await seen.at(3430);
  assert.deepEqual([seen.asked.at(-1), seen.warnings.at(-1)], ["used", [null, false]]);
});

test("of a session that is over nothing is said any more, and nothing asked", async () => {
  const seen = unused(3600);
  seen.left = 200;
  await seen.at(3400);
  seen.answer = () => ({ ok: false, status: 401 });
  for (let touches = 0; touches < 3; touches += 1) await seen.use();
  await seen.at(9000);
  assert.deepEqual([seen.asked, seen.warnings], [["alone", "used"], [["inactiva", true], [null, false]]]);
});
