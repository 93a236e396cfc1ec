import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { FakeServer, openPanel, settle } from "./fakeServer";

let panel: VueWrapper;
let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  server = new FakeServer();
});
afterEach(() => panel.unmount());

test("the theme follows the system until somebody chooses, and a choice is kept", async () => {
  panel = await openPanel("/");
  expect(server.changes).toEqual([]);
  const root = document.documentElement;
  const choose = async (name: string) => {
    await panel.get(`[aria-label="${name}"]`).trigger("click");
    await settle();
  };
  expect(root.dataset["theme"]).toBeUndefined();
  await choose("Dark");
  expect([root.dataset["theme"], localStorage.getItem("tower-theme")]).toEqual(["dark", "dark"]);
  await choose("As the system");
  expect([root.dataset["theme"], localStorage.getItem("tower-theme")]).toEqual([undefined, null]);
});
