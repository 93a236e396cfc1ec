import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { beforeEach, expect, test, vi } from "vitest";

import { watchRun } from "@/api/runEvents";
import type { RunView } from "@/api/types";

/** A stream byte for byte as the server sends it; the server's own tests hold it to this file. */
const STREAM = readFileSync(resolve(__dirname, "runEvents.txt"), "utf8");

/** Reads a stream as browsers do. */
class FakeEventSource extends EventTarget {
  static opened: FakeEventSource[] = [];
  isClosed = false;

  constructor(readonly url: string) {
    super();
    FakeEventSource.opened.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  receive(stream: string): void {
    for (const block of stream.split("\n\n").filter(Boolean)) {
      const fields = new Map(block.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      const data = fields.get("data") ?? "";
      if (!this.isClosed) this.dispatchEvent(new MessageEvent(fields.get("event") ?? "message", { data }));
    }
  }
}

beforeEach(() => {
  FakeEventSource.opened = [];
  vi.stubGlobal("EventSource", FakeEventSource);
});

function watch(): { source: FakeEventSource; seen: RunView[]; stop: () => void } {
  const seen: RunView[] = [];
  const stop = watchRun("a/b", (run) => seen.push(run));
  const [source] = FakeEventSource.opened;
  if (!source) throw new Error("nothing was opened");
  return { source, seen, stop };
}

test("a run is seen from its start to its end, where nobody listens any more", () => {
  const { source, seen } = watch();
  expect(source.url).toBe("/api/runs/a%2Fb/events");
  source.receive(STREAM);
  expect(seen.map((run) => run.status)).toEqual(["queued", "running", "failed"]);
  expect(seen[1]?.progress.stages[0]).toMatchObject({ title: "Keyframes", done: 12, total: 28 });
  expect(seen[1]?.progress.left_s).toBe(310);
  expect(seen[2]?.problems[0]?.message).toBe("the card was full. Free it");
  expect(source.isClosed).toBe(true);
});

test("a problem in the stream changes nothing: the browser asks again", () => {
  const { source, seen } = watch();
  source.receive('event: problem\ndata: {"status": 503}\n\n');
  expect([seen, source.isClosed]).toEqual([[], false]);
});

test("who stops listening hears nothing more", () => {
  const { source, seen, stop } = watch();
  stop();
  source.receive(STREAM);
  expect([seen, source.isClosed]).toEqual([[], true]);
});
