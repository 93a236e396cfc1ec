"""Chinese words, simplified and traditional, by what English calls them; `lexicons` reads them."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "adjective": (("", "{} {}的 {}地"),),
    "verb": (("", "{} {}着 {}著 {}了 {}完 {}起来 {}起來"),),
}
"""What forms a word has; a word with a `!` has no other."""

NOUNS = """
vase: 花瓶
wardrobe: 衣柜 衣櫃
shelf: 书架 架子
man: 男人 男子 先生
woman: 女人 女子 女士
boy: 男孩 小男孩 少年
girl: 女孩 小女孩 少女 姑娘 女孩子
child: 孩子 小孩 儿童 兒童
baby: 婴儿 嬰兒 宝宝
old man: 老人 老头 老頭 老爷爷 老先生 老男人
old woman: 老太太 老奶奶 老妇人 老婦人
monk: 和尚 僧人 老和尚 僧侣
nun: 尼姑 修女
priest: 牧师 神父
grandmother: 奶奶 祖母 外婆
grandfather: 爷爷 爺爺 祖父
mother: 妈妈 媽媽 母亲 母親
father: 爸爸 父亲 父親
brother: 哥哥 弟弟
sister: 姐姐 妹妹
son: 儿子 兒子
daughter: 女儿 女兒
friend: 朋友
king: 国王 國王
queen: 女王 王后
prince: 王子
princess: 公主
soldier: 士兵 战士
guard: 卫兵 守卫 保安
policeman: 警察
doctor: 医生 醫生
nurse: 护士 護士
teacher: 老师 老師
student: 学生 學生
farmer: 农民 農民
cook: 厨师 廚師
waiter: 服务员
thief: 小偷
pirate: 海盗
knight: 骑士 騎士
samurai: 武士
ninja: 忍者
witch: 女巫
wizard: 巫师
person: 人
people: 人们 人們
crowd: 人群
robot: 机器人 機器人
android: 仿生人
drone: 无人机 無人機
ghost: 幽灵 幽靈 鬼魂 鬼
spirit: 精灵 精靈
dragon: 龙 龍
monster: 怪物 怪兽
demon: 恶魔 惡魔
angel: 天使
fairy: 仙女
skeleton: 骷髅
alien: 外星人
vampire: 吸血鬼
zombie: 僵尸
giant: 巨人
statue: 雕像
doll: 娃娃 玩偶
cat: 猫 貓 猫咪 小猫! 小貓!
kitten: 小猫咪
dog: 狗 小狗! 狗狗
bird: 鸟 鳥 小鸟! 小鳥!
crow: 乌鸦 烏鴉
owl: 猫头鹰 貓頭鷹
eagle: 老鹰 鹰
dove: 鸽子 鴿子
duck: 鸭子 鴨子
goose: 鹅
chicken: 鸡 雞 母鸡
fox: 狐狸
wolf: 狼
bear: 熊 小熊
rabbit: 兔子 小兔子
mouse: 老鼠
horse: 马 馬
cow: 牛 奶牛
sheep: 羊 绵羊
pig: 猪 豬
deer: 鹿
lion: 狮子 獅子
tiger: 老虎
elephant: 大象
monkey: 猴子
snake: 蛇
frog: 青蛙
turtle: 乌龟 烏龜
fish: 鱼 魚
shark: 鲨鱼
whale: 鲸鱼
octopus: 章鱼
spider: 蜘蛛
butterfly: 蝴蝶
penguin: 企鹅
panda: 熊猫 熊貓
lamp: 灯 燈 台灯
lantern: 灯笼 燈籠
candle: 蜡烛 蠟燭
book: 书 書 书本
letter: 信 信件
newspaper: 报纸 報紙
key: 钥匙 鑰匙
door: 门 門
window: 窗户 窗戶 窗 窗子
table: 桌子 桌
chair: 椅子
bed: 床
sofa: 沙发 沙發
carpet: 地毯
cup: 杯子 茶杯
bottle: 瓶子
bowl: 碗
plate: 盘子 盤子
spoon: 勺子
knife: 刀 刀子
pot: 锅 鍋
teapot: 茶壶
tea: 茶
coffee: 咖啡
water: 水
wine: 红酒
beer: 啤酒
milk: 牛奶
bread: 面包 麵包
cake: 蛋糕
soup: 汤 湯
rice: 米饭 米飯
noodles: 面条 麵條
apple: 苹果 蘋果
banana: 香蕉
egg: 鸡蛋
umbrella: 雨伞 雨傘 伞
hat: 帽子
bag: 包 袋子 书包
box: 箱子 盒子
telephone: 电话 電話
phone: 手机 手機
computer: 电脑 電腦
screen: 屏幕
clock: 钟 时钟
photo: 照片
map: 地图 地圖
sword: 剑 劍
gun: 枪 槍
bow: 弓
shield: 盾牌
flower: 花 鲜花
rose: 玫瑰
tree: 树 樹
leaf: 叶子
stone: 石头 石頭
fire: 火
ring: 戒指
necklace: 项链
bell: 钟声! 铃
drum: 鼓
guitar: 吉他
violin: 小提琴
piano: 钢琴
flute: 笛子
ball: 球
kite: 风筝
car: 汽车 車 车
bus: 公交车
train: 火车 火車
bicycle: 自行车
motorbike: 摩托车
boat: 小船
ship: 船
aeroplane: 飞机 飛機
mirror: 镜子 鏡子
broom: 扫帚
money: 钱
pen: 笔
pencil: 铅笔
paper: 纸 紙
crown: 王冠
gift: 礼物 禮物
hair: 头发 頭髮 发
beard: 胡子 鬍子
eyes: 眼睛
face: 脸 臉
hand: 手
head: 头
arm: 手臂
leg: 腿
nose: 鼻子
mouth: 嘴
ears: 耳朵
skin: 皮肤
tail: 尾巴
wings: 翅膀
coat: 大衣 外套
jacket: 夹克
shirt: 衬衫 衬衣
dress: 裙子 连衣裙 長裙
suit: 西装
uniform: 制服
scarf: 围巾 圍巾
glasses: 眼镜 眼鏡
boots: 靴子
shoes: 鞋子
robe: 袍子 僧袍 长袍 長袍
gloves: 手套
collar: 项圈
ribbon: 丝带
cape: 披风
helmet: 头盔
mask: 面具
apron: 围裙
armour: 盔甲
wheelchair: 轮椅 輪椅
floor: 地板 地上
roof: 屋顶 屋頂
street: 街道 街
wall: 墙
kitchen: 厨房 廚房
room: 房间 房間
house: 房子
garden: 花园 花園
forest: 森林
city: 城市
village: 村庄
sky: 天空
mountain: 山
river: 河
sea: 大海
road: 路
bridge: 桥
corner: 角落
stairs: 楼梯
rain: 雨 大雨
snow: 雪
fog: 雾 霧
storm: 暴风雨
wind: 风
night: 夜晚 夜里
morning: 早晨 早上
evening: 傍晚 晚上
light: 光
shadow: 影子
darkness: 黑暗
smoke: 烟
years old: 岁 歲 岁的 歲的
"""

ADJECTIVES = """
small: 小 小小 矮小
tiny: 微小
big: 大 高大
huge: 巨大
tall: 高
short: 短 矮
long: 长 長
thin: 瘦 细
fat: 胖 肥
plump: 胖乎乎
young: 年轻 年輕
old: 旧 舊 老 年老 年迈
white: 白 白色 雪白
black: 黑 黑色
red: 红 紅 红色 紅色
blue: 蓝 藍 蓝色 藍色
green: 绿 綠 绿色 綠色
yellow: 黄 黃 黄色 黃色
orange: 橙色 橘色
purple: 紫 紫色
pink: 粉色 粉红色
brown: 棕色 褐色
grey: 灰 灰色
golden: 金色
silver: 银色
dark: 黑暗 深色
light: 浅色 明亮
round: 圆 圓 圆圆
blonde: 金发 金髮
bald: 光头 秃头
curly: 卷发
wet: 湿
empty: 空
beautiful: 美丽 美麗 漂亮
ugly: 丑陋
happy: 高兴 开心 快乐 高興 開心
sad: 悲伤 难过 伤心
angry: 生气 愤怒
tired: 疲惫
quiet: 安静 安靜
slow: 慢慢 缓慢
fast: 快
warm: 温暖
hot: 热
cold: 冷 寒冷
strong: 强壮
new: 新
metal: 金属
wooden: 木头 木制
strange: 奇怪
"""

VERBS = """
barks: 狂吠
makes: 制作 做
sleeps: 睡觉 睡覺 睡 睡在! 睡着!
sits: 坐 坐在! 坐下
runs: 跑 奔跑 跑步 跑向!
walks: 走 走路 走向! 走进! 散步
eats: 吃
drinks: 喝
writes: 写 寫 写字
falls: 摔倒 跌倒 掉 倒下
holds: 拿 握 抱着! 举 手持
gives: 给 給 递给 交给
opens: 打开 打開
closes: 关上 關上
hugs: 拥抱 擁抱 抱住
kisses: 亲吻 親吻 吻
fights: 打架 战斗 戰鬥
attacks: 攻击
cooks: 做饭 做飯 煮 炒菜
dances: 跳舞
drives: 开车 開車
prays: 祈祷 祈禱
looks: 看 看向! 望 盯
sees: 看见 看到 看見
smiles: 微笑
weeps: 哭 哭泣 流泪
laughs: 笑 大笑
stands: 站 站在! 站立
lies: 躺 躺在!
waits: 等 等待
reads: 读 讀 看书 阅读
sings: 唱歌 唱
plays: 玩 弹
jumps: 跳
climbs: 爬
flies: 飞 飛
swims: 游泳
comes: 来 來 走来
enters: 进来 進來 进入 走进来
leaves: 离开 離開 出去
turns: 转身 轉身
stops: 停下
takes: 拿起 取出
grabs: 抓住 抓
puts: 放 放下 放在!
lifts: 举起
throws: 扔 投
pulls: 拉
pushes: 推
points: 指着! 指向!
hides: 躲 藏
kneels: 跪 跪下
crouches: 蹲
wakes: 醒 醒来
listens: 听 聽
speaks: 说话 說話
says: 说 說
whispers: 低语
shouts: 喊 大叫
trembles: 发抖 颤抖
cleans: 打扫 打掃 擦 清洁
polishes: 擦亮
repairs: 修理
breaks: 打破
burns: 燃烧
hangs: 挂 掛 挂在!
shines: 发光 闪耀
follows: 跟着! 跟随
chases: 追 追赶
flees: 逃跑 逃走
searches: 寻找 找
finds: 找到
strokes: 抚摸
wears: 穿 戴 身穿! 穿着! 戴着!
works: 工作
lives: 住
pours: 倒茶! 倒水!
nods: 点头
bows: 鞠躬
floats: 漂浮 飘
"""

DETERMINERS = """
this: 这 這 那 这个 那个
one: 一个 一個 一只 一隻 一条 一匹 一位 一名 一本 一把 一张 一盏 一杯 一碗 一朵 一辆 一艘 一台 一座 一棵 一头 一双
two: 两个 兩個 两只 两隻 二 两
three: 三个 三只 三
four: 四个
five: 五个
many: 很多 许多
several: 几个 几只
his: 他的
her: 她的
my: 我的
"""

SMALL_WORDS = """
-: 们 們 上空
in: 在!
from: 从! 從!
with: 用! 跟! 和!
to: 向! 对!
-: 的 了 着 著 过 过去 正在 正 把 被 地 得 是 有 就 都 也 还 很 又 再 叫 名叫 叫做 名字 名为 只 个 位 条
-: 向 从前
-: 到 里 裡 上 下 中 旁边 旁 边 前 后 前面 后面 里面 外面 下面 上面 之 而 那么 着的 啊 吗 呢 吧 为 让 来 去 一
-: 起 地说
and: 与! 與!
not: 不 没 没有 沒有 沒 别
he: 他
she: 她
it: 它
they: 他们 她们
i: 我
you: 你
on: 上面!
slowly: 慢慢地
suddenly: 突然
then: 然后
together: 一起
alone: 独自
very: 非常
"""
