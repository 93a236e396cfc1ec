"""What a writer's files say, once read and found valid: projects, characters, episodes, scenes, lines.

Only data. Reading YAML belongs in `show_file`, reading Fountain in `fountain` and `screenplay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.digest import omit_when_default
from tower_anime_assets.production.spending import SpendingCap
from tower_anime_assets.production.story.model_map import MappedFile
from tower_anime_assets.production.story.sizes import STANDARD, derive_working_size


@dataclass(frozen=True)
class Appearance:
    """How a character looks; colours are `#rrggbb`.

    Of who is not shaped like a human, skin and outfit have the one colour of the body (fur, plumage, metal, paint),
    hair has it too unless a mane is described; the accent is that of collars, stripes, clothes and the like.

    Attributes:
        hair_style: One of short, long, ponytail, bob, spiky, bun, braids, bald, slicked.
        outfit_style: One of jacket, coat, suit, lab_coat, hoodie, dress, uniform, armour, shirt, robe.
        build: One of slim, average, broad, small, fat, plump.
        features: Distinct marks such as "cybernetic arms", "monocle", "holographic tattoos".
        kind: One of human, animal, bird, robot, spirit, monster, vehicle, thing.
        species: The writer's word for what a character is, such as "cat", "android" or "dragon"; "" for a human.
        height: Relative to a grown human: 1.0 for most adults, 0.65 for a child of 6, 0.3 for a cat.
        mobility: "wheelchair", "floating", "four-legged" or "two-legged", where it is known and not a matter of course.
        undrawn: Phrases of the description about looks that no table knows, in the writer's words: the painter leaves
            them out.
    """

    hair_colour: str
    hair_style: str
    skin_colour: str
    eye_colour: str
    outfit_colour: str
    outfit_style: str
    accent_colour: str
    build: str = "average"
    presents: str = "neutral"  # feminine, masculine or neutral: the drawn face, and the default voice
    age_years: int = 25
    features: tuple[str, ...] = ()
    kind: str = omit_when_default("human")
    species: str = omit_when_default("")
    height: float = omit_when_default(1.0)
    mobility: str = omit_when_default("")
    undrawn: tuple[str, ...] = omit_when_default(())


@dataclass(frozen=True)
class Voice:
    """How a character sounds.

    Attributes:
        variant: Name of an embedded voice variant, or "" for one chosen from the character.
        pitch: 0..99, 50 is the synthesiser's middle.
        rate_wpm: Speaking rate, words per minute.
        language: BCP 47 tag.
        service_voice: What a voice service calls this voice, or "".
        vocal_tract: Length of the vocal tract as a share of a grown human's: a child's is shorter, its voice higher
            and brighter; a dragon's is longer.
    """

    variant: str = ""
    pitch: int = 50
    rate_wpm: int = 165
    language: str = "en"
    service_voice: str = ""
    vocal_tract: float = omit_when_default(1.0)


@dataclass(frozen=True)
class Lora:
    """A character's or style's LoRA file as a ComfyUI server knows it.

    Attributes:
        base_model: What it was trained on, in the writer's words; see `production.base_models`.
        stage: `keyframes` or `clips`, where the writer says what it is for; "" to go by the base model.
    """

    file: str
    base_model: str = ""
    strength_model: float = 0.8
    strength_clip: float = 0.8
    trigger: str = ""
    stage: str = omit_when_default("")


@dataclass(frozen=True)
class Character:
    """One member of the cast; what its file leaves open has been derived or defaulted.

    Attributes:
        lora: The LoRA under `lora` in its file.
        loras: Those under `loras`; `all_loras` has all of them.
        references: Paths relative to the project folder.
    """

    id: str
    name: str
    description: str
    appearance: Appearance
    voice: Voice
    aliases: tuple[str, ...] = ()
    lora: Lora | None = None
    references: tuple[str, ...] = ()
    loras: tuple[Lora, ...] = omit_when_default(())

    @property
    def all_loras(self) -> tuple[Lora, ...]:
        """Every LoRA of the character, in the order of its file."""
        return (*([self.lora] if self.lora is not None else []), *self.loras)


@dataclass(frozen=True)
class Style:
    """The style that all engines of a project share."""

    art_direction: str = "clean cel-shaded anime, crisp line art"
    palette: tuple[str, ...] = ("#14213d", "#fca311", "#e5e5e5", "#d62246", "#4b1d3f")
    positive: str = "anime, cel shading, detailed background"
    negative: str = "lowres, blurry, deformed hands, extra fingers, text, watermark"
    checkpoint: str = ""
    loras: tuple[Lora, ...] = ()


@dataclass(frozen=True)
class WorkingSize:
    """The size at which pictures are made, px; 0 where the writer leaves it open."""

    width_px: int = 0
    height_px: int = 0


@dataclass(frozen=True)
class Delivery:
    """Format of the finished master.

    Attributes:
        width_px: Width of the master, even; likewise its height.
        max_clip_frames: Longest clip, frames, of the form 8n + 1.
        loudness_lufs: Integrated loudness, LUFS.
        true_peak_dbtp: Highest true peak allowed after encoding, dBTP.
        working: The size that pictures are made at, as written.
        quality: The level at which a run makes pictures; never written here, see `story.quality`.
    """

    width_px: int = 768
    height_px: int = 512
    fps: int = 24
    max_clip_frames: int = 121
    loudness_lufs: float = -16.0
    true_peak_dbtp: float = -1.0
    working: WorkingSize = omit_when_default(WorkingSize())  # noqa: RUF009 - a dataclass field
    quality: str = omit_when_default(STANDARD)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the master."""
        return self.width_px, self.height_px

    @property
    def working_px(self) -> tuple[int, int]:
        """Width and height at which pictures are made: as written, else derived from the master's."""
        if self.working.width_px and self.working.height_px:
            return self.working.width_px, self.working.height_px
        return derive_working_size(self.width_px, self.height_px, self.quality)


