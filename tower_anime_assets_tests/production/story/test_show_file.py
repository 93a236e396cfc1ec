from __future__ import annotations

import gc
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.production.story import plain_yaml
from tower_anime_assets.production.story.model import Delivery, EngineChoices, Lora, Style
from tower_anime_assets.production.story.source import decode_text
from tower_anime_assets_tests.fuzz.fuzzing import assert_quick
from tower_anime_assets_tests.production.story.texts import draft, read_project

AKIRA = "name: Akira Yamamoto\ndescription: a racer with black hair\n"


def faults_of(project: str = "title: X\n", **cast: str) -> list[Fault]:
    return sorted(draft(project, **cast).faults)


def only(project: str = "title: X\n", **cast: str) -> Fault:
    (fault,) = faults_of(project, **cast)
    return fault


@pytest.mark.parametrize("written", ["off", "'off'", "no", "false"])
def test_off_is_read_as_it_is_written(written: str) -> None:
    assert read_project(f"title: X\nengines: {{upscale: {written}}}\n").engines.upscale == "off"
    assert read_project("title: X\n").engines == EngineChoices()


@pytest.mark.slow
def test_very_many_unknown_keys_are_read_in_under_a_second() -> None:
    text = "title: X\n" + "".join(f"key_{number}: v\n" for number in range(20_000))
    assert len(faults_of(text)) == 20_000
    assert_quick(faults_of, text)


def test_faults_say_the_same_whichever_parser_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (
        "title: [\n",
        "title: X\n\tlogline: y\n",
        "title: !mine x\n",
        "a: &a X\nb: *a\n",
        "title: X\n---\nb: c\n",
        "",
    )
    found = [faults_of(text) for text in texts]
    monkeypatch.setattr(plain_yaml, "_QUICK_LOADER", yaml.SafeLoader)
    assert [faults_of(text) for text in texts] == found


def test_a_title_is_enough_for_a_project() -> None:
    project = read_project("title: X\n")
    assert (project.title, project.style, project.delivery, project.engines) == (
        "X",
        Style(),
        Delivery(),
        EngineChoices(),
    )
    assert project.seed == 1
    assert project.thresholds == {}


def test_every_key_of_a_project_is_read() -> None:
    text = """
title: 2049
logline: One line.
style:
  art_direction: ink
  palette: ["#ABC", dark teal]
  positive: good
  negative: bad
  checkpoint: ltx-2/model.safetensors
  loras: [{file: a.safetensors, base_model: ltx, strength_model: 0.5, strength_clip: 1, trigger: ink}]
delivery: {width: 1280, height: 704, fps: 30, max_clip_frames: 97, loudness: -14, true_peak: -2}
engines: {director: ollama, keyframes: comfyui, clips: embedded, voice: echo-voice, music: music, attempts: 5}
thresholds: {sharpness_var: {low: 40}, luma_std: {low: 1, high: 2.5}}
seed: 0x10
approvals: [master, plan, plan]
"""
    project = read_project(text)
    assert project.title == "2049"
    assert project.style.palette == ("#aabbcc", "#0f4545")
    assert project.style.loras == (Lora("a.safetensors", "ltx", 0.5, 1.0, "ink"),)
    assert project.delivery == Delivery(1280, 704, 30, 97, -14.0, -2.0)
    assert project.engines == EngineChoices("ollama", "comfyui", "embedded", "echo_voice", "music", 5)
    assert project.thresholds == {"sharpness_var": {"low": 40.0}, "luma_std": {"low": 1.0, "high": 2.5}}
    assert project.seed == 16
    assert project.approvals == ("plan", "master")


def test_a_character_file_may_state_what_a_character_is() -> None:
    stated = "appearance: {kind: Robot, species: tin friend, height: 0.3, mobility: two legged}\n"
    (tin,) = read_project("title: X", tin=f"name: Tin\ndescription: small\n{stated}").characters
    look = tin.appearance
    assert (look.kind, look.species, look.height, look.mobility) == ("robot", "tin friend", 0.3, "two-legged")
    fault = only(tin="name: Tin\ndescription: small\nappearance: {kind: robt}\n")
    assert fault.remedy == "Did you mean robot?"


