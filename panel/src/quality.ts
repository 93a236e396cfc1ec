/** Figures of quality as charts show them. */

import type { GroupFigures, SeriesPoint, StageSeries } from "@/api/quality";
import { sentence } from "@/words";

export interface ChartData {
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
}

/** Return a curve of each stage over the numbers of its attempts; stages have different numbers of them. */
export function curvesOf(stages: readonly StageSeries[], read: (stage: StageSeries) => readonly SeriesPoint[]): ChartData {
  const drawn = stages.filter((stage) => read(stage).length);
  const numbers = [...new Set(drawn.flatMap((stage) => read(stage).map(({ attempt }) => attempt)))].toSorted((one, other) => one - other);
  const series = drawn.map((stage) => {
    const values = new Map(read(stage).map(({ attempt, value }) => [attempt, value]));
    return { name: sentence(stage.stage), values: numbers.map((number) => values.get(number) ?? null) };
  });
  return { labels: numbers.map(String), series };
}

/** Return shares accepted as bars, by a character, a framing or a mood, for each stage and engine. */
export function sharesBy(groups: readonly GroupFigures[], by: string): ChartData {
  const own = groups.filter((group) => group.by === by);
  const values = [...new Set(own.map(({ value }) => value))];
  const makers = [...new Set(own.map(makerOf))];
  const shares = new Map(own.map((group) => [`${makerOf(group)} ${group.value}`, group.accepted]));
  return {
    labels: values.map(sentence),
    series: makers.map((name) => ({ name, values: values.map((value) => shares.get(`${name} ${value}`) ?? null) })),
  };
}

/** `Keyframe · anime_keyframe`: the stage, and who made it. */
export function makerOf({ stage, engine }: { stage: string; engine: string }): string {
  return `${sentence(stage)} · ${engineName(engine)}`;
}

/** An engine's name without what says where a workflow runs. */
export function engineName(engine: string): string {
  return engine.replace(/^(comfyui|probe):/, "");
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
