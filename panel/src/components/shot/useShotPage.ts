/** What the shot's page shows: which take, what it is compared with, and what a person decides about it. */

import { computed, ref, shallowRef, watch, type Ref } from "vue";

import { newKey } from "@/api/client";
import { ApiError } from "@/api/problems";
import {
  approveShot,
  askForAnother,
  chooseTake,
  lockTake,
  readmitTake,
  rejectTake,
  releaseTake,
  waiveGate,
  type Decision,
  type RejectionWords,
  type RunOffer,
  type Shot,
  type ShotTake,
} from "@/api/shots";
import { beginRun } from "@/api/work";
import type { WishWords } from "@/components/shot/AnotherDialog.vue";
import type { ViewMode } from "@/components/shot/TakeViewer.vue";
import { useRuns } from "@/composables/useRuns";
import { useToasts } from "@/composables/useToasts";
import { gateName, openingStage, takeName, takesOf, type Edge } from "@/shot";
import { sentence, shotName } from "@/words";

/** A decision that waits for its reason. */
export interface WhyQuestion {
  heading: string;
  text: string;
  verb: string;
  placeholder: string;
  done: string;
  send: (shot: Shot, why: string) => Promise<Decision>;
}

export type DialogName = "why" | "reject" | "another" | "import" | "note";

const LOCKABLE = ["keyframe", "clip"];

/** Which take is shown, and what is beside it. */
export function useShownTakes(shot: Ref<Shot | null>, wanted: () => string) {
  const shownId = ref("");
  const otherId = ref("");
  const edge = shallowRef<Edge | null>(null);
  const mode = ref<ViewMode>("one");

  const takes = computed(() => (shot.value ? takesOf(shot.value) : []));
  const shown = computed(() => takes.value.find((take) => take.summary.id === shownId.value) ?? null);
  const stage = computed(() => shot.value?.stages.find((one) => one.stage === shown.value?.summary.stage) ?? null);
  const other = computed<ShotTake | Edge | null>(
    () => edge.value ?? takes.value.find((take) => take.summary.id === otherId.value) ?? null,
  );

  watch(shot, (now, before) => {
    if (!now) return;
    if (now.key !== before?.key) stopComparing();
    if (takes.value.some((take) => take.summary.id === shownId.value)) return;
    const asked = takes.value.find((take) => take.summary.id === wanted());
    shownId.value = (asked ?? openingStage(now)?.takes[0])?.summary.id ?? "";
  });

  function stopComparing(): void {
    [otherId.value, edge.value, mode.value] = ["", null, "one"];
  }

  function show(id: string): void {
    if (id === otherId.value) otherId.value = shownId.value;
    shownId.value = id;
  }

  function showStage(name: string): void {
    const take = shot.value?.stages.find((one) => one.stage === name)?.takes[0];
    if (take) show(take.summary.id);
  }

  /** Go to another take of the stage. */
  function step(by: number): void {
    const list = stage.value?.takes ?? [];
    const now = list.findIndex((take) => take.summary.id === shownId.value);
    const next = list[Math.max(0, Math.min(list.length - 1, now + by))];
    if (next) show(next.summary.id);
  }

  function compare(id: string): void {
    if (otherId.value === id && !edge.value) return stopComparing();
    [otherId.value, edge.value] = [id, null];
    if (mode.value === "one") mode.value = "beside";
  }

  function compareEdge(now: Edge): void {
    if (edge.value?.shot.key === now.shot.key) return stopComparing();
    [otherId.value, edge.value] = ["", now];
    if (mode.value === "one") mode.value = "beside";
  }

  /** Show takes in another way; without one to compare with, the nearest is taken. */
  function setMode(to: ViewMode): void {
    if (to !== "one" && !other.value) {
      const list = stage.value?.takes ?? [];
      const next = list.find((take) => take.summary.id !== shownId.value) ?? takes.value.find((take) => take.summary.id !== shownId.value);
      if (!next) return;
      otherId.value = next.summary.id;
    }
    mode.value = to;
  }

  return { takes, shown, stage, other, edge, otherId, mode, show, showStage, step, compare, compareEdge, setMode };
}

/** The questions that a decision about a take asks. */
export const questions = {
  choose: (take: ShotTake): WhyQuestion => ({
    heading: `Use ${nameOf(take)}`,
    text: "It is used instead of the take in use, until what the shot is made of changes.",
    verb: "Use it",
    placeholder: "The acting is better",
    done: `${sentence(nameOf(take))} is used`,
    send: (shot, why) => chooseTake(shot, take.summary.id, why),
  }),
  lock: (take: ShotTake): WhyQuestion => ({
    heading: `Lock ${nameOf(take)}`,
    text: "It is used although prompt, style or plan change. When what it rests on has changed, this page says so.",
    verb: "Lock it",
    placeholder: "This is the one",
    done: `${sentence(nameOf(take))} is locked`,
    send: (shot, why) => lockTake(shot, take.summary.id, why),
  }),
  release: (take: ShotTake): WhyQuestion => ({
    heading: `Let go of ${nameOf(take)}`,
    text: `It is ${take.lock || "locked"}. From now on it is judged as any other take.`,
    verb: "Let go",
    placeholder: "The scene was rewritten",
    done: `${sentence(nameOf(take))} is released`,
    send: (shot, why) => releaseTake(shot, take.summary.stage === "keyframe" ? "keyframe" : "clip", why),
  }),
  readmit: (take: ShotTake): WhyQuestion => ({
    heading: `Take the rejection of ${nameOf(take)} back`,
    text: take.rejection,
    verb: "Take it back",
    placeholder: "It was my screen",
    done: `${sentence(nameOf(take))} may be used again`,
    send: (shot, why) => readmitTake(shot, take.summary.id, why),
  }),
  waive: (take: ShotTake, gate: string): WhyQuestion => ({
    heading: `Waive “${gateName(gate)}”`,
    text: `${sentence(nameOf(take))} passes this gate, whatever it measured. Its other gates still judge it.`,
    verb: "Waive it",
    placeholder: "It is meant to be soft",
    done: `${sentence(nameOf(take))} passes “${gateName(gate)}”`,
    send: (shot, why) => waiveGate(shot, take.summary.id, gate, why),
  }),
};