def test_every_key_of_a_character_is_read() -> None:
    text = """
name: 月野 うさぎ 🌙
aliases: [Usagi]
description: somebody
appearance:
  {hair: gold, hair_style: bun, skin: "#ffeedd", eyes: blue, outfit: navy, outfit_style: lab coat, accent: red,
   build: small, presents: feminine, age: 14, features: [ribbon]}
voice: {variant: f5, pitch: 80, rate: 190, language: ja, service_voice: usagi}
lora: {file: usagi.safetensors}
loras:
- {file: run.safetensors, base_model: LTX Video 2B, stage: clips}
- {file: xl.safetensors, base_model: Pony}
references: [references/usagi.png]
"""
    (usagi,) = read_project("title: X", usagi=text).characters
    assert (usagi.id, usagi.name, usagi.aliases) == ("usagi", "月野 うさぎ 🌙", ("Usagi",))
    assert (usagi.appearance.hair_style, usagi.appearance.outfit_style, usagi.appearance.age_years) == (
        "bun",
        "lab_coat",
        14,
    )
    assert (usagi.voice.variant, usagi.voice.pitch, usagi.voice.rate_wpm, usagi.voice.language) == ("f5", 80, 190, "ja")
    assert usagi.all_loras == (
        Lora("usagi.safetensors"),
        Lora("run.safetensors", "LTX Video 2B", stage="clips"),
        Lora("xl.safetensors", "Pony"),
    )
    assert usagi.references == ("references/usagi.png",)


