/** What a storyboard shows of its shots: filters, and which shot plays when. */

import type { Storyboard, StoryboardScene, StoryboardShot, TakeSummary } from "@/api/types";

export type Filter = "all" | "failed" | "waiting" | "changed";

export const FILTERS: readonly { value: Filter; text: string }[] = [
  { value: "all", text: "All" },
  { value: "failed", text: "Failed" },
  { value: "waiting", text: "Waiting" },
  { value: "changed", text: "Changed" },
];

const SHOWS: Readonly<Record<Filter, (shot: StoryboardShot) => boolean>> = {
  all: () => true,
  failed: (shot) => shot.state === "rejected" || shot.rejected_by !== null,
  waiting: (shot) => shot.state === "waiting" || shot.state === "missing",
  changed: (shot) => shot.state === "changed",
};

export function isFilter(value: unknown): value is Filter {
  return FILTERS.some((filter) => filter.value === value);
}

export function shotsOf(board: Storyboard): StoryboardShot[] {
  return board.scenes.flatMap((scene) => scene.shots);
}

/** Return the scenes with the shots that a filter shows, without those that then have none. */
export function filterScenes(board: Storyboard, filter: Filter): StoryboardScene[] {
  if (filter === "all") return board.scenes;
  return board.scenes
    .map((scene) => ({ ...scene, shots: scene.shots.filter(SHOWS[filter]) }))
    .filter((scene) => scene.shots.length);
}

export function countShots(board: Storyboard, filter: Filter): number {
  return shotsOf(board).filter(SHOWS[filter]).length;
}

/** Return the shot that is seen at a time of the film; shots are in the order of the film. */
export function shotAt(shots: readonly StoryboardShot[], seconds: number): StoryboardShot | null {
  let [low, high] = [0, shots.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const shot = shots[middle];
    if (shot && shot.start_s <= seconds + 0.001) low = middle;
    else high = middle - 1;
  }
  return shots[low] ?? null;
}

/** The take whose score a shot shows: the clip where there is one. */
export function shownTake(shot: StoryboardShot): TakeSummary | null {
  return shot.clip ?? shot.keyframe;
}

export function pictureOf(shot: StoryboardShot): string | null {
  return shot.keyframe?.thumb_url ?? shot.clip?.thumb_url ?? null;
}
