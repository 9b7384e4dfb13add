import assert from "node:assert/strict";
import { test } from "node:test";
import { newIdentifier } from "../../static/js/identifier.js";
import { Reader } from "../../static/js/reader.js";
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
  const reader = new Reader(async (mark) => { told.push(mark); return answer; }, document);
  const history = { con: "ana", hasta: 5, lastDisplayed: () => history.hasta };
  return { reader, told, history };
};

test("only what is before somebody's eyes is marked as read, once", async () => {
  const document = page(false);
  const { reader, told, history } = reading(document);
  document.focused = false;
  await reader.check(history);
  document.focused = true;
  document.hidden = true;
  await reader.check(history);
  assert.deepEqual(told, []);
  document.hidden = false;
  await reader.check(history);
  await reader.check(history);
  history.hasta = 4;
  await reader.check(history);
  assert.deepEqual(told, [{ con: "ana", hasta: 5 }]);
});

test("a mark that could not be delivered, or may not have been, is said again", async () => {
  const failing = reading(page(false), false);
  await failing.reader.check(failing.history);
  await failing.reader.check(failing.history);
  assert.equal(failing.told.length, 2);
  const cut = reading(page(false));
  await cut.reader.check(cut.history);
  cut.reader.forget();
  await cut.reader.check(cut.history);
  assert.equal(cut.told.length, 2);
});
