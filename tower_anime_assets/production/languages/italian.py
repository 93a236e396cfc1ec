"""Italian words by what English calls them; `lexicons` reads them."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (
        ("io", "{}io {}i"), ("co", "{}co {}chi {}ci"), ("go", "{}go {}ghi {}gi"), ("o", "{}o {}i"),
        ("ca", "{}ca {}che"), ("ga", "{}ga {}ghe"), ("cia", "{}cia {}ce {}cie"), ("a", "{}a {}e {}i"), ("e", "{}e {}i"),
        ("", "{}"),
    ),
    "adjective": (
        ("co", "{}co {}ca {}chi {}che {}ci"), ("go", "{}go {}ga {}ghi {}ghe"),
        ("io", "{}io {}ia {}i {}ie"), ("o", "{}o {}a {}i {}e"), ("e", "{}e {}i"), ("", "{}"),
    ),
    "verb": (
        ("care", "{}care {}ca {}cano {}cando {}cato {}cava {}cò"),
        ("are", "{}are {}a {}ano {}ando {}ato {}ata {}ati {}ava {}avano {}ò {}arono"),
        ("ere", "{}ere {}e {}ono {}endo {}uto {}eva {}evano {}é"),
        ("ire", "{}ire {}e {}ono {}endo {}ito {}iva {}ivano {}ì {}isce {}iscono"),
    ),
}  # fmt: skip
"""What forms a word has, by how it ends; a word with a `!` has no other."""

NOUNS = """
vase: vaso
wardrobe: armadio
shelf: scaffale mensola
man: uomo! uomini! signore
woman: donna signora
boy: ragazzo bambino ragazzino
girl: ragazza bambina ragazzina
child: bimbo bimba
baby: neonato neonata
old man: anziano vecchio
old woman: anziana vecchia
monk: monaco
nun: suora monaca
priest: prete sacerdote
grandmother: nonna
grandfather: nonno
mother: madre mamma
father: padre papà
brother: fratello
sister: sorella
son: figlio
daughter: figlia
friend: amico amica
king: re!
queen: regina
prince: principe
princess: principessa
soldier: soldato
guard: guardia
policeman: poliziotto
doctor: medico dottore dottoressa
nurse: infermiera infermiere
teacher: maestro maestra insegnante professore professoressa
student: studente studentessa alunno
farmer: contadino contadina
cook: cuoco cuoca
waiter: cameriere
waitress: cameriera
thief: ladro
pirate: pirata
knight: cavaliere
samurai: samurai
ninja: ninja
witch: strega
wizard: mago
person: persona
people: gente
crowd: folla
stranger: sconosciuto sconosciuta straniero
robot: robot
android: androide
drone: drone
ghost: fantasma
spirit: spirito
dragon: drago
monster: mostro
demon: demone
devil: diavolo
angel: angelo
fairy: fata
skeleton: scheletro
alien: alieno
vampire: vampiro
zombie: zombi zombie
goblin: folletto
giant: gigante
dwarf: nano
statue: statua
doll: bambola
cat: gatto gatta
kitten: gattino gattina
dog: cane cagna
puppy: cucciolo cagnolino
bird: uccello uccellino
crow: cornacchia
raven: corvo
owl: gufo civetta
eagle: aquila
dove: colomba
pigeon: piccione
duck: anatra
goose: oca
swan: cigno
chicken: gallina pollo
rooster: gallo
fox: volpe
wolf: lupo
bear: orso
rabbit: coniglio
hare: lepre
mouse: topo
rat: ratto
horse: cavallo
donkey: asino
cow: mucca
bull: toro
sheep: pecora
lamb: agnello
goat: capra
pig: maiale
deer: cervo
lion: leone
tiger: tigre
elephant: elefante
monkey: scimmia
snake: serpente
frog: rana
turtle: tartaruga
fish: pesce
shark: squalo
whale: balena
dolphin: delfino
octopus: polpo
crab: granchio
spider: ragno
bee: ape! api!
butterfly: farfalla
hedgehog: riccio
squirrel: scoiattolo
parrot: pappagallo
penguin: pinguino
crane: gru!
lamp: lampada
lantern: lanterna
candle: candela
book: libro
letter: lettera
newspaper: giornale
key: chiave
door: porta
window: finestra
table: tavolo tavola
chair: sedia
bed: letto
sofa: divano
carpet: tappeto
cup: tazza
glass: bicchiere
bottle: bottiglia
bowl: ciotola scodella
plate: piatto
spoon: cucchiaio
knife: coltello
fork: forchetta
pot: pentola
teapot: teiera
tea: tè! the!
coffee: caffè
water: acqua
wine: vino
beer: birra
milk: latte
bread: pane
cake: torta
soup: zuppa minestra
rice: riso!
noodles: spaghetti! tagliatelle!
apple: mela
banana: banana
orange: arancia
egg: uovo! uova!
cheese: formaggio
umbrella: ombrello
hat: cappello
bag: borsa
backpack: zaino
box: scatola
suitcase: valigia
telephone: telefono
phone: cellulare
computer: computer
screen: schermo
clock: orologio
photo: foto fotografia
picture: quadro
map: mappa
sword: spada
dagger: pugnale
gun: pistola
bow: arco
arrow: freccia
shield: scudo
flower: fiore
rose: rosa
tree: albero
leaf: foglia
stone: pietra
fire: fuoco
ring: anello
necklace: collana
bell: campana
drum: tamburo
guitar: chitarra
violin: violino
piano: pianoforte
flute: flauto
ball: palla pallone
kite: aquilone
car: macchina automobile auto
bus: autobus
train: treno
bicycle: bicicletta bici
motorbike: moto motocicletta
boat: barca
ship: nave
aeroplane: aereo
mirror: specchio
broom: scopa
ladder: scala_a_pioli
hammer: martello
rope: corda
coin: moneta
money: denaro soldi!
pen: penna
pencil: matita
paper: carta
scissors: forbici!
camera: macchina_fotografica
crown: corona
flag: bandiera
gift: regalo
hair: capelli! capello!
beard: barba
eye: occhio!
eyes: occhi!
face: faccia viso
hand: mano mani!
head: testa
arm: braccio! braccia!
leg: gamba zampa
nose: naso
mouth: bocca
ear: orecchio!
ears: orecchie! orecchi!
skin: pelle
tail: coda
wings: ali! ala!
back: schiena
finger: dito! dita!
fur: pelo pelliccia
coat: cappotto
jacket: giacca
shirt: camicia maglietta
sweater: maglione
dress: vestito abito
skirt: gonna
trousers: pantaloni!
suit: completo!
uniform: uniforme divisa
cap: berretto
scarf: sciarpa
glasses: occhiali!
sunglasses: occhiali_da_sole
boots: stivali! stivale!
shoes: scarpa
robe: tunica saio
kimono: kimono
gloves: guanto
collar: collare
belt: cintura
ribbon: nastro fiocco
cape: mantello
hood: cappuccio
helmet: elmo casco
mask: maschera
apron: grembiule
armour: armatura
wheelchair: sedia_a_rotelle
scar: cicatrice
metal: metallo latta
wood: legno
antenna: antenna
floor: pavimento
roof: tetto
street: strada via!
wall: muro parete
kitchen: cucina
room: stanza camera
house: casa
garden: giardino
forest: foresta bosco
city: città
village: villaggio
sky: cielo
mountain: montagna
river: fiume
sea: mare
road: sentiero
bridge: ponte
corner: angolo
stairs: scale! scala!
rain: pioggia
snow: neve
fog: nebbia
storm: tempesta temporale
wind: vento
night: notte
morning: mattina mattino
evening: sera
day: giorno
light: luce
shadow: ombra
darkness: buio oscurità
smoke: fumo
steam: vapore
silence: silenzio
years: anni! anno!
"""

ADJECTIVES = """
small: piccolo
tiny: minuscolo piccolissimo
big: grande grosso gran!
huge: enorme
tall: alto
short: corto basso
long: lungo
thin: magro sottile
fat: grasso
plump: paffuto
slim: snello
broad: largo
muscular: muscoloso
young: giovane
old: vecchio anziano antico
white: bianco
black: nero
red: rosso
blue: blu! azzurro
green: verde
yellow: giallo
orange: arancione
purple: viola!
pink: rosa!
brown: marrone castano bruno
grey: grigio
golden: dorato
silver: argentato
dark: scuro buio
light: chiaro
pale: pallido
round: rotondo tondo
blonde: biondo
bald: calvo
curly: riccio
straight: liscio
wet: bagnato
empty: vuoto
full: pieno
broken: rotto
beautiful: bello bella bel! bellissimo
ugly: brutto
happy: felice contento allegro
sad: triste
angry: arrabbiato furioso
afraid: spaventato
tired: stanco
nervous: nervoso
quiet: tranquillo
silent: silenzioso
slow: lento
fast: veloce
warm: caldo
cold: freddo
open: aperto
strong: forte
weak: debole
poor: povero
rich: ricco
new: nuovo
heavy: pesante
soft: morbido
metallic: metallico
rusty: arrugginito
strange: strano
same: stesso
last: ultimo
first: primo
"""

VERBS = """
barks: abbaia! abbaiano! abbaiare
makes: fa! fanno! fare! facendo!
prepares: preparare
rolls: rotola! rotolano! rotolare
sleeps: dormire dormendo! addormentato! addormentata!
sits: siede! siedono! seduto! seduta! seduti! sedute! sedere! sedendo! sedeva!
runs: corre! corrono! correndo! correre! corse! correva!
walks: camminare passeggiare va! vanno!
eats: mangia! mangiano! mangiando! mangiare! mangiò! mangiava! mangiato!
drinks: beve! bevono! bevendo! bere! bevve! beveva! sorseggia!
writes: scrive! scrivono! scrivendo! scrivere! scrisse!
falls: cade! cadono! cadendo! cadere! cadde! inciampa!
holds: tiene! tengono! tenendo! tenere! regge! stringe!
carries: portare
gives: dà! danno! dando! dare! diede! porge! consegna! offre!
opens: apre! aprono! aprendo! aprire! aprì!
closes: chiude! chiudono! chiudere! chiuse!
hugs: abbraccia! abbracciano! abbracciare! abbracciando! abbracciò!
kisses: bacia! baciano! baciare! baciando! baciò!
fights: combatte! combattono! combattere! combattendo! lottare lotta!
attacks: attacca! attaccano!
strikes: colpisce! colpiscono! picchia!
cooks: cucinare cucina! frigge! cuoce!
dances: ballare danzare balla!
drives: guidare guida!
rides: cavalcare
prays: pregare prega! pregano! pregando!
looks: guardare guarda! osservare fissare
sees: vede! vedono! vedendo! vedere! vide!
smiles: sorride! sorridono! sorridendo! sorridere! sorrise!
weeps: piange! piangono! piangendo! piangere! pianse! singhiozza!
laughs: ride! ridono! ridendo! ridere! rise!
stands: sta_in_piedi! in_piedi! stanno_in_piedi!
lies: giace! giacciono! sdraiato! sdraiata! disteso! distesa!
waits: aspettare attende!
reads: legge! leggono! leggendo! leggere! lesse!
sings: cantare
plays: gioca! giocano! giocando! giocare! suonare suona!
jumps: saltare salta!
climbs: arrampica! sale! salgono! salire!
flies: volare vola!
swims: nuotare
comes: viene! vengono! venire! arriva! arrivano!
enters: entrare entra!
leaves: esce! escono! uscire! uscì! parte!
turns: gira! girano! girare! volta!
stops: ferma! fermano! fermare!
takes: prende! prendono! prendendo! prendere! prese!
grabs: afferra! afferrano! afferrare!
puts: mette! mettono! mettere! mise! posa! appoggia!
lifts: solleva! sollevano! alza!
throws: lancia! lanciano! lanciare! getta!
catches: acchiappa!
pulls: tira! tirano! tirare!
pushes: spinge! spingono! spingere!
points: indicare indica!
hides: nasconde! nascondono! nascosto! nascosta!
kneels: inginocchia! inginocchiato! inginocchiata!
crouches: accovaccia! accovacciato! accovacciata! rannicchiato!
wakes: sveglia! svegliano! svegliare!
listens: ascoltare ascolta!
hears: sente! sentono! sentire!
speaks: parlare parla!
says: dice! dicono! dire! disse!
whispers: sussurrare
shouts: gridare urlare grida! urla!
trembles: trema! tremano! tremare! tremando!
asks: chiede! chiedono!
answers: risponde! rispondono!
cleans: pulire pulisce!
polishes: lucida! lucidano! lucidare! lucidando!
repairs: riparare ripara!
breaks: rompe! rompono! spezza!
burns: brucia! bruciano!
hangs: pende! pendono! appeso! appesa!
shines: brilla! brillano! splende!
follows: segue! seguono! seguire!
chases: insegue! inseguono!
flees: fugge! fuggono! scappa! scappano!
shoots: spara! sparano!
knocks: bussa!
searches: cercare cerca! cercano!
finds: trova! trovano! trovare!
strokes: accarezza! accarezzano!
wears: indossare indossa! vestito_di! vestita_di!
touches: toccare tocca!
cuts: taglia!
washes: lava! lavano! lavare!
works: lavorare lavora!
lives: vive! vivono!
pours: versa! versano!
nods: annuisce!
bows: inchina!
floats: galleggia! fluttua! fluttuano!
grows: cresce!
rises: si_alza! alzarsi!
begins: comincia! inizia!
"""

DETERMINERS = """
the: il lo la i gli le l'
a: un uno una un'
his: suo sua suoi sue
my: mio mia miei mie
your: tuo tua tuoi tue
their: loro
this: questo questa questi queste quel quello quella quell' quest'
every: ogni tutto tutta tutti tutte
in the: nel nello nella nei negli nelle nell'
on the: sul sullo sulla sui sugli sulle sull'
to the: al allo alla ai agli alle all'
from the: dal dallo dalla dai dagli dalle dall'
of the: del dello della dei degli delle dell'
with the: col coi
no: nessun nessuna
two: due entrambi
three: tre
four: quattro
five: cinque
six: sei
seven: sette
eight: otto
nine: nove
ten: dieci
many: molti molte tanti tante
several: alcuni alcune diversi
another: altro altra altri altre un'altra un_altro
"""

SMALL_WORDS = """
and: e ed
or: o
but: ma però
with: con
without: senza
in: in dentro
on: su sopra
at: a ad
of: di d'
from: da
to: verso fino_a
for: per
under: sotto
behind: dietro
before: davanti_a davanti
beside: accanto_a vicino_a accanto vicino
between: tra fra
through: attraverso
against: contro
around: intorno_a attorno
like: come
as: mentre
he: lui egli
she: lei ella
him: lo! gli!
we: noi
i: io
who: che chi
where: dove
when: quando
is: è era fu essere sta stava
are: sono erano stanno
has: ha aveva avere
have: hanno avevano
can: può possono
must: deve
not: non
never: mai
nothing: niente nulla
nobody: nessuno
very: molto
then: poi allora quindi ora adesso improvvisamente
also: anche
only: solo
still: ancora
again: di_nuovo
here: qui qua
there: lì là
up: su!
down: giù
out: fuori
away: via
together: insieme
alone: da_solo da_sola
-: si ci ne
slowly: lentamente piano
if: se
more: più
something: qualcosa
years old: anni_d'_età!
named: chiamato chiamata di_nome detto detta
"""