@pytest.mark.parametrize(
    ("text", "line", "problem", "remedy"),
    [
        ("", 0, "empty", "required"),
        ("# nothing\n", 0, "empty", "required"),
        ("- a\n", 1, "a list", "key: value"),
        ("title: [\n", 2, "malformed", "quote"),
        ("title: X\n\tlogline: y\n", 2, "malformed", "tab"),
        ("title: !!python/object/apply:os.system [ls]\n", 1, "tag", "Delete the tag"),
        ("title: !mine x\n", 1, "tag", "Delete the tag"),
        ("title: &a X\nlogline: *a\n", 2, "alias", "Write the value out"),
        ("title: X\n---\ntitle: Y\n", 2, "second document", "Delete"),
        ("title: X\nlogline: " + "[" * 20 + "]" * 20, 2, "nested", "Unfold"),
        ("title: X\ntitel: Y\n", 2, "'titel'", "title"),
        ("title: X\ntitle: Y\n", 2, "twice", "Keep one"),
        ("title: X\n? [a]\n: b\n", 2, "a key is a list", "key: value"),
        ("title: No\n", 1, "'No'", "quotes"),
        ("title:\n", 1, "title is empty", "title:"),
        ("title: ''\n", 1, "title is empty", "title:"),
        ("logline: x\n", 1, "title is missing", "title:"),
        ("title: [X]\n", 1, "title is a list", "words"),
        ("title: X\ncomfyui_url: http://127.0.0.1\n", 2, "comfyui_url", "environment"),
        ("title: X\ndelivery: {fps: 0}\n", 2, "fps is '0'", "24"),
        ("title: X\ndelivery: {fps: 23.976}\n", 2, "fps is '23.976'", "nearest are 23 and 24"),
        ("title: X\ndelivery: {fps: yes}\n", 2, "fps is 'yes'", "24"),
        ("title: X\ndelivery: {width: 701}\n", 2, "width is '701'", "700 and 702"),
        ("title: X\ndelivery: {width: 4096, height: 4096}\n", 2, "is 4096 x 4096 px", "1920"),
        ("title: X\ndelivery: {width: 4096, height: 512}\n", 2, "is 4096 x 512 px", "1920"),
        ("title: X\ndelivery: {working: {width: 768}}\n", 2, "delivery.working.height is missing", "Write both"),
        ("title: X\ndelivery: {working: {width: 770, height: 512}}\n", 2, "width is '770'", "768 and 800"),
        ("title: X\ndelivery: {height: -512}\n", 2, "height is '-512'", "512"),
        ("title: X\ndelivery: {width: 99999999999999999999}\n", 2, "width", "768"),
        ("title: X\ndelivery: {max_clip_frames: 120}\n", 2, "max_clip_frames is '120'", "113 and 121"),
        ("title: X\ndelivery: {loudness: .nan}\n", 2, "loudness is '.nan'", "-16"),
        ("title: X\ndelivery: {loudness: .inf}\n", 2, "loudness is '.inf'", "-16"),
        ("title: X\ndelivery: {true_peak: 3}\n", 2, "true_peak is '3'", "-1"),
        ("title: X\ndelivery: 24\n", 2, "delivery is '24'", "key: value"),
        ("title: X\nengines: {clips: comfy}\n", 2, "clips is 'comfy'", "comfyui"),
        ("title: X\nengines: {voice: 'http://x'}\n", 2, "voice is 'http://x'", "environment"),
        ("title: X\nengines: {upscale: embeded}\n", 2, "upscale is 'embeded'", "embedded"),
        ("title: X\nengines:\n  interpolate: on\n", 3, "interpolate is 'on'", "environment"),
        ("title: X\nengines: {attempts: 0}\n", 2, "attempts is '0'", "3"),
        ("title: X\napprovals: [plan, keyframe]\n", 2, "'keyframe'", "keyframes"),
        ("title: X\nseed: -1\n", 2, "seed is '-1'", "1"),
        ("title: X\nstyle: {palette: [blu]}\n", 2, "palette is 'blu'", "blue"),
        ("title: X\nstyle: {palette: red}\n", 2, "palette is 'red'", "- "),
        ("title: X\nstyle: {checkpoint: ../../etc/passwd}\n", 2, "checkpoint", "server"),
        ("title: X\nstyle: {loras: [{strength_model: 1}]}\n", 2, "file is missing", "safetensors"),
        ("title: X\nthresholds: {a: {low: 2, high: 1}}\n", 2, "above high", "Swap"),
        ("title: X\nthresholds: {a: {}}\n", 2, "empty", "low"),
        ("title: X\nthresholds: {a: {mid: 1}}\n", 2, "'mid'", "spelling"),
        ("title: X\nthresholds: {Bad Name: {low: 1}}\n", 2, "Bad Name", "gates"),
        ("title: X\nlogline: " + "x" * 1001, 2, "1,001 characters", "Shorten"),
    ],
)
def test_a_fault_in_a_project_file_has_its_line_and_a_remedy(text: str, line: int, problem: str, remedy: str) -> None:
    fault = only(text)
    assert (fault.file, fault.line) == ("x/project.yaml", line)
    assert problem in fault.problem
    assert remedy in fault.remedy
    assert fault.expected


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("description: x\n", 1, "name is missing"),
        ("name: A\n", 1, "description is missing"),
        ("name: A\ndescription: x\nappearance: {hair: #ff0000\n}\n", 3, "hair is empty"),
        ("name: A\ndescription: x\nappearance: {hair_style: spikey}\n", 3, "hair_style is 'spikey'"),
        ("name: A\ndescription: x\nappearance: {age: 500}\n", 3, "age is '500'"),
        ("name: A\ndescription: x\nappearance: {features: scar}\n", 3, "features is 'scar'"),
        ("name: A\ndescription: x\nvoice: {pitch: 100}\n", 3, "pitch is '100'"),
        ("name: A\ndescription: x\nvoice: {rate: -3}\n", 3, "rate is '-3'"),
        ("name: A\ndescription: x\nvoice: {variant: 'a;b'}\n", 3, "variant"),
        ("name: A\ndescription: x\nvoice: {language: '../x'}\n", 3, "language"),
        ("name: A\ndescription: x\nloras: [{file: a, stage: clip}]\n", 3, "stage is 'clip'"),
        ("name: A\ndescription: x\nlora: {file: a, strength_model: 9}\n", 3, "strength_model is '9'"),
        ("name: A\ndescription: x\nreferences: [a.png, a.png]\n", 3, "listed twice"),
        ("name: A\ndescription: x\nwieght: 3\n", 3, "'wieght'"),
    ],
)
def test_a_fault_in_a_character_file_has_its_line(text: str, line: int, problem: str) -> None:
    fault = only(akira=text)
    assert (fault.file, fault.line) == ("x/characters/akira.yaml", line)
    assert problem in fault.problem


