import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { Approval } from "@/api/approvals";

import { violations } from "./axe";
import { board, click, dialog, FakeServer, fill, openPanel, shot, toasts } from "./fakeServer";

const PATH = "/storyboard/nexus-e01";

let server: FakeServer;
let panel: VueWrapper;

function approval(changes: Partial<Approval> = {}): Approval {
  return { what: "keyframes", state: "waiting", words: "", version: "abc.", who: null, why: null, at: null, takes: 10, changes: [], ...changes };
}

function answer(asked: Approval[], history: object[] = []): void {
  server.answer("GET /api/approvals/nexus-e01", { body: { key: "nexus-e01", asked, history } });
}

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([shot(1)]) });
});
afterEach(() => panel.unmount());

test("a show that asks for no approval shows none", async () => {
  panel = await openPanel(PATH);
  expect(panel.find(".approvals").exists()).toBe(false);
});

test("what waits is shown and approved as it was seen, with a why", async () => {
  answer([approval({ what: "plan", state: "approved", who: "Akira", why: "tight", at: "2026-01-01T10:00:00Z" }), approval(), approval({ what: "mix", state: "not_made", version: "" })]);
  server.answer("POST /api/episodes/nexus-e01/approvals/keyframes", { body: { says: "It holds until it changes.", warning: "" } });
  panel = await openPanel(PATH);
  const text = panel.get(".approvals").text();
  for (const words of ["Keyframes wait for a person", "Approved by Akira", "tight", "The clips wait for it.", "There is nothing to approve yet."]) expect(text).toContain(words);
  expect(await violations()).toEqual([]);
  await click("Approve the keyframes");
  await fill("why", " good light ");
  expect(await violations()).toEqual([]);
  await click("Approve", dialog());
  const [change] = server.changes;
  expect(change?.body).toEqual({ why: "good light", seen: "abc." });
  expect(change?.headers.get("If-Match")).toBe('"abc."');
  expect(toasts()).toContain("It holds until it changes.");
});

test("what changed since somebody approved is shown in words and as pairs of pictures", async () => {
  const changes = [
    { subject: "nexus-e01-sc01-sh0010", words: "seed 1 -> 2", before_url: "/media/old.png", after_url: "/media/new.png" },
    { subject: "nexus-e01-sc01-sh0020", words: "new", before_url: null, after_url: "/media/two.png" },
  ];
  answer([approval({ state: "expired", who: "Luna", at: "2026-01-01T10:00:00Z", changes })]);
  panel = await openPanel(PATH);
  const [first, second] = panel.findAll(".change");
  expect(first?.text()).toContain("sc01 · sh0010 seed 1 -> 2");
  expect(first?.findAll("img").map((picture) => [picture.attributes("src"), picture.attributes("alt")])).toEqual([
    ["/media/old.png?width=320", "sc01 · sh0010 as it was approved"],
    ["/media/new.png?width=320", "sc01 · sh0010 as it is now"],
  ]);
  expect(second?.findAll("img")).toHaveLength(1);
  expect(panel.get(".approvals").text()).toContain("Luna approved what was there before");
});

test("of many changes a few are shown at first", async () => {
  const changes = Array.from({ length: 20 }, (_, number) => ({ subject: `nexus-e01-sc01-sh${number}`, words: "new", before_url: null, after_url: null }));
  answer([approval({ state: "expired", who: "Luna", changes })]);
  panel = await openPanel(PATH);
  expect(panel.findAll(".change")).toHaveLength(4);
  await click("All 20 changes");
  expect(panel.findAll(".change")).toHaveLength(20);
});

test("an approval is withdrawn with a reason only", async () => {
  answer([approval({ state: "approved", who: "Luna", version: "abc.1" })], [{ what: "keyframes", decision: "approved", who: "Luna", why: "", at: "2026-01-01T10:00:00Z" }]);
  server.answer("POST /api/episodes/nexus-e01/approvals/keyframes/withdraw", { body: { says: "Withdrawn.", warning: "" } });
  panel = await openPanel(PATH);
  await click("Withdraw approval of the keyframes");
  expect(dialog().querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true);
  await fill("why", "too dark");
  await click("Withdraw", dialog());
  expect(server.changes.map(({ body, headers }) => [body, headers.get("If-Match")])).toEqual([[{ why: "too dark" }, '"abc.1"']]);
});

test("whoever looked at something older is told, and sees what there is now", async () => {
  answer([approval()]);
  server.answer("POST /api/episodes/nexus-e01/approvals/keyframes", { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail: "the keyframes changed since you looked." } });
  panel = await openPanel(PATH);
  await click("Approve the keyframes");
  answer([approval({ takes: 11 })]);
  await click("Approve", dialog());
  expect(toasts()).toContain("the keyframes changed since you looked.");
  expect(panel.get(".approvals").text()).toContain("11 takes");
});

test("whoever may only look approves nothing", async () => {
  server.answer("GET /api/me", { body: { name: "Guest", scope: "read" } });
  answer([approval()]);
  panel = await openPanel(PATH);
  expect(panel.get(".approvals .primary").attributes("disabled")).toBeDefined();
});