@dataclass(frozen=True)
class EngineChoices:
    """Which engine makes what: `auto` (the service if its URL is set), `embedded`, or a service's name.

    Attributes:
        candidates: How many pictures a service makes of a keyframe in one job, 0 for as many as the workflow makes by
            itself; all are judged, the best is used.
        keyframes_from: Init image of a service's keyframes: `words` (none), `reference` (the character's picture) or
            `previous` (the last frame of the clip before).
        framing: What holds the framing of a service's keyframes: `words`, or `animatic` (control pictures of it).
        likeness: What a service's keyframes know characters by: `words`, or `references` (their pictures).
        upscale: Who brings clips to the delivery's size: `auto` (a service's upscaler where there is one, else clips
            are scaled as they are written), `embedded` (a stage of its own here), `off` (as they are written).
        interpolate: Who brings clips of another rate to the delivery's: `auto` (a service's workflow where there is
            one, else the embedded engine), or `off`: models are made to run at the delivery's rate.
    """

    director: str = "auto"
    keyframes: str = "auto"
    clips: str = "auto"
    voice: str = "auto"
    music: str = "auto"
    attempts: int = 3
    keyframes_from: str = "words"
    framing: str = omit_when_default("words")
    likeness: str = omit_when_default("words")
    upscale: str = omit_when_default("auto")
    interpolate: str = omit_when_default("auto")
    candidates: int = omit_when_default(0)


