/** What is picked for a batch, and the runs that it comes to. */

import type { RunRequest, Storyboard, StoryboardShot } from "@/api/types";
import { shotsOf } from "@/storyboard";
import { episodeOf } from "@/words";

export interface Picked {
  /** Episodes that are picked whole. */
  episodes: ReadonlySet<string>;
  /** Keys of shots, those of whole episodes among them. */
  shots: ReadonlySet<string>;
}

/** Whether all, some or none of some shots are picked. */
export function pickState(shots: readonly Pick<StoryboardShot, "key">[], picked: ReadonlySet<string>): "all" | "some" | "none" {
  const count = shots.filter(({ key }) => picked.has(key)).length;
  if (!count) return "none";
  return count === shots.length ? "all" : "some";
}

/** Return the shots that are picked, as they were seen, in the order of the story. */
export function pickedShots(picked: Picked, boards: ReadonlyMap<string, Storyboard>): StoryboardShot[] {
  return [...boards.values()].flatMap(shotsOf).filter(({ key }) => picked.shots.has(key));
}

/** Every episode of which something is picked. */
export function pickedEpisodes(picked: Picked): string[] {
  return [...new Set([...picked.episodes, ...[...picked.shots].map(episodeOf)])].toSorted();
}

/** Return the runs that render what is picked: of whole episodes what is missing, of others those shots again. */
export function renderRequests(picked: Picked): RunRequest[] {
  return pickedEpisodes(picked).map((episode) =>
    picked.episodes.has(episode)
      ? { kind: "episode", keys: [episode] }
      : { kind: "shots", keys: [...picked.shots].filter((key) => episodeOf(key) === episode).toSorted() },
  );
}

/** Return the runs that plan the episodes of what is picked again, as their files are now. */
export function planRequests(picked: Picked): RunRequest[] {
  return pickedEpisodes(picked).map((episode) => ({ kind: "episode", keys: [episode], stages: ["plan"] }));
}

/** `3 shots of 2 episodes`, `1 episode`. */
export function pickedText(picked: Picked): string {
  const [shots, episodes] = [picked.shots.size, pickedEpisodes(picked).length];
  const ofEpisodes = `${episodes} ${episodes === 1 ? "episode" : "episodes"}`;
  if (!shots) return episodes ? ofEpisodes : "Nothing";
  return `${shots} ${shots === 1 ? "shot" : "shots"} of ${ofEpisodes}`;
}
