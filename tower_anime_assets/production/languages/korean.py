"""Korean words by what English calls them; `lexicons` reads them. Verbs are listed by their stems and forms."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "verb": (("고", "{}고 {}지 {}며 {}면서 {}는 {}던"), ("", "{}")),
}
"""What forms a word has, by how it ends; a word with a `!` has no other."""

NOUNS = """
vase: 꽃병
wardrobe: 옷장
shelf: 선반
man: 남자 남성 아저씨
woman: 여자 여성 여인 아주머니
boy: 소년 남자아이
girl: 소녀 여자아이
child: 아이 어린이 꼬마
baby: 아기
old man: 노인 할아버지
old woman: 할머니 노파
monk: 스님 승려 수도승
nun: 수녀 비구니
priest: 신부 사제
grandmother: 외할머니
grandfather: 외할아버지
mother: 어머니 엄마
father: 아버지 아빠
brother: 형 오빠 남동생
sister: 누나 언니 여동생
son: 아들
daughter: 딸
friend: 친구
king: 왕
queen: 여왕
prince: 왕자
princess: 공주
soldier: 군인 병사
guard: 경비원
policeman: 경찰 경찰관
doctor: 의사
nurse: 간호사
teacher: 선생님 교사
student: 학생
farmer: 농부
cook: 요리사
waiter: 종업원
thief: 도둑
pirate: 해적
knight: 기사
samurai: 사무라이
ninja: 닌자
witch: 마녀
wizard: 마법사
person: 사람
people: 사람들
crowd: 군중
robot: 로봇
android: 안드로이드
drone: 드론
ghost: 유령 귀신
spirit: 정령
dragon: 용
monster: 괴물
demon: 악마
angel: 천사
fairy: 요정
skeleton: 해골
alien: 외계인
vampire: 흡혈귀
zombie: 좀비
giant: 거인
statue: 동상
doll: 인형
cat: 고양이
kitten: 새끼고양이
dog: 개 강아지!
puppy: 강아지
bird: 새
crow: 까마귀
owl: 부엉이 올빼미
eagle: 독수리
dove: 비둘기
duck: 오리
goose: 거위
swan: 백조
chicken: 닭
fox: 여우
wolf: 늑대
bear: 곰
rabbit: 토끼
mouse: 쥐 생쥐
horse: 말
cow: 소
sheep: 양
pig: 돼지
deer: 사슴
lion: 사자
tiger: 호랑이
elephant: 코끼리
monkey: 원숭이
snake: 뱀
frog: 개구리
turtle: 거북이
fish: 물고기
shark: 상어
whale: 고래
octopus: 문어
spider: 거미
butterfly: 나비
squirrel: 다람쥐
penguin: 펭귄
crane: 두루미
lamp: 램프 전등
lantern: 등불 초롱 랜턴
candle: 양초 촛불
book: 책
letter: 편지
newspaper: 신문
key: 열쇠
door: 문
window: 창문
table: 탁자 책상 식탁
chair: 의자
bed: 침대
sofa: 소파
carpet: 양탄자 카펫
cup: 컵 잔
bottle: 병
bowl: 그릇
plate: 접시
spoon: 숟가락
knife: 칼
pot: 냄비
teapot: 찻주전자
tea: 차
coffee: 커피
water: 물
wine: 와인
beer: 맥주
milk: 우유
bread: 빵
cake: 케이크
soup: 수프 국
rice: 밥
noodles: 국수 라면
apple: 사과
banana: 바나나
egg: 달걀 계란
umbrella: 우산
hat: 모자
bag: 가방
backpack: 배낭
box: 상자
telephone: 전화 전화기
phone: 휴대폰
computer: 컴퓨터
screen: 화면
clock: 시계
photo: 사진
map: 지도
sword: 검
gun: 총
shield: 방패
flower: 꽃
rose: 장미
tree: 나무
leaf: 나뭇잎
stone: 돌 바위
fire: 불
ring: 반지
necklace: 목걸이
bell: 종
drum: 북
guitar: 기타
violin: 바이올린
piano: 피아노
flute: 피리
ball: 공
kite: 연
car: 자동차
bus: 버스
train: 기차
bicycle: 자전거
motorbike: 오토바이
boat: 보트
ship: 배
aeroplane: 비행기
mirror: 거울
broom: 빗자루
money: 돈
pen: 펜
pencil: 연필
paper: 종이
camera: 카메라
crown: 왕관
gift: 선물
hair: 머리카락 머리
beard: 수염
eye: 눈동자
eyes: 눈
face: 얼굴
hand: 손
arm: 팔
leg: 다리
nose: 코
mouth: 입
ears: 귀
skin: 피부
tail: 꼬리
wings: 날개
coat: 코트 외투
jacket: 재킷
shirt: 셔츠
dress: 드레스 원피스
skirt: 치마
suit: 양복 정장
uniform: 제복 교복
scarf: 목도리
glasses: 안경
boots: 부츠
shoes: 신발
robe: 승복 가운
gloves: 장갑
collar: 목줄
ribbon: 리본
cape: 망토
helmet: 투구 헬멧
mask: 가면
apron: 앞치마
armour: 갑옷
wheelchair: 휠체어
floor: 바닥
roof: 지붕
street: 거리
wall: 벽
kitchen: 부엌 주방
room: 방
house: 집
garden: 정원
forest: 숲
city: 도시
village: 마을
sky: 하늘
mountain: 산
river: 강
sea: 바다
road: 길
bridge: 다리_위
corner: 구석
stairs: 계단
rain: 비
snow: 눈보라
fog: 안개
storm: 폭풍
wind: 바람
night: 밤
morning: 아침
evening: 저녁
light: 빛
shadow: 그림자
darkness: 어둠
smoke: 연기
years old: 살 살의 세의 살짜리 세
"""

ADJECTIVES = """
small: 작은 작고 조그만
big: 큰 커다란 크고
huge: 거대한
tall: 키_큰 키가_큰 높은
short: 짧은 짧고
long: 긴 길고
thin: 마른 날씬한
fat: 뚱뚱한
plump: 통통한
young: 젊은 어린
old: 늙은 나이_든 오래된 낡은
white: 하얀 흰 하얗고 흰색 하얀색
black: 검은 까만 검정 검고 검은색
red: 빨간 붉은 빨간색
blue: 파란 푸른 파란색
green: 초록색 초록 녹색
yellow: 노란 노란색
orange: 주황색
purple: 보라색
pink: 분홍색 분홍
brown: 갈색
grey: 회색
golden: 금색 금빛
silver: 은색
dark: 어두운
light: 밝은
round: 둥근 동그란
blonde: 금발
bald: 대머리
curly: 곱슬
wet: 젖은
empty: 빈
beautiful: 아름다운 예쁜
ugly: 못생긴
happy: 행복한 기쁜
sad: 슬픈
angry: 화난
tired: 지친 피곤한
quiet: 조용한
slow: 느린
fast: 빠른
warm: 따뜻한
hot: 뜨거운
cold: 차가운 추운
strong: 강한
poor: 가난한
new: 새로운
metal: 금속
wooden: 나무로_된
strange: 이상한
"""

VERBS = """
barks: 짖는다 짖고
makes: 만든다 만들고 만들었다
sleeps: 자고 자고_있다 잔다 잠든 잠들어 잠잔다 잠을_잔다 잤다 자는 잠들었다 졸고
sits: 앉아 앉는다 앉았다 앉아_있다 앉은 앉고 앉아서
runs: 달린다 달려 달려간다 뛴다 뛰어 뛰어간다 달리고 달리고_있다 달렸다 달리는 뛰고
walks: 걷는다 걸어 걸어간다 걷고 걷고_있다 걸었다 걷는 간다
eats: 먹 먹는다 먹고 먹고_있다 먹었다 먹는다
drinks: 마신다 마시고 마시고_있다 마셨다 마시는
writes: 쓴다 쓰고 쓰고_있다 썼다 적는다
falls: 넘어진다 쓰러진다 떨어진다 넘어졌다 쓰러졌다 떨어졌다
holds: 들고 들고_있다 들고_있는 든다 잡고 쥐고 잡는다
gives: 준다 건넨다 건네준다 주었다 줬다
opens: 연다 열고 열었다 여는
closes: 닫는다 닫고 닫았다
hugs: 안는다 껴안는다 포옹한다 안고 안았다 껴안고
kisses: 키스한다 입맞춘다 입맞추고
fights: 싸운다 싸우고 싸웠다 싸우는
attacks: 공격한다
cooks: 요리한다 요리하고 요리하고_있다 끓인다 굽는다
dances: 춤춘다 춤을_춘다 춤추고 춤을_추고 춤추는
drives: 운전한다 운전하고 운전하고_있다
prays: 기도한다 기도하고 기도하고_있다 기도했다
looks: 본다 바라본다 쳐다본다 보고 바라보고 바라보고_있다 보았다
smiles: 미소짓는다 미소를_짓는다 미소를 웃음_짓는다
weeps: 운다 울고 울고_있다 울었다 흐느낀다
laughs: 웃는다 웃고 웃고_있다 웃었다
stands: 서_있다 서있다 선다 서서 서 서_있는
lies: 누워 누워_있다 눕는다
waits: 기다린다 기다리고
reads: 읽는다 읽고 읽고_있다 읽었다
sings: 노래한다 노래를_부른다 노래하고
plays: 논다 놀고 연주한다
jumps: 뛰어오른다 점프한다
climbs: 오른다 올라간다
flies: 난다 날아간다 날고
swims: 헤엄친다 수영한다
comes: 온다 다가온다 왔다
enters: 들어온다 들어간다 들어왔다
leaves: 떠난다 나간다 나갔다
turns: 돌아본다 돌아선다
stops: 멈춘다 멈췄다
takes: 집는다 집어_든다 가져간다
puts: 놓는다 내려놓는다
lifts: 들어_올린다
throws: 던진다 던지고 던졌다
pulls: 당긴다
pushes: 민다
points: 가리킨다
hides: 숨는다 숨긴다
kneels: 무릎을_꿇는다 무릎_꿇는다 무릎을_꿇고
crouches: 웅크린다 쪼그려_앉는다
wakes: 깬다 깨어난다 일어난다
listens: 듣는다 듣고
speaks: 말한다
whispers: 속삭인다
shouts: 외친다 소리친다
trembles: 떤다 떨고
cleans: 청소한다 닦는다 닦고 닦고_있다 닦았다
repairs: 고친다 수리한다
burns: 탄다 타오른다
hangs: 걸려_있다 매달린다
shines: 빛난다
follows: 따라간다
chases: 쫓는다 쫓아간다
flees: 도망친다 도망간다
searches: 찾는다
strokes: 쓰다듬는다 쓰다듬고
wears: 입은 입고 쓴 입고_있다
works: 일한다
pours: 따른다
nods: 고개를_끄덕인다
bows: 절한다 고개를_숙인다
floats: 떠_있다 떠다닌다
"""

DETERMINERS = """
this: 이 그 저
one: 한 하나
two: 두 두_마리 둘
three: 세 세_마리 세_명
his: 그의
her: 그녀의
my: 나의 내
"""

SMALL_WORDS = """
-: 있다 있는 있고 있었다 그리고 위 위에 위에서 아래 아래에 옆 옆에 옆에서 앞 앞에 앞에서 뒤 뒤에 안에 안에서 안으로
-: 속 속에 밖 곁에 마리 명
-: 하지만 그러나 이라는 라는 이름의 이름 이름을_가진 것 수 때 채 한다 하고 있다가 권 잔의 개의 가진 를 을 이다 에서
not: 않는다 않고 않는 않았다 못한다 못 안
he: 그는 그가
she: 그녀는 그녀가
slowly: 천천히
suddenly: 갑자기
quietly: 조용히
together: 함께
alone: 혼자
very: 아주 매우
again: 다시
"""
