"""The same little story in nine languages: a robot, a cat, an old woman with an apple, a child who runs, a monk."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.production.planning.action_beats import ActionBeat, ActionReader
from tower_anime_assets.production.story.casting import cast_missing
from tower_anime_assets.production.story.model import Action, Episode, Project
from tower_anime_assets.production.story.screenplay import draft_episode, find_unlisted_speakers
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import SourceFile

FILE = "x/episodes/e01.fountain"


@dataclass(frozen=True)
class Show:
    """A show made of a script: its cast as `tower cast` writes it, and its episode."""

    project: Project
    episode: Episode
    descriptions: dict[str, str]

    def beats(self) -> list[list[ActionBeat]]:
        """Return the beats of each paragraph of action."""
        read = []
        for scene in self.episode.scenes:
            reader = ActionReader(scene, [self.project.character(name) for name in scene.cast])
            read += [reader.read_paragraph(beat.text) for beat in scene.beats if isinstance(beat, Action)]
        return read


def show_of(script: str) -> Show:
    """Return a show of a script, as `tower init --from` makes it."""
    title = SourceFile("x/project.yaml", "title: X\n")
    nobody = draft_project("x", title, {}).project
    files = cast_missing(*find_unlisted_speakers(nobody, "e01", script), ())
    texts = {file.id: SourceFile(f"x/characters/{file.id}.yaml", file.text) for file in files}
    project = draft_project("x", title, texts).project
    episode, faults = draft_episode(project, "e01", script, FILE, "")
    assert faults == ()
    return Show(project, episode, {file.id: file.description for file in files if file.is_described})


def script(heading: str, *paragraphs: str) -> str:
    """Return a script of one scene in which PIP, ADA and MIA speak after what is told of them."""
    robot, old, child, monk, denial = paragraphs
    return f"{heading}\n\n{robot}\n\nPIP\n…\n\n{old}\n\nADA\n…\n\n{child}\n\nMIA\n…\n\n{monk}\n\n{denial}\n"


SCRIPTS = {
    "de": script(
        "INNEN. KÜCHE - NACHT",
        "Ein kleiner weißer Roboter namens PIP poliert die Lampe. Eine schwarze Katze schläft auf dem Teppich.",
        "ADA, eine alte Frau von 78 Jahren mit langem weißem Haar und rotem Kleid, isst einen Apfel.",
        "Ein Mädchen namens MIA, neun Jahre alt, mit grünen Augen, rennt durch den Schnee.",
        "Am Tisch sitzt ADA und weint. PIP hält eine rote Laterne.",
        "PIP schläft nicht.",
    ),
    "fr": script(
        "INT. CUISINE - NUIT",
        "Un petit robot blanc nommé PIP astique la lampe. Un chat noir dort sur le tapis.",
        "ADA, une vieille femme de 78 ans aux longs cheveux blancs et à la robe rouge, mange une pomme.",
        "Une fille nommée MIA, neuf ans, aux yeux verts, court dans la neige.",
        "ADA est assise à la table et pleure. PIP tient une lanterne rouge.",
        "PIP ne dort pas.",
    ),
    "es": script(
        "INT. COCINA - NOCHE",
        "Un pequeño robot blanco llamado PIP limpia la lámpara. Un gato negro duerme en la alfombra.",
        "ADA, una anciana de 78 años con el pelo largo y blanco y un vestido rojo, come una manzana.",
        "Una niña llamada MIA, de nueve años, con ojos verdes, corre por la nieve.",
        "ADA está sentada a la mesa y llora. PIP sostiene un farol rojo.",
        "PIP no duerme.",
    ),
    "it": script(
        "INT. CUCINA - NOTTE",
        "Un piccolo robot bianco di nome PIP lucida la lampada. Un gatto nero dorme sul tappeto.",
        "ADA, una vecchia di 78 anni con lunghi capelli bianchi e un vestito rosso, mangia una mela.",
        "Una bambina di nome MIA, di nove anni, con gli occhi verdi, corre nella neve.",
        "ADA è seduta al tavolo e piange. PIP tiene una lanterna rossa.",
        "PIP non dorme.",
    ),
    "pt": script(
        "INT. COZINHA - NOITE",
        "Um pequeno robô branco chamado PIP limpa a lâmpada. Um gato preto dorme no tapete.",
        "ADA, uma velha de 78 anos com cabelo comprido e branco e um vestido vermelho, come uma maçã.",
        "Uma menina chamada MIA, de nove anos, com olhos verdes, corre pela neve.",
        "ADA está sentada à mesa e chora. PIP segura uma lanterna vermelha.",
        "PIP não dorme.",
    ),
    "ru": script(
        "ИНТ. КУХНЯ - НОЧЬ",
        "Маленький белый робот по имени PIP полирует лампу. Чёрный кот спит на ковре.",
        "ADA, старая женщина 78 лет с длинными белыми волосами и в красном платье, ест яблоко.",
        "Девочка по имени MIA, девяти лет, с зелёными глазами, бежит по снегу.",
        "ADA сидит за столом и плачет. PIP держит красный фонарь.",
        "PIP не спит.",
    ),
    "ja": script(
        "INT. 台所 - 夜",
        "PIPという名の小さな白いロボットがランプを磨いている。黒い猫が絨毯の上で眠っている。",
        "ADAという名の長い白い髪の78歳の老婆がリンゴを食べる。",
        "MIAという名の緑の目の9歳の少女が雪の中を走る。",
        "ADAは椅子に座って泣いている。PIPは赤い提灯を持っている。",
        "PIPは眠らない。",
    ),
    "zh": script(
        "INT. 厨房 - 夜晚",
        "一个叫PIP的白色小机器人正在擦灯。一只黑猫睡在地毯上。",
        "一位名叫ADA的78岁白发老奶奶在吃苹果。",
        "一个名叫MIA的9岁绿眼睛女孩在雪中奔跑。",
        "ADA坐在椅子上哭。PIP拿着红灯笼。",
        "PIP没有睡觉。",
    ),
    "ko": script(
        "INT. 부엌 - 밤",
        "PIP이라는 이름의 작고 하얀 로봇이 램프를 닦고 있다. 검은 고양이가 양탄자 위에서 자고 있다.",
        "ADA라는 이름의 하얀 머리의 78살 할머니가 사과를 먹는다.",
        "MIA라는 이름의 초록 눈의 9살 소녀가 달린다.",
        "ADA는 의자에 앉아 울고 있다. PIP은 빨간 등불을 들고 있다.",
        "PIP은 자지 않는다.",
    ),
}
