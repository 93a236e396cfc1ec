/** How a show's takes did: series over time, tables, costs, and what was learned. */

import { get } from "./client";
import { endpoints } from "./endpoints";
import type { QualityPage } from "./schema";

export type { GroupFigures, LearnedLesson, LearnedPattern, QualityPage as Quality, SeriesPoint, StageSeries } from "./schema";

export async function readQuality(project: string, signal?: AbortSignal): Promise<QualityPage> {
  return (await get<QualityPage>(endpoints.quality(project), signal)).data;
}