def test_all_faults_of_all_files_come_at_once() -> None:
    broken = "titel: X\nseed: -1\ndelivery:\n  fps: 0\n  width: 7\n"
    faults = faults_of(broken, akira="name: A\nvoice: {pitch: 100, rate: 1}\n", luna="name: [\n")
    assert [(fault.file.rpartition("/")[2], fault.line) for fault in faults] == [
        ("akira.yaml", 1),
        ("akira.yaml", 2),
        ("akira.yaml", 2),
        ("luna.yaml", 2),
        ("project.yaml", 1),
        ("project.yaml", 1),
        ("project.yaml", 2),
        ("project.yaml", 4),
        ("project.yaml", 5),
    ]
    with pytest.raises(StoryError, match="5 faults"):
        read_project(broken)


@pytest.mark.parametrize("other", ["name: AKIRA YAMAMOTO\n", "name: B\naliases: [akira yamamoto]\n"])
def test_two_characters_may_not_share_a_name_or_alias(other: str) -> None:
    fault = only(akira=AKIRA, bkira=f"{other}description: x\n")
    assert fault.file == "x/characters/bkira.yaml"
    assert "akira (x/characters/akira.yaml:1)" in fault.problem


def test_an_expanding_bomb_is_refused_before_it_expands() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    started = time.process_time()
    assert all("alias" in fault.problem for fault in faults_of(bomb))
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("data", "line", "problem"),
    [
        (b"title: X\n\x00", 2, "U+0000"),
        (b"a\nb\x1b[0m", 2, "U+001B"),
        (b"a\n\n\xff\xfe", 3, "not UTF-8"),
        (b"x" * 101, 0, "larger than 100 bytes"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, line: int, problem: str) -> None:
    with pytest.raises(StoryError, match="1 fault") as caught:
        decode_text(data, "x/project.yaml", 100)
    assert caught.value.faults[0].line == line
    assert problem in caught.value.faults[0].problem


def test_letters_of_all_scripts_and_emoji_are_text() -> None:
    text = "名前 اسم имя 🎌\t\r\n"
    assert decode_text(text.encode(), "x", 100) == text


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("titledscr:-[]{}#&*!'\"|> \n0.,?%@`\t"), max_size=60))
def test_any_text_gives_a_project_or_faults_with_lines_of_the_file(text: str) -> None:
    read = draft(text, a=text)
    assert all(0 <= fault.line <= text.count("\n") + 1 for fault in read.faults)
    assert [character.id for character in read.project.characters] == ["a"]


@pytest.mark.slow
def test_unknown_keys_are_told_apart_in_linear_time() -> None:
    def duration_s(count: int) -> float:
        text = "title: X\n" + "".join(f"key_{number}: 1\n" for number in range(count))
        gc.freeze()  # what other tests left is not looked through meanwhile
        try:
            start_s = time.process_time()
            assert len(draft(text).faults) == count
            return time.process_time() - start_s
        finally:
            gc.unfreeze()

    duration_s(10)
    # Eight times as many keys; comparing each with all others would take 64 times as long.
    assert min(duration_s(20_000) for _ in range(3)) < 32 * min(duration_s(2_500) for _ in range(3))
