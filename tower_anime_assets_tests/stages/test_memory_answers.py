"""Questions as people ask them, and the fact that must come first, for the bundled show and two of other languages."""

from __future__ import annotations

import shutil

import pytest

from tower_anime_assets.production.memory.facts import Fact, Statement
from tower_anime_assets.settings import Settings, resource_root
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.library_mirror import mirror_library
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts
from tower_anime_assets.store.database import Database

LIGHTHOUSE = {
    "project.yaml": "title: Der Leuchtturm\nlogline: Ein Wärter findet ein Mädchen, das mit Möwen spricht.\n",
    "characters/joerg.yaml": "name: Jörg Müller\naliases: [der Wärter]\n"
    "description: A lighthouse keeper of 61 with a grey beard and a yellow raincoat. He has not left the island.\n",
    "characters/moewe.yaml": "name: Möwe\ndescription: A white seagull with a broken wing. It steals bread.\n",
    "characters/lena.yaml": "name: Lena\ndescription: A girl of 9 with red braids and a green coat.\n",
    "episodes/e01.fountain": "Title: Sturm\n\nEXT. LEUCHTTURM - NIGHT\n[[mood: tense]] [[weather: storm]]\n\n"
    "= Jörg sieht ein Boot im Sturm.\n\nLena holds a lantern.\n\nLENA\nHilfe!\n\nJÖRG MÜLLER\nIch komme!\n",
}
TEA_HOUSE = {
    "project.yaml": "title: 月の茶屋\nlogline: 月に一軒だけある茶屋の物語。\n",
    "characters/mio.yaml": "name: 星野ミオ\naliases: [ミオ, みおちゃん]\n"
    "description: 茶屋の主人。銀色の髪と青い着物。 She is a woman of 24 with silver hair and a blue kimono.\n",
    "characters/kenta.yaml": "name: ケンタ\ndescription: 配達ロボット。 A small delivery robot of red metal.\n",
    "episodes/e01.fountain": "Title: 客\n\nINT. 茶屋 - NIGHT\n[[mood: calm]]\n\n= ミオが最初の客を迎える。\n\n"
    "ミオ pours tea from a teapot.\n\n@星野ミオ\nいらっしゃいませ。\n\n@ケンタ\n荷物です。\n",
}


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("answers")
    shutil.copytree(resource_root() / "projects" / "nexus", folder / "projects" / "nexus")
    for show, files in {"lighthouse": LIGHTHOUSE, "tea_house": TEA_HOUSE}.items():
        for name, text in files.items():
            path = folder / "projects" / show / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    made = Studio(Settings(projects=folder / "projects", home=folder / "home"), database)
    assert mirror_library(made.settings, database) == ()
    _memories, faults = memory.read_files(made)
    assert faults == ()
    facts.store_statements(
        database,
        "nexus",
        [
            Statement(subject="Luna Chen", predicate="fears", object="heights", source="person:mei"),
            Statement(
                subject="Akira Yamamoto", predicate="lives_in", object="a garage in Sector 9", source="person:mei"
            ),
        ],
    )
    return made


def first(studio: Studio, project: str, question: str) -> Fact:
    return memory.search(studio.database, project, question, 3)[0]


@pytest.mark.parametrize(
    ("question", "subject", "predicate", "words"),
    [
        ("who is Luna", "Luna Chen", "described_as", "AI researcher"),
        ("Who is Luna Chen?", "Luna Chen", "described_as", "AI researcher"),
        ("who is Dr Chen", "Luna Chen", "described_as", "AI researcher"),
        ("wer ist Luna", "Luna Chen", "described_as", "AI researcher"),
        ("¿quién es Luna?", "Luna Chen", "described_as", "AI researcher"),
        ("qui est Luna ?", "Luna Chen", "described_as", "AI researcher"),
        ("chi è Luna?", "Luna Chen", "described_as", "AI researcher"),
        ("ルナは誰", "Luna Chen", "described_as", "AI researcher"),
        ("루나는 누구입니까", "Luna Chen", "described_as", "AI researcher"),
        ("アキラは誰ですか", "Akira Yamamoto", "described_as", "street racer"),
        ("ヴィクトルは誰", "Viktor Kozlov", "described_as", "CEO"),
        ("who is the CEO of Nexus Corp", "Viktor Kozlov", "described_as", "CEO"),
        ("who is a street racer", "Akira Yamamoto", "described_as", "street racer"),
        ("how old is Akira", "Akira Yamamoto", "age_years", "22"),
        ("wie alt ist Viktor", "Viktor Kozlov", "age_years", "54"),
        ("what colour is Luna's hair", "Luna Chen", "hair_colour", "#d5dbea"),
        ("¿de qué color es el pelo de Luna?", "Luna Chen", "hair_colour", "#d5dbea"),
        ("what does Viktor wear", "Viktor Kozlov", "outfit_style", "suit"),
        ("what is Luna afraid of", "Luna Chen", "fears", "heights"),
        ("who fears heights", "Luna Chen", "fears", "heights"),
        ("where does Akira live", "Akira Yamamoto", "lives_in", "garage"),
        ("what is Nexus about", "Nexus", "logline", "street racer"),
        ("who has cybernetic arms", "Akira Yamamoto", "described_as", "cybernetic arms"),
        ("what is Mister Kozlov called", "Viktor Kozlov", "alias", "Mister Kozlov"),
        ("what is the frame rate of Nexus", "Nexus", "frame_rate", "24"),
        ("which model makes the clips", "clips", "is_made_with", "ltxv-2b-0.9.8-distilled"),
        ("what makes the keyframes", "keyframes", "is_made_with", "embedded painter"),
        ("is AnimateDiff used", "animatediff", "described_as", "deprecated"),
        ("what comes after image", "image", "is_followed_by", "video"),
        ("what comes before music", "music", "follows", "video"),
        ("was kommt nach video", "video", "is_followed_by", "music"),
        ("what is the order of work", "order of work", "described_as", "story -> image -> video"),
        ("which gates has the video step", "video", "has_gates", "clips_move_as_planned"),
        ("what is port 8188", "ComfyUI", "usual_port", "8188"),
        ("what is Echo Brain for", "Echo Brain", "described_as", "AI director"),
        ("what is Ollama", "Ollama", "described_as", "language models"),
        ("which variable sets PostgreSQL", "PostgreSQL", "is_set_by", "TOWER_DATABASE_URL"),
        ("what is ltx_2b_121_frame_workflow", "ltx_2b_distilled_i2v_scheduler", "described_as", "LTX Video 2B"),
    ],
)
def test_the_bundled_show_answers(studio: Studio, question: str, subject: str, predicate: str, words: str) -> None:
    answer = first(studio, "nexus", question)
    assert (answer.subject, answer.predicate) == (subject, predicate)
    assert words in answer.object


