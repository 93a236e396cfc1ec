/** A member of the cast as a form, the lines that can be heard of it, and the places of an episode. */

import type { CharacterPage, EpisodePage, SceneLine, ScenePage, StoryWarning } from "@/api/shows";
import { changesOf as changesOfForm, formOf as formOfFields, type Change, type FieldGroup, type Form } from "@/fields";

const HAIR = ["short", "long", "ponytail", "bob", "spiky", "bun", "braids", "bald", "slicked"];
const OUTFITS = ["jacket", "coat", "suit", "lab_coat", "hoodie", "dress", "uniform", "armour", "shirt", "robe"];
const BUILDS = ["slim", "average", "broad", "small", "fat", "plump"];
const PRESENTS = ["feminine", "masculine", "neutral"];

export const FIELD_GROUPS: readonly FieldGroup<CharacterPage>[] = [
  {
    title: "Who this is",
    fields: [
      { path: ["description"], label: "Description", kind: "long", read: (one) => one.description, isRequired: true },
      { path: ["aliases"], label: "Other names, with commas", kind: "list", read: (one) => one.aliases.join(", ") },
    ],
  },
  {
    title: "Appearance",
    fields: [
      { path: ["appearance", "hair"], label: "Hair colour", kind: "colour", read: (one) => one.appearance.hair_colour },
      { path: ["appearance", "hair_style"], label: "Hair", kind: "choice", choices: HAIR, read: (one) => one.appearance.hair_style },
      { path: ["appearance", "eyes"], label: "Eyes", kind: "colour", read: (one) => one.appearance.eye_colour },
      { path: ["appearance", "skin"], label: "Skin", kind: "colour", read: (one) => one.appearance.skin_colour },
      { path: ["appearance", "outfit"], label: "Outfit colour", kind: "colour", read: (one) => one.appearance.outfit_colour },
      { path: ["appearance", "outfit_style"], label: "Outfit", kind: "choice", choices: OUTFITS, read: (one) => one.appearance.outfit_style },
      { path: ["appearance", "accent"], label: "Accent colour", kind: "colour", read: (one) => one.appearance.accent_colour },
      { path: ["appearance", "build"], label: "Build", kind: "choice", choices: BUILDS, read: (one) => one.appearance.build },
      { path: ["appearance", "presents"], label: "Presents", kind: "choice", choices: PRESENTS, read: (one) => one.appearance.presents },
      { path: ["appearance", "age"], label: "Age, years", kind: "number", low: 1, high: 120, read: (one) => String(one.appearance.age_years) },
      { path: ["appearance", "features"], label: "Features, with commas", kind: "list", read: (one) => one.appearance.features.join(", ") },
    ],
  },
  {
    title: "Voice",
    fields: [
      { path: ["voice", "variant"], label: "Variant, such as f2 or m3", kind: "text", read: (one) => one.voice.variant },
      { path: ["voice", "pitch"], label: "Pitch, 0 to 99", kind: "number", low: 0, high: 99, read: (one) => String(one.voice.pitch) },
      { path: ["voice", "rate"], label: "Words per minute", kind: "number", low: 80, high: 300, read: (one) => String(one.voice.rate_wpm) },
      { path: ["voice", "language"], label: "Language", kind: "text", read: (one) => one.voice.language },
      { path: ["voice", "service_voice"], label: "Voice of the service", kind: "text", read: (one) => one.voice.service_voice },
    ],
  },
];

/** Return what the form begins with: what the file states, and what was derived where it states nothing. */
export function formOf(character: CharacterPage): Form {
  return formOfFields(FIELD_GROUPS, character);
}

/** Return the changes of the file that make of a character what the form says; what is emptied is derived again. */
export function changesOf(character: CharacterPage, form: Readonly<Form>): Change[] {
  return changesOfForm(FIELD_GROUPS, character, form);
}

/** Return a line of each character that can be heard, an accepted one where there is one. */
export function voiceSamples(episode: Pick<EpisodePage, "scenes">): Map<string, SceneLine> {
  const samples = new Map<string, SceneLine>();
  for (const line of episode.scenes.flatMap(({ lines }) => lines)) {
    if (!line.voice) continue;
    const known = samples.get(line.character);
    if (!known || (known.voice?.state === "rejected" && line.voice.state !== "rejected")) samples.set(line.character, line);
  }
  return samples;
}

export interface PlaceScenes {
  place: string;
  scenes: ScenePage[];
  /** What its scenes say that is used otherwise than written, or was not understood. */
  warnings: StoryWarning[];
}

/** Return the places of an episode in the order in which they are first seen, each with its scenes. */
export function placesOf({ scenes, warnings }: Pick<EpisodePage, "scenes" | "warnings">): PlaceScenes[] {
  const places = new Map<string, PlaceScenes>();
  const ofScript = warnings.filter(({ file }) => file.endsWith(".fountain"));
  for (const [at, scene] of scenes.entries()) {
    const end = scenes[at + 1]?.line ?? Infinity;
    const place = places.get(scene.place) ?? { place: scene.place, scenes: [], warnings: [] };
    place.scenes.push(scene);
    place.warnings.push(...ofScript.filter(({ line }) => line >= scene.line && line < end));
    places.set(scene.place, place);
  }
  return [...places.values()];
}