@dataclass(frozen=True)
class Learning:
    """What a project's attempts may learn from recorded ones.

    Attributes:
        suggest: Whether parameters are suggested at all.
        pins: Fixed values by parameter, such as `{"steps": 8}`.
        share_with: Ids of projects that learn from this one and vice versa, if they name it too.
    """

    suggest: bool = True
    pins: Mapping[str, float] = field(default_factory=dict)
    share_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class Memory:
    """Which projects see this one's facts.

    Attributes:
        share_with: Ids of projects whose facts this one sees and vice versa, if they name it too.
    """

    share_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class Routing:
    """How a workflow is chosen for a shot, where there are several; see `production.learning`.

    Attributes:
        strategy: best_quality, fastest, balanced, least_memory or round_robin.
        on_failure: `next` lets the next best workflow take over if the chosen one fails, `stop` does not.
        blocked: Workflows that are never used.
        pins: Workflow by place (`e01`, `e01-sc02`, `e01-sc02-sh0030`) or by framing (`close-up`).
        explore: Whether a little-known workflow is tried now and then.
        half_life_days: Age at which a run counts half, days.
        quality_weight: Weight of quality for `balanced`, 0 to ignore it; likewise the other weights.
        clip_patience_s: Seconds until an accepted clip at which `balanced` halves a workflow's value; likewise
            `keyframe_patience_s`.
        file: The file beside project.yaml that holds these rules, "" for project.yaml itself.
    """

    strategy: str = "balanced"
    on_failure: str = "stop"
    blocked: tuple[str, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    explore: bool = True
    half_life_days: float = 30.0
    quality_weight: float = 1.0
    acceptance_weight: float = 1.0
    speed_weight: float = 1.0
    memory_weight: float = 0.0
    clip_patience_s: float = 240.0
    keyframe_patience_s: float = 60.0
    file: str = ""


@dataclass(frozen=True)
class MusicFile:
    """A music file that a show brings, as `music/music.yaml` or a music note names it.

    Attributes:
        file: Path from the project's folder.
        moods: Moods of scenes that it suits; () where it is only used by name.
        sha256: Digest of its bytes, "" before it was found.
        length_s: Its length.
        line: Line of the file that names it.
    """

    file: str
    moods: tuple[str, ...] = ()
    title: str = ""
    composer: str = ""
    licence: str = ""
    credit: str = ""
    sha256: str = ""
    length_s: float = 0.0
    line: int = 0


@dataclass(frozen=True)
class Project:
    """A show: the contents of `project.yaml`, and the cast."""

    id: str
    title: str
    characters: tuple[Character, ...]
    logline: str = ""
    style: Style = Style()
    delivery: Delivery = Delivery()
    engines: EngineChoices = EngineChoices()
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # measure -> {"low": x, "high": y}
    seed: int = 1
    learning: Learning = Learning()
    memory: Memory = Memory()
    routing: Routing = Routing()
    quality: str = omit_when_default(STANDARD)  # the level of runs that are given none
    models: tuple[MappedFile, ...] = omit_when_default(())  # the project's map of model files
    warnings: tuple[StoryWarning, ...] = omit_when_default(())  # of project.yaml and the character files
    music: tuple[MusicFile, ...] = omit_when_default(())  # the files of music/music.yaml
    approvals: tuple[str, ...] = omit_when_default(())  # what people approve before the next stage begins
    caps: tuple[SpendingCap, ...] = omit_when_default(())  # how much may be spent on it, besides the studio's caps

    @property
    def loras(self) -> tuple[Lora, ...]:
        """Every LoRA of the show, those of the characters first, each file once."""
        by_file: dict[str, Lora] = {}
        for lora in (*(lora for character in self.characters for lora in character.all_loras), *self.style.loras):
            by_file.setdefault(lora.file, lora)
        return tuple(by_file.values())

    def character(self, character_id: str) -> Character:
        """Return the member of the cast with this id, or raise KeyError."""
        for character in self.characters:
            if character.id == character_id:
                return character
        raise KeyError(character_id)


@dataclass(frozen=True)
class Action:
    """One paragraph of action, as written."""

    text: str
    line: int


_OFF_SCREEN_EXTENSIONS = frozenset(
    {"VO", "OS", "OC", "RADIO", "PHONE", "INTERCOM", "COMMS", "COMM", "SPEAKER", "VOICEOVER"}
)


@dataclass(frozen=True)
class Speech:
    """One line: one speech of one character.

    Attributes:
        id: `sc02-l003`.
        character: Id of the speaker.
        text: What is said, without emphasis marks and parentheticals.
        parenthetical: Delivery notes such as "whispering", joined by "; ".
        extension: What follows the name in parentheses, such as "V.O." or "O.S.".
        dual: Spoken at the same time as the line before it.
        lyric: Sung.
        line: 1-based line in the script.
        window_s: Time that its voice was measured to need, seconds; 0 where the estimate from its text serves.
    """

    id: str
    character: str
    text: str
    parenthetical: str
    extension: str
    dual: bool
    lyric: bool
    line: int
    window_s: float = omit_when_default(0.0)

    @property
    def is_off_screen(self) -> bool:
        """Whether the speaker is heard but not seen."""
        words = set(self.extension.upper().replace(".", "").replace("/", " ").replace(",", " ").split())
        return not words.isdisjoint(_OFF_SCREEN_EXTENSIONS)


@dataclass(frozen=True)
class ShotNote:
    """A `[[shot: close-up, push in]]` note: what the writer wants of the next shot.

    Attributes:
        framing: A `Framing` value or "".
        move: A `Move` value or "".
        frames: Wanted length, frames; 0 if not stated.
        words: Everything else in the note; goes into the prompt.
        engines: Workflows that an `[[engine: ...]]` note pins for this shot.
        transition: How the shot begins where the script has a transition inside a scene: "fade" or "dissolve", or "".
        loops: Whether its last frame meets its first.
    """

    framing: str
    move: str
    frames: int
    words: tuple[str, ...]
    line: int
    engines: tuple[str, ...] = ()
    transition: str = omit_when_default("")
    loops: bool = omit_when_default(False)


@dataclass(frozen=True)
class Card:
    """Centred text in the script: a title card shown over the picture."""

    text: str
    line: int


Beat = Action | Speech | ShotNote | Card


@dataclass(frozen=True)
class Scene:
    """One scene of an episode.

    Attributes:
        id: `sc02`.
        heading: As written, without its forced mark.
        interior: True inside, False outside; INT/EXT counts as inside.
        place: The place as written, such as "NEXUS TOWER - LABORATORY".
        time_of_day: One of dawn, day, dusk, night.
        weather: One of clear, rain, snow, fog, storm.
        mood: One word, such as "tense".
        music: Text of the music note, or "".
        music_file: The file that the music note names, None for none.
        tempo_bpm: Tempo of its cue, beats per minute; 0 if not stated.
        target_frames: Wanted length from a `[[duration: s]]` note, frames; 0 if not stated.
        cast: Ids of everybody seen or heard, in order of appearance.
        synopsis: The `=` lines below the heading.
        transition: How the scene begins: "cut", "dissolve", "fade", "smash-cut".
        writer_number: The `#12A#` number, or "".
        engines: Workflows that an `[[engine: ...]]` note at its head pins for all its shots.
        language: Code of the language that its script's action is in, "" for English.
    """

    id: str
    number: int
    heading: str
    interior: bool
    place: str
    time_of_day: str
    weather: str
    mood: str
    music: str
    tempo_bpm: int
    target_frames: int
    cast: tuple[str, ...]
    synopsis: str
    transition: str
    beats: tuple[Beat, ...]
    writer_number: str
    line: int
    engines: tuple[str, ...] = ()
    music_file: MusicFile | None = omit_when_default(None)  # noqa: RUF009 - a dataclass field
    language: str = omit_when_default("")

    @property
    def speeches(self) -> tuple[Speech, ...]:
        """The scene's lines, in order."""
        return tuple(beat for beat in self.beats if isinstance(beat, Speech))


@dataclass(frozen=True)
class Episode:
    """A parsed screenplay.

    Attributes:
        ends_with: How it ends: "cut" or "fade".
        source_sha256: Digest of the script file's bytes.
        target_frames: Wanted length of the episode from the title page, frames; 0 if not stated.
        warnings: What of the script is used otherwise than written.
    """

    project: str
    id: str
    title: str
    scenes: tuple[Scene, ...]
    ends_with: str
    source_sha256: str
    title_page: Mapping[str, str] = field(default_factory=dict)
    target_frames: int = 0
    warnings: tuple[StoryWarning, ...] = omit_when_default(())

    @property
    def key(self) -> str:
        """The episode's partition key, `nexus-e01`."""
        return f"{self.project}-{self.id}"