@pytest.mark.parametrize(
    ("question", "subject", "predicate", "words"),
    [
        ("Wer ist Jörg?", "Jörg Müller", "described_as", "lighthouse keeper"),
        ("wer ist Joerg Mueller", "Jörg Müller", "described_as", "lighthouse keeper"),
        ("who is jorg", "Jörg Müller", "described_as", "lighthouse keeper"),
        ("Wer ist der Wärter?", "Jörg Müller", "described_as", "lighthouse keeper"),
        ("Wie alt ist Lena?", "Lena", "age_years", "9"),
        ("Welche Farbe haben Lenas Haare?", "Lena", "hair_colour", "#"),
        ("Wie ist das Wetter in lighthouse-e01-sc01", "lighthouse-e01-sc01", "weather", "storm"),
        ("Worum geht es in Der Leuchtturm, die Handlung", "Der Leuchtturm", "logline", "Möwen"),
        ("what is Möwe", "Möwe", "described_as", "seagull"),
    ],
)
def test_a_german_show_answers(studio: Studio, question: str, subject: str, predicate: str, words: str) -> None:
    answer = first(studio, "lighthouse", question)
    assert (answer.subject, answer.predicate) == (subject, predicate)
    assert words in answer.object


@pytest.mark.parametrize(
    ("question", "subject", "predicate", "words"),
    [
        ("ミオは誰", "星野ミオ", "described_as", "茶屋の主人"),
        ("星野ミオとは誰ですか？", "星野ミオ", "described_as", "茶屋の主人"),
        ("みおちゃんは誰", "星野ミオ", "described_as", "茶屋の主人"),
        ("ミオの髪の色は何", "星野ミオ", "hair_colour", "#"),
        ("ミオは何歳", "星野ミオ", "age_years", "24"),
        ("ケンタは何者", "ケンタ", "described_as", "配達ロボット"),
        ("who is ケンタ", "ケンタ", "described_as", "配達ロボット"),
        ("月の茶屋とは", "月の茶屋", "logline", "茶屋"),
    ],
)
def test_a_japanese_show_answers(studio: Studio, question: str, subject: str, predicate: str, words: str) -> None:
    answer = first(studio, "tea_house", question)
    assert (answer.subject, answer.predicate) == (subject, predicate)
    assert words in answer.object


def test_an_empty_memory_says_so_and_its_remedy_works(studio: Studio) -> None:
    show = studio.settings.projects / "later"
    shutil.copytree(studio.settings.projects / "lighthouse", show)
    assert memory.search(studio.database, "later", "wer ist Jörg", 3) == ()
    told = memory.explain_no_match(studio.database, "later", "wer ist Jörg")
    assert "the memory of later is empty: `tower facts read --project later`" in told
    memory.read_files(studio, ["later"])
    assert first(studio, "later", "wer ist Jörg").predicate == "described_as"


@pytest.mark.parametrize(
    ("typed", "meant"), [("who is Lunna", "Luna Chen"), ("Kozlow", "Viktor Kozlov"), ("dr chan", "Dr Chen")]
)
def test_no_match_says_so_and_names_what_is_like_it(studio: Studio, typed: str, meant: str) -> None:
    told = memory.explain_no_match(studio.database, "nexus", typed)
    assert told.startswith(f"nothing that nexus remembers has a word of {typed!r}. Names like it: ")
    assert meant in told
    assert "`tower facts export`" in memory.explain_no_match(studio.database, "nexus", "qqqqq")


def test_of_two_equal_facts_the_newer_and_the_surer_come_first(studio: Studio) -> None:
    said = [
        Statement(subject="Robin", predicate="owns", object="a red kite", source="person:a", confidence=0.4),
        Statement(subject="Robin", predicate="owns", object="a blue kite", source="person:a"),
    ]
    facts.store_statements(studio.database, "kites", said)
    found = memory.search(studio.database, "kites", "what does Robin own", 2)
    assert [fact.object for fact in found] == ["a blue kite", "a red kite"]
