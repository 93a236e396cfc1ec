"""Japanese words by what English calls them; `lexicons` reads them. Verbs are listed by the forms that occur."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "adjective": (("い", "{}い {}く {}くて {}かった"), ("な", "{}な {}に {}で {}"), ("の", "{}の {}"), ("", "{}")),
    "verb": (
        (
            "る",
            "{}る {}て {}た {}ている {}ていた {}ており {}てい {}ながら {}ます {}ました {}ない {}ません {}なかった {}ず "
            "{}られ {}よう",
        ),
        ("う", "{}う {}って {}った {}い {}いながら {}います {}いました {}わない {}わず"),
        ("く", "{}く {}いて {}いた {}きながら {}きます {}きました {}かない {}かず {}き"),
        ("ぐ", "{}ぐ {}いで {}いだ {}ぎながら {}ぎます {}がない"),
        ("す", "{}す {}して {}した {}しながら {}します {}しました {}さない {}さず {}し"),
        ("つ", "{}つ {}って {}った {}ちながら {}ちます {}たない {}ち"),
        ("ぬ", "{}ぬ {}んで {}んだ"),
        ("む", "{}む {}んで {}んだ {}みながら {}みます {}みました {}まない {}まず {}み"),
        ("ぶ", "{}ぶ {}んで {}んだ {}びながら {}びます {}ばない {}び"),
        ("", "{}"),
    ),
}  # fmt: skip
"""What forms a word has, by how it ends; a word with a `!` has no other."""

DENYING_ENDINGS = ("ない", "ません", "なかった", "ず")
"""Ends of forms of verbs that say that something does not happen."""

NOUNS = """
vase: 花瓶
wardrobe: 箪笥 タンス
shelf: 棚
man: 男 男性 男の人 おじさん
woman: 女 女性 女の人 おばさん
boy: 少年 男の子
girl: 少女 女の子
child: 子供 子ども こども
baby: 赤ん坊 赤ちゃん
old man: 老人 おじいさん お爺さん 老爺
old woman: 老婆 おばあさん お婆さん
monk: 僧 僧侶 お坊さん 坊主 和尚
nun: 尼 尼僧
priest: 神父 神主
grandmother: 祖母 ばあちゃん
grandfather: 祖父 じいちゃん
mother: 母 母親 お母さん
father: 父 父親 お父さん
brother: 兄 弟
sister: 姉 妹
son: 息子
daughter: 娘
friend: 友達 友人 仲間
king: 王 王様
queen: 女王
prince: 王子
princess: 姫 王女 お姫様
soldier: 兵士 兵隊
guard: 衛兵 番人 警備員
policeman: 警官 警察官
doctor: 医者 医師
nurse: 看護師
teacher: 先生 教師
student: 学生 生徒 高校生
farmer: 農夫 農民
cook: 料理人 シェフ
waiter: ウェイター
waitress: ウェイトレス
thief: 泥棒 盗賊
pirate: 海賊
knight: 騎士
samurai: 侍 武士
ninja: 忍者
witch: 魔女
wizard: 魔法使い
person: 人 人物
people: 人々 人間
crowd: 群衆 人混み
robot: ロボット
android: アンドロイド
drone: ドローン
ghost: 幽霊 お化け おばけ
spirit: 精霊 霊
dragon: 竜 龍 ドラゴン
monster: 怪物 怪獣 モンスター
demon: 悪魔
oni: 鬼
angel: 天使
fairy: 妖精
skeleton: 骸骨
alien: 宇宙人
vampire: 吸血鬼
zombie: ゾンビ
giant: 巨人
statue: 像 石像
doll: 人形
cat: 猫 ネコ ねこ
kitten: 子猫 仔猫
dog: 犬 イヌ いぬ
puppy: 子犬 仔犬
bird: 鳥 小鳥
crow: カラス 烏
owl: フクロウ 梟
eagle: 鷲
dove: 鳩 ハト
duck: 鴨 アヒル
swan: 白鳥
chicken: 鶏 ニワトリ
fox: 狐 キツネ
wolf: 狼 オオカミ
bear: 熊 クマ
rabbit: 兎 ウサギ うさぎ
mouse: 鼠 ネズミ
horse: 馬
cow: 牛
sheep: 羊
goat: 山羊 ヤギ
pig: 豚
deer: 鹿
lion: ライオン 獅子
tiger: 虎
elephant: 象
monkey: 猿 サル
snake: 蛇
frog: 蛙 カエル
turtle: 亀
fish: 魚
shark: 鮫 サメ
whale: 鯨 クジラ
octopus: 蛸 タコ
spider: 蜘蛛
butterfly: 蝶
squirrel: リス
penguin: ペンギン
crane: 鶴
lamp: ランプ 電灯 明かり
lantern: 提灯 灯籠 ランタン
candle: ろうそく 蝋燭 ロウソク
book: 本
letter: 手紙
newspaper: 新聞
key: 鍵
door: 扉 ドア 戸
window: 窓
table: 机 テーブル
chair: 椅子 イス
bed: ベッド 布団
sofa: ソファ ソファー
carpet: 絨毯 じゅうたん
cup: カップ
glass: コップ グラス
bottle: 酒瓶 瓶
bowl: 茶碗 丼 お椀
plate: 皿
spoon: スプーン
knife: ナイフ 包丁
pot: 鍋
teapot: 急須
tea: お茶 茶 湯呑み
coffee: コーヒー
water: 水
wine: ワイン
beer: ビール
milk: 牛乳 ミルク
bread: パン
cake: ケーキ
soup: スープ 味噌汁
rice: ご飯 御飯
noodles: ラーメン うどん そば 麺
apple: 林檎 リンゴ りんご
banana: バナナ
egg: 卵
umbrella: 傘
hat: 帽子
bag: 鞄 カバン 袋
backpack: リュック
box: 箱
telephone: 電話
phone: 携帯 スマホ
computer: パソコン コンピューター
screen: 画面
clock: 時計
photo: 写真
map: 地図
sword: 剣
katana: 刀
dagger: 短剣
gun: 銃
pistol: 拳銃
bow: 弓
shield: 盾
flower: 花
rose: 薔薇 バラ
cherry blossom: 桜
tree: 木 樹
stone: 石 岩
fire: 火 炎
ring: 指輪
necklace: 首飾り
bell: 鐘 鈴
drum: 太鼓
guitar: ギター
violin: バイオリン
piano: ピアノ
flute: 笛
ball: ボール
kite: 凧
car: 車
bus: バス
train: 電車 列車
bicycle: 自転車
motorbike: バイク
boat: 舟 ボート
ship: 船
aeroplane: 飛行機
mirror: 鏡
broom: 箒 ほうき
money: お金
pen: ペン
pencil: 鉛筆
paper: 紙
camera: カメラ
crown: 王冠
gift: 贈り物 プレゼント
bento: 弁当
rice ball: おにぎり
dango: 団子
bouquet: 花束
spectacles: 眼鏡!
amulet: お守り
prayer beads: 数珠
shoe: 靴
hair: 髪 髪の毛
beard: 髭 ひげ ヒゲ
eyes: 目 瞳 眼
face: 顔
hand: 手
head: 頭
arm: 腕
leg: 足 脚
nose: 鼻
mouth: 口
ears: 耳
skin: 肌
tail: 尻尾 しっぽ
wings: 翼 羽
back: 背中
coat: コート
jacket: 上着 ジャケット
shirt: シャツ
dress: ドレス ワンピース
skirt: スカート
suit: スーツ
uniform: 制服
scarf: マフラー
glasses: メガネ めがね
boots: ブーツ
robe: 法衣 袈裟 ローブ
kimono: 着物 浴衣
gloves: 手袋
collar: 首輪
ribbon: リボン
cape: マント
helmet: 兜 ヘルメット
mask: 仮面 お面
apron: エプロン
armour: 鎧
wheelchair: 車椅子
floor: 床
roof: 屋根
street: 通り 街路
wall: 壁
kitchen: 台所
room: 部屋
house: 家
garden: 庭
forest: 森
city: 街 町 都市
village: 村
sky: 空
mountain: 山
river: 川
sea: 海
road: 道
bridge: 橋
corner: 隅 角
stairs: 階段
rain: 雨
snow: 雪
fog: 霧
storm: 嵐
wind: 風
night: 夜
morning: 朝
evening: 夕方
light: 光
shadow: 影
darkness: 闇 暗闇
smoke: 煙
years old: 歳 才
"""

ADJECTIVES = """
small: 小さい 小さな! 小柄な
big: 大きい 大きな! 大柄な
huge: 巨大な
tall: 背の高い!
short: 短い
long: 長い
thin: 細い 痩せた! やせた!
fat: 太った! 太い
plump: ふっくらした!
young: 若い 幼い
old: 古い 年老いた! 老いた! 年取った!
white: 白い 真っ白な 白! 白色の
black: 黒い 真っ黒な 黒! 黒色の
red: 赤い 真っ赤な 赤! 赤色の
blue: 青い 真っ青な 青! 青色の
green: 緑の 緑色の
yellow: 黄色い 黄色の
orange: オレンジ色の 橙色の
purple: 紫の 紫色の
pink: ピンクの ピンク色の 桃色の
brown: 茶色い 茶色の
grey: 灰色の グレーの
golden: 金色の 金の!
silver: 銀色の 銀の!
dark: 暗い
light: 明るい
round: 丸い
blonde: 金髪の
bald: 禿げた!
wet: 濡れた!
empty: 空っぽの
beautiful: 美しい 綺麗な きれいな
ugly: 醜い
happy: 嬉しい 楽しい 嬉しそうな
sad: 悲しい 悲しそうな
angry: 怒った!
tired: 疲れた!
quiet: 静かな
slow: 遅い ゆっくりな
fast: 速い 早い
warm: 暖かい 温かい
hot: 熱い 暑い
cold: 寒い 冷たい
strong: 強い
weak: 弱い
poor: 貧しい
new: 新しい
heavy: 重い
soft: 柔らかい
metal: 金属の 鉄の!
wooden: 木の! 木製の
strange: 奇妙な
blue-eyed: 青い目の! 青い瞳の!
one-eyed: 一つ目の! 片目の!
"""

VERBS = """
barks: 吠える 吠えている!
makes: 作る 作って! 作った! 作り! 作っている!
sleeps: 眠る 眠って! 眠った! 眠り! 眠らない! 眠っている! 眠っていた! 寝る 眠りに落ちる! 居眠りする!
sits: 座る 座って! 座った! 座り! 座っている! 腰掛ける 腰を下ろす
runs: 走る 走って! 走った! 走り! 走っている! 駆ける 駆け出す
walks: 歩く 歩いている!
eats: 食べる 食う 食べている!
drinks: 飲む 飲んでいる!
writes: 書く 書いている!
falls: 倒れる 転ぶ 転んだ! 落ちる
holds: 持つ 持っている! 握る 握って! 握った! 握り! 抱える
gives: 渡す あげる くれる 差し出す
opens: 開ける 開く
closes: 閉める 閉じる
hugs: 抱きしめる 抱く 抱き合う
kisses: キスする! キスをする! 口づける
fights: 戦う 闘う
attacks: 襲う
cooks: 料理する! 料理している! 煮る 焼く
dances: 踊る 踊って! 踊った! 踊り! 踊っている!
drives: 運転する! 運転している! 運転して!
prays: 祈る 祈って! 祈った! 祈り! 祈っている!
looks: 見る 見つめる 見上げる 眺める 見ている!
smiles: 微笑む ほほえむ
weeps: 泣く 泣いている!
laughs: 笑う 笑っている!
stands: 立つ 立っている! 佇む
lies: 横たわる 寝そべる
waits: 待つ 待っている!
reads: 読む 読んでいる!
sings: 歌う
plays: 遊ぶ 弾く
jumps: 跳ぶ 飛び上がる! 跳ねる
climbs: 登る 登って! 登った!
flies: 飛ぶ 飛んでいる!
swims: 泳ぐ
comes: 来る 来て! 来た! やって来る! やってくる!
enters: 入る 入って! 入った! 入ってくる!
leaves: 去る 出る 出て行く! 出ていく!
turns: 振り返る 振り向く
stops: 止まる 止まって! 止まった! 立ち止まる
takes: 取る 取って! 取った! 手に取る
grabs: 掴む つかむ
puts: 置く
lifts: 持ち上げる
throws: 投げる
catches: 捕まえる
pulls: 引く 引っ張る
pushes: 押す
points: 指差す 指さす
hides: 隠れる 隠す
kneels: 跪く ひざまずく
crouches: しゃがむ うずくまる
wakes: 起きる 目を覚ます 目覚める
listens: 聴く 聞く
whispers: 囁く ささやく
shouts: 叫ぶ 怒鳴る
trembles: 震える
cleans: 掃除する! 掃除している! 拭く
polishes: 磨く 磨いている!
repairs: 修理する! 修理している! 直す
breaks: 壊す 割れる
burns: 燃える
hangs: 掛かる 掛かっている! 吊るす
shines: 光る 輝く
rings: 鳴る 鳴って!
follows: 追う ついて行く!
chases: 追いかける
flees: 逃げる
searches: 探す
finds: 見つける
strokes: 撫でる なでる
wears: 着る 着た! 着ている! かぶる 身につける
works: 働く
pours: 注ぐ
nods: 頷く うなずく
bows: お辞儀する! お辞儀をする!
floats: 浮かぶ 浮く
rises: 立ち上がる
holds: さす さした!
"""

DETERMINERS = """
this: この その あの
his: 彼の
her: 彼女の
my: 私の 僕の 俺の
one: 一つの 一人の 一匹の 一台の 一本の 一冊の 一羽の
two: 二つの 二人の 二匹の 二台の 二本の 二羽の
three: 三つの 三人の 三匹の 三羽の 三本の
several: いくつかの
"""

SMALL_WORDS = """
-: たち 達 三羽 二匹 三匹
-: が は を に で へ と も の や ね よ か な だ です である いる ある いた あった います あります ました から まで
-: より
-: そして それから しかし でも すると という という名の という名前の と呼ばれる さん ちゃん くん 様 こと もの ため
-: よう
-: 上 下 中 前 後ろ 横 隣 側 そば 近く 外 内 そこ ここ あそこ する している した して しながら ながら て
-: た ない ません ている ていた に向かって
not: ず!
on: の上に の上で の上の
in: の中に の中で の中の
under: の下に の下で の下の
before: の前に の前で の前の
behind: の後ろに の後ろで
beside: のそばに のそばで の隣に の隣で の横に の横で
he: 彼が! 彼は!
she: 彼女が! 彼女は!
slowly: ゆっくり ゆっくりと
quietly: 静かに
suddenly: 突然 急に
again: また 再び
together: 一緒に
alone: 一人で
very: とても
also: また
"""