export function nameOf(take: ShotTake): string {
  return `${take.summary.stage} ${takeName(take).toLowerCase()}`;
}

/** Why a decision about a take cannot be made; "" where it can. */
export const whyNot = {
  approve: (take: ShotTake | null) => (!take ? "There is no take yet" : take.is_used ? "" : "Only the take in use is approved: use this one first"),
  reject: (take: ShotTake | null) => {
    if (!take) return "There is no take yet";
    if (take.rejection) return take.rejection;
    return take.lock ? `It is ${take.lock}: let go of it first` : "";
  },
  choose: (take: ShotTake | null) => {
    if (!take) return "There is no take yet";
    if (take.is_used) return "It is in use";
    if (take.rejection) return "It is rejected: take that back first";
    return take.is_current ? "" : "It was made of an earlier plan: lock it to have it used all the same";
  },
  lock: (take: ShotTake | null) => {
    if (!take) return "There is no take yet";
    if (!LOCKABLE.includes(take.summary.stage)) return "Only keyframes and clips are locked";
    return take.rejection ? "It is rejected: take that back first" : "";
  },
};

/** Carries decisions out: what went wrong is told in the open dialog, and a conflict shows the shot as it is now. */
export function useDecisions(shot: Ref<Shot | null>, reload: () => Promise<void>) {
  const { tell, tellError } = useToasts();
  const { refresh } = useRuns();
  const isBusy = ref(false);
  const dialog = ref<"" | DialogName>("");
  const error = ref<unknown>(null);
  const question = shallowRef<WhyQuestion | null>(null);
  /** The run of a wish that is on record, and the key with which it is started. */
  const offer = shallowRef<{ run: RunOffer; key: string; told: string } | null>(null);

  function open(name: DialogName): void {
    [error.value, offer.value, dialog.value] = [null, null, name];
  }

  function ask(about: WhyQuestion): void {
    question.value = about;
    open("why");
  }

  /** Send a decision, and return whether it is on record. */
  async function carryOut(done: string, send: (shot: Shot) => Promise<Decision>): Promise<boolean> {
    if (!shot.value || isBusy.value) return false;
    [isBusy.value, error.value] = [true, null];
    try {
      const decision = await send(shot.value);
      tell(done, [...decision.learned, decision.warning].filter(Boolean).join(" "));
      dialog.value = "";
      await reload();
      return true;
    } catch (failure) {
      if (dialog.value) error.value = failure;
      else tellError(failure);
      if (failure instanceof ApiError) await reload(); // what is refused may be because the shot is no longer as it is shown
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  async function sendWhy(why: string): Promise<void> {
    const now = question.value;
    if (now) await carryOut(now.done, (seen) => now.send(seen, why));
  }

  async function approve(): Promise<void> {
    await carryOut(`${shotName(shot.value?.key ?? "")} approved`, approveShot);
  }

  async function reject(take: ShotTake, words: RejectionWords): Promise<void> {
    await carryOut(`${sentence(nameOf(take))} rejected`, (seen) => rejectTake(seen, words));
  }

  /** Put a wish on record and start its run; where only the run fails, the wish is not sent again. */
  async function another(take: ShotTake | null, words: WishWords): Promise<void> {
    if (!shot.value || isBusy.value) return;
    [isBusy.value, error.value] = [true, null];
    const stage = !take ? "" : take.summary.stage === "keyframe" ? "keyframe" : "clip";
    try {
      if (!offer.value) {
        const wish = await askForAnother(shot.value, words, stage);
        const told = [wish.followed.length ? `${sentence(wish.followed.join(", "))}.` : "", wish.warning].filter(Boolean).join(" ");
        if (!words.starts) {
          tell("Your wish is on record", told);
          dialog.value = "";
          return await reload();
        }
        offer.value = { run: wish.run, key: newKey(), told };
      }
      await beginRun(offer.value.run, offer.value.key);
      void refresh();
      tell("Another take is being made", offer.value.told || "It shows here as soon as it is there.");
      dialog.value = "";
      await reload();
    } catch (failure) {
      error.value = failure;
      if (failure instanceof ApiError) await reload(); // what is refused may be because the shot is no longer as it is shown
    } finally {
      isBusy.value = false;
    }
  }

  return { isBusy, dialog, error, question, offer, open, ask, sendWhy, approve, reject, another };
}
