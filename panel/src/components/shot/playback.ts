/** Clips that play in step: one clock, counted in frames, for every picture that is shown. */

import { computed, onBeforeUnmount, ref, shallowReactive, watch, type ComputedRef, type Ref } from "vue";

import { frameAt, frameTime } from "@/shot";

const MAX_RATE = 4;
/** How far a clip may be from the first one before it is set right while it plays, in frames. */
const MAX_DRIFT_FRAMES = 1.5;

export interface Playback {
  frame: Ref<number>;
  frames: ComputedRef<number>;
  /** 0 paused, negative backwards. */
  rate: Ref<number>;
  isPlaying: ComputedRef<boolean>;
  loops: Ref<boolean>;
  problem: Ref<string>;
  /** Take a clip in, and return what takes it out again. */
  add: (video: HTMLVideoElement) => () => void;
  seek: (frame: number) => void;
  step: (by: number) => void;
  shuttle: (direction: 1 | -1) => void;
  toggle: () => void;
  pause: () => void;
}

export function usePlayback(fps: () => number, plannedFrames: () => number): Playback {
  const videos = shallowReactive(new Set<HTMLVideoElement>());
  const lengths = shallowReactive(new Map<HTMLVideoElement, number>());
  const frame = ref(0);
  const rate = ref(0);
  const loops = ref(true);
  const problem = ref("");
  let request = 0;
  let last = 0;

  const frames = computed(() => {
    const longest = Math.max(0, ...lengths.values());
    return longest ? Math.max(1, Math.round(longest * fps())) : plannedFrames();
  });
  const isPlaying = computed(() => rate.value !== 0);

  /** The clip that the others follow: the longest. */
  function leader(): HTMLVideoElement | null {
    let found: HTMLVideoElement | null = null;
    for (const video of videos) if (!found || (lengths.get(video) ?? 0) > (lengths.get(found) ?? 0)) found = video;
    return found;
  }

  function show(to: number): void {
    frame.value = Math.max(0, Math.min(frames.value - 1, to));
    for (const video of videos) place(video);
  }

  function place(video: HTMLVideoElement): void {
    const end = lengths.get(video);
    const time = frameTime(frame.value, fps());
    if (end !== undefined) video.currentTime = Math.min(time, Math.max(0, end - 0.5 / fps()));
  }

  function seek(to: number): void {
    pause();
    show(Math.round(to));
  }

  async function start(video: HTMLVideoElement): Promise<void> {
    video.playbackRate = rate.value;
    try {
      await video.play();
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      rate.value = 0;
      problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  function run(speed: number): void {
    window.cancelAnimationFrame(request);
    rate.value = videos.size ? speed : 0;
    if (rate.value <= 0) for (const video of videos) video.pause();
    if (rate.value === 0) return;
    const isAtEnd = rate.value > 0 ? frame.value >= frames.value - 1 : frame.value <= 0;
    if (isAtEnd) show(rate.value > 0 ? 0 : frames.value - 1);
    if (rate.value > 0) for (const video of videos) void start(video);
    last = performance.now();
    request = window.requestAnimationFrame(tick);
  }

  function tick(now: number): void {
    const first = leader();
    if (!first) return void run(0);
    if (rate.value < 0) tickBack(now);
    else {
      frame.value = Math.min(frames.value - 1, frameAt(first.currentTime, fps()));
      for (const video of videos) {
        const isApart = Math.abs(video.currentTime - first.currentTime) * fps() > MAX_DRIFT_FRAMES;
        if (video !== first && isApart && first.currentTime < (lengths.get(video) ?? 0)) video.currentTime = first.currentTime;
      }
      if (first.ended) return atEnd();
    }
    request = window.requestAnimationFrame(tick);
  }

  /** Browsers do not play backwards: frames are shown one by one. */
  function tickBack(now: number): void {
    const passed = Math.floor(((now - last) / 1000) * fps() * -rate.value);
    if (passed < 1) return;
    last = now;
    if (frame.value > 0) show(frame.value - passed);
    else if (loops.value) show(frames.value - 1);
    else run(0);
  }

  function atEnd(): void {
    const speed = rate.value;
    if (!loops.value) return void run(0);
    show(0);
    run(speed);
  }

  function pause(): void {
    if (rate.value === 0) return;
    run(0);
    show(frame.value); // every clip on the same frame, exactly
  }

  function add(video: HTMLVideoElement): () => void {
    const onLength = () => {
      if (!Number.isFinite(video.duration)) return;
      lengths.set(video, video.duration);
      if (rate.value > 0) void start(video);
      place(video);
    };
    videos.add(video);
    video.addEventListener("loadedmetadata", onLength);
    if (video.readyState >= 1) onLength();
    return () => {
      video.removeEventListener("loadedmetadata", onLength);
      videos.delete(video);
      lengths.delete(video);
      if (!videos.size) run(0);
    };
  }

  watch(frames, (count) => {
    if (frame.value >= count) show(count - 1);
  });
  onBeforeUnmount(() => window.cancelAnimationFrame(request));
  return {
    frame,
    frames,
    rate,
    isPlaying,
    loops,
    problem,
    add,
    seek,
    step: (by) => seek(frame.value + by),
    shuttle: (direction) => {
      const faster = Math.sign(rate.value) === direction ? rate.value * 2 : direction;
      run(Math.max(-MAX_RATE, Math.min(MAX_RATE, faster)));
    },
    toggle: () => (isPlaying.value ? pause() : run(1)),
    pause,
  };
}
