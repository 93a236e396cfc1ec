import { expect, test } from "vitest";

import { clock, episodeOf, projectOf, sentence, shotName, stateLabel, timeLeft } from "@/words";

test("lengths and times left read as people say them", () => {
  expect([0, 5.9, 65, 3725].map(clock)).toEqual(["0:00", "0:05", "1:05", "1:02:05"]);
  expect([3, 42, 310, 9000].map(timeLeft)).toEqual([
    "a few seconds left",
    "about 40 s left",
    "about 5 min left",
    "about 2.5 h left",
  ]);
});

test("keys lead to their shot, episode and project, also where a project has a dash", () => {
  const key = "my-show-e01-sc02-sh0030";
  expect([shotName(key), episodeOf(key), projectOf(episodeOf(key))]).toEqual(["sc02 · sh0030", "my-show-e01", "my-show"]);
});

test("a state that the panel does not know is shown as the API has it", () => {
  expect(stateLabel("ready").text).toBe("Ready");
  expect(stateLabel("in_the_cloud")).toEqual({ text: "In the cloud", tone: "dim" });
  expect(sentence("close_up")).toBe("Close up");
});
