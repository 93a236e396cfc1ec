import { expect, test } from "vitest";

import { barText, failedFirst, figure, fitRegion, frameAt, frameTime, gateScale, regionBetween, takeState } from "@/shot";

import { gate, take } from "./shotFixtures";

test("a gate's bar is told in words", () => {
  expect(barText({ low: 0.5, high: null, good: 0.9 })).toBe("at least 0.50, good at 0.90");
  expect(barText({ low: -36, high: -10, good: -20 })).toBe("-36 to -10, good at -20");
  expect(barText({ low: null, high: 0, good: null })).toBe("none allowed");
  expect(barText({ low: 49, high: 49, good: null })).toBe("exactly 49");
});

test("value, bar and good stand in their order on the track, and within it", () => {
  const scale = gateScale(gate({ value: 0.2, low: 0.5, good: 0.9 }));
  expect(scale.value).toBeLessThan(scale.bars[0] ?? 0);
  expect(scale.bars[0]).toBeLessThan(scale.good ?? 0);
  const loud = gateScale(gate({ value: -20, low: -36, high: -10, good: -20 }));
  for (const mark of [loud.value, ...loud.bars]) expect(mark).toBeGreaterThan(0);
  expect(gateScale(gate({ value: 0, low: null, high: 0, good: null })).value).toBe(0);
});

test("what rejects comes first, then what was waived", () => {
  const gates = [gate({ gate: "a" }), gate({ gate: "b", passed: false, waived: true }), gate({ gate: "c", passed: false })];
  expect(failedFirst(gates).map((one) => one.gate)).toEqual(["c", "b", "a"]);
});

test("figures have as many digits as a person reads", () => {
  expect([0, 12, 0.01234, 1.2345, 23.456, 1234.5].map(figure)).toEqual(["0", "12", "0.012", "1.23", "23.5", "1235"]);
});

test("a region stays inside the picture and is never smaller than the server takes", () => {
  expect(fitRegion([-5, 90, 50, 50], 100, 100)).toEqual([0, 50, 50, 50]);
  expect(fitRegion([10, 10, 3, 500], 100, 100)).toEqual([10, 0, 16, 100]);
  expect(regionBetween(80, 70, 20, 10, 100, 100)).toEqual([20, 10, 60, 60]);
});

test("the time of a frame is within that frame, at any rate", () => {
  for (const fps of [8, 24, 23.976, 30]) {
    for (const frame of [0, 1, 31, 48]) expect(frameAt(frameTime(frame, fps), fps)).toBe(frame);
  }
});

test("a take that a person rejects is told apart from one that a gate rejects", () => {
  expect(takeState(take("one", { rejection: "Viktor rejected it." }))).toBe("rejected");
  expect(takeState(take("two", { summary: { state: "rejected" } }))).toBe("failed_gate");
});
