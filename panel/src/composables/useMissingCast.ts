/** Character files for the speakers of an episode who have none: written at the press of a button, and told. */

import { ref, type Ref } from "vue";

import { writeMissingCast } from "@/api/shows";

import { useToasts } from "./useToasts";

export function useMissingCast(): { isWriting: Ref<boolean>; write: (project: string, episode: string) => Promise<void> } {
  const { tell, tellError } = useToasts();
  const isWriting = ref(false);

  async function write(project: string, episode: string): Promise<void> {
    isWriting.value = true;
    try {
      const { cast } = await writeMissingCast(project, episode);
      const undescribed = cast.filter((one) => !one.is_described).map(({ name }) => name);
      const near = cast.filter((one) => one.near).map((one) => `${one.name} may be ${one.near}: if so, correct the script.`);
      const told = undescribed.length ? [`The script does not say what ${undescribed.join(", ")} looks like: describe it on the page Cast.`] : [];
      if (cast.length) tell(`Character files written for ${cast.map(({ name }) => name).join(", ")}`, [...told, ...near].join(" "));
      else tell(`Every speaker of ${episode} has a character file`);
    } catch (failure) {
      tellError(failure);
    } finally {
      isWriting.value = false;
    }
  }

  return { isWriting, write };
}
