import { beforeEach, expect, test, vi } from "vitest";

import { etagOf, get, post } from "@/api/client";
import { ApiError } from "@/api/problems";

import { FakeServer } from "./fakeServer";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

test("each change has an idempotency key of its own, and a repeated one the same", async () => {
  server.answer("POST /api/x", { status: 200 });
  await post("/api/x", {});
  await post("/api/x", {});
  await post("/api/x", {}, { idempotencyKey: "again" });
  await post("/api/x", {}, { idempotencyKey: "again" });
  const keys = server.asked.map(({ headers }) => headers.get("Idempotency-Key"));
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys.slice(2)).toEqual(["again", "again"]);
});

test("a change says which version was seen, and an answer which version it is", async () => {
  server.answer("POST /api/x", { headers: { ETag: '"v2"' }, body: { done: true } });
  const answer = await post("/api/x", { a: 1 }, { ifMatch: etagOf("v1") });
  expect(answer).toEqual({ data: { done: true }, etag: '"v2"' });
  expect(server.asked[0]?.headers.get("If-Match")).toBe('"v1"');
  expect(etagOf("")).toBe('"none"');
});

test("a problem is told once, with what to do", async () => {
  const detail = "The cap of today is reached. Raise it in studio.yaml.";
  server.answer("POST /api/runs", {
    status: 409,
    body: { title: "It waits for somebody", status: 409, detail, remedy: "Raise it in studio.yaml.", exit_code: 1 },
  });
  const error = await failureOf(post("/api/runs", {}));
  expect([error.title, error.message, error.remedy]).toEqual([
    "It waits for somebody",
    "The cap of today is reached.",
    "Raise it in studio.yaml.",
  ]);
});

test("an answer that is no problem document still says what happened", async () => {
  vi.stubGlobal("fetch", async () => new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }));
  expect((await failureOf(get("/api/x"))).title).toBe("The server answered 502 Bad Gateway");
});

test("a server that does not answer is said, with what to look at", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  const error = await failureOf(get("/api/x"));
  expect(error.title).toBe("Tower does not answer");
  expect(error.remedy).toContain("tower up");
});

test("whoever is not known is led to the sign-in page and back", async () => {
  const leave = vi.spyOn(window.location, "assign").mockImplementation(() => {});
  window.history.replaceState({}, "", "/storyboard/nexus-e01?show=failed");
  server.answer("GET /api/x", { status: 401, body: { title: "Not let in", status: 401 } });
  await failureOf(get("/api/x"));
  expect(leave).toHaveBeenCalledWith("/sign-in?next=%2Fstoryboard%2Fnexus-e01%3Fshow%3Dfailed");
});

const early = () => ({ url: "/api/shots/a", answer: Promise.resolve(new Response('{"early": true}', { headers: { ETag: '"v1"' } })) });

test("what was asked for before the script was here is not asked for again, and serves once", async () => {
  server.answer("GET /api/shots/a", { body: { now: true } });
  window.towerEarly = early();
  expect(await get("/api/shots/a")).toEqual({ data: { early: true }, etag: '"v1"' });
  expect((await get("/api/shots/a")).data).toEqual({ now: true });
  window.towerEarly = early();
  server.answer("POST /api/shots/a/lock", { body: {} });
  await post("/api/shots/a/lock", {});
  expect((await get("/api/shots/a")).data).toEqual({ now: true });
});
