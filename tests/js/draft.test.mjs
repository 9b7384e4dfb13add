import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft, Drafts } from "../../static/js/draft.js";

const storage = () => {
  const kept = new Map();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
};

const sent = (...texts) => {
  const draft = new Draft();
  texts.forEach((text, i) => draft.send(text, `id-${i + 1}`));
  return draft;
};

test("a sent text leaves the field and is kept until it is confirmed", () => {
  const draft = sent("hola");
  assert.equal(draft.text, "");
  assert.equal(draft.empty, false);
  draft.confirm("id-1");
  assert.equal(draft.empty, true);
});

test("texts that failed stand in the field again, in the order in which they were written", () => {
  const draft = sent("uno", "dos", "tres");
  draft.text = "cuatro";
  ["id-1", "id-2", "id-3"].forEach((id) => draft.fail(id));
  assert.equal(draft.text, "uno\ndos\ntres\ncuatro");
});

test("failing twice adds nothing", () => {
  const draft = sent("uno");
  draft.fail("id-1");
  draft.fail("id-1");
  assert.equal(draft.text, "uno");
});

test("an unchanged text that came back is sent with its old id", () => {
  const draft = sent("hola");
  draft.fail("id-1");
  const { part, dropped } = draft.send(draft.text, "id-9");
  assert.equal(part.id, "id-1");
  assert.deepEqual(dropped, []);
});

test("a returned text that was edited is another message", () => {
  const draft = sent("hola");
  draft.fail("id-1");
  const { part, dropped } = draft.send("hola, Marta", "id-9");
  assert.equal(part.id, "id-9");
  assert.deepEqual(dropped, ["id-1"]);
});

test("a text that turns out to be stored leaves the field, what was typed stays", () => {
  const draft = sent("uno", "dos");
  draft.text = "tres";
  draft.fail("id-1");
  draft.fail("id-2");
  draft.confirm("id-1");
  assert.equal(draft.text, "dos\ntres");
  draft.confirm("id-2");
  assert.equal(draft.text, "tres");
});

test("an edited field is not touched when the original turns out to be stored", () => {
  const draft = sent("uno");
  draft.fail("id-1");
  draft.text = "otra cosa";
  draft.confirm("id-1");
  assert.equal(draft.text, "otra cosa");
});

test("drafts survive a reload, apart for each person and conversation", () => {
  const disk = storage();
  const before = new Drafts("marta", disk);
  before.load("ana").text = "para Ana";
  before.save("ana");
  assert.equal(new Drafts("marta", disk).load("ana").text, "para Ana");
  assert.equal(new Drafts("marta", disk).load("luis").text, "");
  assert.equal(new Drafts("elena", disk).load("ana").text, "");
});

test("what was on its way at a reload is in the field, unless it is stored", () => {
  const disk = storage();
  const before = new Drafts("ana", disk);
  before.load("ana").send("perdido", "a");
  before.load("ana").send("guardado", "b");
  before.save("ana");
  const after = new Drafts("ana", disk).load("ana", (id) => id === "b");
  assert.equal(after.text, "perdido");
  assert.deepEqual(after.parts.map((part) => part.id), ["a"]);
});

test("a draft is one thing for everybody who loads it in this page", () => {
  const drafts = new Drafts("ana", storage());
  drafts.load("ana").send("hola", "a");
  assert.equal(drafts.load("ana").parts[0].back, false);
});

test("an empty draft leaves nothing behind", () => {
  const disk = storage();
  const drafts = new Drafts("ana", disk);
  drafts.load("ana").text = "x";
  drafts.save("ana");
  assert.equal(disk.kept.size, 1);
  drafts.load("ana").text = "";
  drafts.save("ana");
  assert.equal(disk.kept.size, 0);
});

test("without storage and with rubbish in it drafts still work", () => {
  const drafts = new Drafts("ana", null);
  drafts.load("ana").text = "x";
  drafts.save("ana");
  assert.equal(drafts.load("ana").text, "x");
  for (const rubbish of ["{", "null", "3", '{"text": 3, "parts": [null, {"id": 1}]}']) {
    assert.equal(Draft.parse(rubbish).empty, true, rubbish);
  }
});
