"""Portuguese words by what English calls them; `lexicons` reads them."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (
        ("ção", "{}ção {}ções"), ("ão", "{}ão {}ões {}ães {}ãos"), ("m", "{}m {}ns"), ("al", "{}al {}ais"),
        ("el", "{}el {}éis"), ("z", "{}z {}zes"), ("r", "{}r {}res"), ("", "{} {}s {}es"),
    ),
    "adjective": (
        ("ão", "{}ão {}ã {}ões {}onas {}ona"), ("o", "{}o {}a {}os {}as {}inho {}inha"), ("e", "{}e {}es"),
        ("m", "{}m {}ns"), ("ul", "{}ul {}uis"), ("z", "{}z {}zes"), ("", "{} {}s {}es"),
    ),
    "verb": (
        ("ar", "{}ar {}a {}am {}ando {}ou {}aram {}ava {}avam {}ado {}ada"),
        ("er", "{}er {}e {}em {}endo {}eu {}eram {}ia {}iam {}ido"),
        ("ir", "{}ir {}e {}em {}indo {}iu {}iram {}ia {}iam {}ido"),
    ),
}  # fmt: skip
"""What forms a word has, by how it ends; a word with a `!` has no other."""

NOUNS = """
vase: vaso jarro
wardrobe: armário
shelf: prateleira estante
man: homem senhor
woman: mulher senhora
boy: menino rapaz garoto
girl: menina moça garota rapariga
child: criança
baby: bebê bebé
old man: velho! velhos! ancião idoso
old woman: velha! velhas! anciã idosa
monk: monge
nun: freira
priest: padre sacerdote
grandmother: avó
grandfather: avô
mother: mãe mamãe
father: pai papai
brother: irmão
sister: irmã
son: filho
daughter: filha
friend: amigo amiga
king: rei
queen: rainha
prince: príncipe
princess: princesa
soldier: soldado
guard: guarda
policeman: polícia policial
doctor: médico médica doutor doutora
nurse: enfermeira enfermeiro
teacher: professor professora
student: aluno aluna estudante
farmer: fazendeiro camponês
cook: cozinheiro cozinheira
waiter: garçom empregado
waitress: garçonete
thief: ladrão
pirate: pirata
knight: cavaleiro
samurai: samurai
ninja: ninja
witch: bruxa
wizard: mago feiticeiro
person: pessoa
people: gente
crowd: multidão
stranger: desconhecido estranho!
robot: robô robot
android: androide
drone: drone
ghost: fantasma
spirit: espírito
dragon: dragão
monster: monstro
demon: demônio demónio
devil: diabo
angel: anjo
fairy: fada
skeleton: esqueleto
alien: extraterrestre alienígena
vampire: vampiro
zombie: zumbi
goblin: duende
giant: gigante
dwarf: anão
statue: estátua
doll: boneca boneco
cat: gato gata
kitten: gatinho gatinha
dog: cão cachorro cadela
puppy: cachorrinho filhote
bird: pássaro ave passarinho
crow: gralha
raven: corvo
owl: coruja
eagle: águia
dove: pomba
pigeon: pombo
duck: pato
goose: ganso
swan: cisne
chicken: galinha frango
rooster: galo
fox: raposa
wolf: lobo
bear: urso
rabbit: coelho
hare: lebre
mouse: rato ratinho
rat: ratazana
horse: cavalo
donkey: burro
cow: vaca
bull: touro
sheep: ovelha
lamb: cordeiro
goat: cabra
pig: porco
deer: veado cervo
lion: leão
tiger: tigre
elephant: elefante
monkey: macaco
snake: cobra serpente
frog: sapo rã
turtle: tartaruga
fish: peixe
shark: tubarão
whale: baleia
dolphin: golfinho
octopus: polvo
crab: caranguejo
spider: aranha
bee: abelha
butterfly: borboleta
hedgehog: ouriço
squirrel: esquilo
parrot: papagaio
penguin: pinguim
crane: garça
lamp: lâmpada candeeiro luminária
lantern: lanterna
candle: vela
book: livro
letter: carta
newspaper: jornal
key: chave
door: porta
window: janela
table: mesa
chair: cadeira
bed: cama
sofa: sofá
carpet: tapete
cup: xícara chávena
glass: copo
bottle: garrafa
bowl: tigela
plate: prato
spoon: colher
knife: faca
fork: garfo
pot: panela
teapot: bule
tea: chá
coffee: café
water: água
wine: vinho
beer: cerveja
milk: leite
bread: pão
cake: bolo
soup: sopa
rice: arroz!
noodles: macarrão
apple: maçã
banana: banana
orange: laranja
egg: ovo
cheese: queijo
umbrella: guarda-chuva
hat: chapéu
bag: bolsa saco
backpack: mochila
box: caixa
suitcase: mala
telephone: telefone
phone: celular telemóvel
computer: computador
screen: tela ecrã
clock: relógio
photo: foto fotografia
picture: quadro
map: mapa
sword: espada
dagger: punhal adaga
gun: pistola arma
bow: arco
arrow: flecha
shield: escudo
flower: flor
rose: rosa
tree: árvore
leaf: folha
stone: pedra
fire: fogo
ring: anel
necklace: colar
bell: sino
drum: tambor
guitar: violão guitarra
violin: violino
piano: piano
flute: flauta
ball: bola
kite: pipa papagaio_de_papel
car: carro
bus: ônibus! autocarro
train: trem comboio
bicycle: bicicleta
motorbike: moto motocicleta
boat: barco bote
ship: navio
aeroplane: avião
mirror: espelho
broom: vassoura
ladder: escada_de_mão
hammer: martelo
rope: corda
coin: moeda
money: dinheiro
pen: caneta
pencil: lápis!
paper: papel
scissors: tesoura
camera: câmera
crown: coroa
flag: bandeira
gift: presente
hair: cabelo
beard: barba
eye: olho!
eyes: olhos!
face: rosto cara
hand: mão
head: cabeça
arm: braço
leg: perna pata
nose: nariz
mouth: boca
ear: orelha!
ears: orelhas!
skin: pele
tail: cauda rabo
wings: asa
back: costas!
finger: dedo
fur: pelo pelagem
coat: casaco sobretudo
jacket: jaqueta
shirt: camisa camiseta
sweater: suéter
dress: vestido
skirt: saia
trousers: calças! calça!
suit: terno fato
uniform: uniforme
cap: boné gorro
scarf: cachecol lenço
glasses: óculos!
sunglasses: óculos_de_sol
boots: bota
shoes: sapato
robe: túnica hábito manto
kimono: quimono kimono
gloves: luva
collar: coleira
belt: cinto
ribbon: fita laço
cape: capa
hood: capuz
helmet: capacete elmo
mask: máscara
apron: avental
armour: armadura
wheelchair: cadeira_de_rodas
scar: cicatriz
metal: metal lata
wood: madeira
antenna: antena
floor: chão piso
roof: telhado teto
street: rua
wall: parede muro
kitchen: cozinha
room: quarto sala
house: casa
garden: jardim
forest: floresta bosque
city: cidade
village: aldeia vila
sky: céu
mountain: montanha
river: rio
sea: mar
road: estrada caminho
bridge: ponte
corner: canto esquina
stairs: escada
rain: chuva
snow: neve
fog: nevoeiro névoa neblina
storm: tempestade
wind: vento
night: noite
morning: manhã
evening: tarde
day: dia
light: luz
shadow: sombra
darkness: escuridão
smoke: fumaça fumo
steam: vapor
silence: silêncio
years: ano
"""

ADJECTIVES = """
small: pequeno
tiny: minúsculo pequenino
big: grande
huge: enorme imenso
tall: alto
short: curto baixo
long: comprido longo
thin: magro fino
fat: gordo
plump: gorducho rechonchudo
slim: esguio
broad: largo
muscular: musculoso
young: jovem novo!
old: velho idoso antigo
white: branco
black: preto negro
ginger: ruivo
red: vermelho
blue: azul
green: verde
yellow: amarelo
orange: alaranjado laranja!
purple: roxo violeta!
pink: rosa! cor-de-rosa
brown: marrom castanho
grey: cinza cinzento grisalho
golden: dourado
silver: prateado
dark: escuro
light: claro
pale: pálido
round: redondo
blonde: loiro louro
bald: careca calvo
curly: cacheado encaracolado
straight: liso
wet: molhado
empty: vazio
full: cheio
broken: quebrado partido
beautiful: bonito belo lindo
ugly: feio
happy: feliz contente alegre
sad: triste
angry: zangado furioso
afraid: assustado
tired: cansado
nervous: nervoso
quiet: calmo quieto
silent: silencioso
slow: lento
fast: rápido
warm: quente
cold: frio
open: aberto
strong: forte
weak: fraco
poor: pobre
rich: rico
new: novo
heavy: pesado
soft: macio
metallic: metálico
rusty: enferrujado
strange: estranho
same: mesmo
last: último
first: primeiro
"""

VERBS = """
barks: late! latem! latir! ladra!
makes: faz! fazem! fazer! fazendo!
prepares: preparar
rolls: rola! rolam! rolar
sleeps: dorme! dormem! dormir! dormindo! dormiu! dormia! adormecido! adormecida!
sits: senta! sentam! sentar! sentado! sentada! sentados! sentadas! sentou! sentava!
runs: correr
walks: caminhar andar passear vai! vão!
eats: come! comem! comer! comendo! comeu! comia! comeram! morde! devora! mastiga!
drinks: bebe! bebem! beber! bebendo! bebeu! bebia!
writes: escrever
falls: cai! caem! cair! caindo! caiu! tropeça!
holds: segurar segura!
carries: carregar levar carrega!
gives: dá! dão! dar! dando! deu! entrega! entregam! oferece!
opens: abre! abrem! abrir! abrindo! abriu!
closes: fecha! fecham! fechar! fechou!
hugs: abraçar abraça!
kisses: beijar beija!
fights: lutar luta! briga!
attacks: atacar
strikes: bate! batem! golpeia!
cooks: cozinhar cozinha! frita! assa!
dances: dançar dança!
drives: dirigir dirige! conduz!
rides: cavalgar
prays: rezar orar reza! ora!
looks: olhar observar olha! fita!
sees: vê! veem! ver! vendo! viu!
smiles: sorri! sorriem! sorrir! sorrindo! sorriu!
weeps: chorar chora! soluça!
laughs: ri! riem! rir! rindo! riu!
stands: está_de_pé! de_pé! em_pé! parado! parada!
lies: jaz! deitado! deitada! deita!
waits: esperar espera!
reads: lê! leem! ler! lendo! leu!
sings: cantar canta!
plays: brincar jogar tocar brinca!
jumps: pular saltar
climbs: subir! sobe! sobem! escala!
flies: voa! voam! voar! voando! voou!
swims: nadar
comes: vem! vêm! vir! chega! chegam! chegar
enters: entrar entra!
leaves: sai! saem! sair! saindo! saiu! deixa!
turns: vira! viram! virar! gira!
stops: para! param! parar!
takes: pega! pegam! pegar! pegou! toma! tira!
grabs: agarrar
puts: põe! põem! pôr! coloca! colocam! pousa!
lifts: levanta! levantam! ergue!
throws: joga! atira! lança! lançam!
catches: apanha!
pulls: puxar
pushes: empurrar
points: apontar aponta!
hides: esconder esconde!
kneels: ajoelha! ajoelhado! ajoelhada!
crouches: agacha! agachado! agachada!
wakes: acordar acorda! desperta!
listens: escutar escuta!
hears: ouve! ouvem! ouvir!
speaks: falar fala!
says: diz! dizem! dizer! disse!
whispers: sussurrar sussurra!
shouts: gritar grita!
trembles: treme! tremem! tremer! tremendo!
asks: pergunta!
answers: responde! respondem!
cleans: limpar limpa! varre!
polishes: polir! pole! polindo! lustra! lustrando! lustrar!
repairs: consertar reparar
breaks: quebra! quebram! parte!
burns: queima! arde!
hangs: pendura! pende! pendurado! pendurada!
shines: brilha! brilham!
follows: segue! seguem! seguir!
chases: persegue! perseguem!
flees: foge! fogem! fugir!
shoots: dispara! disparam!
searches: procurar procura! busca!
finds: encontra! encontram! acha!
strokes: acariciar acaricia!
wears: veste! vestem! usa! vestido_de! vestida_de!
touches: tocar toca!
cuts: corta! cortam!
washes: lavar lava!
works: trabalhar trabalha!
lives: vive! mora!
pours: serve! derrama!
nods: acena!
bows: curva!
floats: flutuar flutua!
grows: cresce!
rises: levanta-se!
begins: começa!
"""

DETERMINERS = """
the: o a os as
a: um uma uns umas
his: seu sua seus suas
my: meu minha meus minhas
your: teu tua
this: este esta estes estas esse essa aquele aquela
every: cada todo toda todos todas
in the: no na nos nas
of the: do da dos das
to the: ao à aos às
along the: pelo pela pelos pelas
in a: num numa
of a: dum duma
no: nenhum nenhuma
two: dois duas ambos ambas
three: três
four: quatro
five: cinco
six: seis
seven: sete
eight: oito
nine: nove
ten: dez
many: muitos muitas
several: vários várias alguns algumas
another: outro outra outros outras
"""

SMALL_WORDS = """
and: e
or: ou
but: mas
with: com
without: sem
in: em dentro_de
on: sobre em_cima_de
of: de
from: desde
to: até para
along: por
under: sob debaixo_de embaixo_de
behind: atrás_de
before: diante_de em_frente_a
beside: ao_lado_de perto_de junto_a
between: entre
through: através_de
against: contra
around: ao_redor_de à_volta_de
like: como
as: enquanto
he: ele
she: ela
they: eles elas
we: nós
i: eu
who: que quem
where: onde
when: quando
is: é está era estava foi ser estar
are: são estão eram estavam
has: tem tinha ter há
have: têm tinham
can: pode podem
must: deve
not: não
never: nunca jamais
nothing: nada
nobody: ninguém
very: muito muita
then: então depois agora de_repente já
also: também
only: só apenas
still: ainda
again: de_novo outra_vez novamente
here: aqui
there: ali lá
up: acima
down: abaixo
out: fora
away: embora longe
together: juntos juntas
alone: sozinho sozinha
-: se
slowly: lentamente devagar
more: mais
something: algo alguma_coisa
years old: anos_de_idade!
named: chamado chamada de_nome
"""
