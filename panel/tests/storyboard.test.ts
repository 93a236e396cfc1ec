import { expect, test } from "vitest";

import { countShots, filterScenes, shotAt, shotsOf } from "@/storyboard";

import { board, shot } from "./fakeServer";

const BOARD = board([
  shot(1),
  shot(2, { state: "rejected", rejected_by: "Luna" }),
  shot(3, { state: "waiting" }),
  shot(4, { state: "changed" }),
  shot(5, { state: "missing" }),
]);

test("filters show failed, waiting and changed shots and count them", () => {
  const shown = (filter: "failed" | "waiting" | "changed") =>
    filterScenes(BOARD, filter).flatMap((scene) => scene.shots.map(({ key }) => key.slice(-6)));
  expect(shown("failed")).toEqual(["sh0020"]);
  expect(shown("waiting")).toEqual(["sh0030", "sh0050"]);
  expect(shown("changed")).toEqual(["sh0040"]);
  expect(countShots(BOARD, "all")).toBe(5);
  expect(filterScenes(board([shot(1)]), "failed")).toEqual([]);
});

test("the shot that plays is found by the time of the film", () => {
  const shots = shotsOf(BOARD);
  const at = (seconds: number) => shotAt(shots, seconds)?.key.slice(-6);
  expect([0, 1.9, 2, 5, 99].map(at)).toEqual(["sh0010", "sh0010", "sh0020", "sh0030", "sh0050"]);
  expect(shotAt([], 1)).toBeNull();
});
