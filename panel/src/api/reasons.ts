/** Why a person may reject a take: the list of `tower reject`, so that reasons can be counted. */

export interface RejectReason {
  kind: string;
  /** The take it is about; "" for the shot as a whole. */
  stage: "keyframe" | "clip" | "";
  text: string;
}

export const REJECT_REASONS: readonly RejectReason[] = [
  { kind: "not-the-story", stage: "", text: "It does not show what the scene needs" },
  { kind: "overall", stage: "", text: "The shot as a whole" },
  { kind: "composition", stage: "keyframe", text: "How the picture is composed" },
  { kind: "lighting", stage: "keyframe", text: "The light and its colours" },
  { kind: "style", stage: "keyframe", text: "It does not fit the show's style" },
  { kind: "wrong-character", stage: "keyframe", text: "Somebody other than planned" },
  { kind: "off-model", stage: "keyframe", text: "A character does not look like the sheet" },
  { kind: "wrong-colours", stage: "keyframe", text: "Colours of hair, skin or outfit are wrong" },
  { kind: "anatomy", stage: "keyframe", text: "Hands, faces or bodies are deformed" },
  { kind: "blurry", stage: "keyframe", text: "The picture is soft" },
  { kind: "artefacts", stage: "keyframe", text: "Spots, seams or letters that do not belong" },
  { kind: "wrong-place", stage: "keyframe", text: "Place, time of day or weather differ" },
  { kind: "acting", stage: "clip", text: "What faces and bodies express" },
  { kind: "motion", stage: "clip", text: "How things move" },
  { kind: "camera", stage: "clip", text: "What the camera does" },
  { kind: "too-still", stage: "clip", text: "Too little moves" },
  { kind: "too-restless", stage: "clip", text: "Too much moves" },
  { kind: "flicker", stage: "clip", text: "The picture flickers or shapes boil" },
  { kind: "drifts", stage: "clip", text: "The clip drifts away from its keyframe" },
];
