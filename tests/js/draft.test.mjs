import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../static/js/draft.js";

const storage = () => {
  const kept = new Map();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
};

test("drafts survive a reload, apart for each person and conversation", () => {
  const disk = storage();
  new Drafts("marta", disk).set("ana", "para Ana");
  assert.equal(new Drafts("marta", disk).get("ana"), "para Ana");
  assert.equal(new Drafts("marta", disk).get("luis"), "");
  assert.equal(new Drafts("elena", disk).get("ana"), "");
});

test("an empty draft leaves nothing behind, and without a conversation there is none", () => {
  const disk = storage();
  const drafts = new Drafts("ana", disk);
  drafts.set("", "x");
  drafts.set("ana", "x");
  assert.equal(disk.kept.size, 1);
  drafts.set("ana", "");
  assert.equal(disk.kept.size, 0);
});

test("without storage, with a full one and with rubbish in it drafts still work", () => {
  const drafts = new Drafts("ana", null);
  drafts.set("ana", "x");
  assert.equal(drafts.get("ana"), "x");
  const full = new Drafts("ana", { ...storage(), setItem() { throw new Error("full"); } });
  full.set("ana", "y");
  assert.equal(full.get("ana"), "y");
  for (const rubbish of ["{", "null", "3", '{"text": 3}']) {
    assert.equal(new Drafts("ana", { ...storage(), getItem: () => rubbish }).get("ana"), "", rubbish);
  }
});
