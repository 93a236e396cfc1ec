"""German words by what English calls them; `lexicons` reads them."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (("", "{} {}s {}es {}n {}en {}e {}er {}ern"),),
    "adjective": (("", "{} {}e {}en {}er {}es {}em {}ere {}eren {}erer"),),
    "verb": (
        ("ern", "{}ern {}ert {}erte {}erten ge{}ert {}ernd {}ernde {}ernden {}ernder {}erndes"),
        ("eln", "{}eln {}elt {}elte {}elten ge{}elt {}elnd {}elnde {}elnden {}elnder {}elndes"),
        ("en", "{}en {}t {}te {}ten ge{}t {}end {}ende {}enden {}ender {}endes {}endem"),
    ),
}
"""What forms a word has, by how it ends; a word with a `!` has no other."""

NOUNS = """
vase: vase blumenvase
wardrobe: schrank kleiderschrank
shelf: regal
man: mann männer männern manns herr
woman: frau dame
boy: junge bub knabe
girl: mädchen
child: kind
baby: baby säugling
old man: greis
old woman: greisin
monk: mönch
nun: nonne
priest: priester
grandmother: großmutter oma
grandfather: großvater opa
mother: mutter mama
father: vater papa väter
brother: bruder brüder
sister: schwester
son: sohn söhne
daughter: tochter töchter
friend: freund freundin freundinnen
king: könig
queen: königin
prince: prinz
princess: prinzessin
soldier: soldat
guard: wächter wache
policeman: polizist
policewoman: polizistin
doctor: arzt ärztin ärzte
nurse: krankenschwester
teacher: lehrer lehrerin
student: schüler schülerin student studentin
farmer: bauer bäuerin
cook: koch köchin
waiter: kellner
waitress: kellnerin
thief: dieb
pirate: pirat
knight: ritter
samurai: samurai
ninja: ninja
witch: hexe
wizard: zauberer
person: mensch person
people: leute
crowd: menge menschenmenge
stranger: fremder! fremde! fremden!
robot: roboter
android: androide
drone: drohne
ghost: geist gespenst gespenster
spirit: waldgeist
dragon: drache
monster: monster ungeheuer
demon: dämon
devil: teufel
angel: engel
fairy: fee feen
skeleton: skelett
alien: außerirdischer! außerirdische! alien
vampire: vampir
zombie: zombie
goblin: kobold
giant: riese
dwarf: zwerg
statue: statue
doll: puppe
cat: katze kater
kitten: kätzchen
dog: hund
puppy: welpe hündchen
bird: vogel vögel vögeln vögelchen
crow: krähe
raven: rabe
owl: eule
eagle: adler
dove: taube
duck: ente
goose: gans gänse
swan: schwan schwäne
chicken: huhn hühner henne
rooster: hahn
fox: fuchs füchse füchsin
wolf: wolf wölfe
bear: bär
rabbit: kaninchen
hare: hase
mouse: maus mäuse
rat: ratte
horse: pferd
donkey: esel
cow: kuh kühe
bull: stier
sheep: schaf
lamb: lamm lämmer
goat: ziege
pig: schwein
deer: reh hirsch
lion: löwe
tiger: tiger
elephant: elefant
monkey: affe
snake: schlange
frog: frosch frösche
turtle: schildkröte
fish: fisch
shark: hai haifisch
whale: wal
dolphin: delfin delphin
octopus: krake tintenfisch
crab: krabbe krebs
spider: spinne
bee: biene
butterfly: schmetterling
hedgehog: igel
squirrel: eichhörnchen
parrot: papagei
penguin: pinguin
crane: kranich
lamp: lampe
lantern: laterne
candle: kerze
book: buch bücher büchern
letter: brief
newspaper: zeitung
key: schlüssel
door: tür
window: fenster
table: tisch
chair: stuhl stühle stühlen
bed: bett
sofa: sofa
carpet: teppich
cup: tasse becher
glass: glas gläser
bottle: flasche
bowl: schale schüssel
plate: teller
spoon: löffel
knife: messer
fork: gabel
pot: topf töpfe kessel
teapot: teekanne
tea: tee
coffee: kaffee
water: wasser
wine: wein
beer: bier
milk: milch
bread: brot
cake: kuchen torte
soup: suppe
rice: reis
noodles: nudel
apple: apfel äpfel äpfeln
banana: banane
egg: ei! eier! eiern!
cheese: käse
umbrella: regenschirm schirm
hat: hut hüte
bag: tasche beutel
backpack: rucksack rucksäcke
box: kiste schachtel karton
suitcase: koffer
telephone: telefon
phone: handy
computer: computer
screen: bildschirm
clock: uhr
photo: foto fotografie
picture: bild
map: landkarte karte
sword: schwert
dagger: dolch
gun: pistole
bow: bogen
arrow: pfeil
shield: schild
flower: blume
rose: rose
tree: baum bäume bäumen
leaf: blatt blätter
stone: stein
fire: feuer
necklace: halskette kette
bell: glocke
drum: trommel
guitar: gitarre
violin: geige violine
piano: klavier
flute: flöte
ball: ball bälle
kite: papierdrachen!
car: auto wagen
bus: bus! busse! bussen!
train: zug züge
bicycle: fahrrad fahrräder
motorbike: motorrad motorräder
boat: boot
ship: schiff
aeroplane: flugzeug
mirror: spiegel
broom: besen
ladder: leiter
hammer: hammer
rope: seil
coin: münze
money: geld
pen: stift feder
pencil: bleistift
paper: papier
scissors: schere
camera: kamera
crown: krone
flag: fahne flagge
gift: geschenk
hair: haar
beard: bart bärte
eye: auge! auges!
eyes: augen!
face: gesicht
hand: hand hände händen
head: kopf
arm: arm
leg: bein
nose: nase
mouth: mund
ear: ohr! ohres!
ears: ohren!
skin: haut
tail: schwanz
wings: flügel
back: rücken
finger: finger
fur: fell
coat: mantel mäntel
jacket: jacke
shirt: hemd
sweater: pullover
dress: kleid
skirt: rock
trousers: hose
suit: anzug
uniform: uniform
cap: mütze kappe
scarf: schal halstuch
glasses: brille
sunglasses: sonnenbrille
boots: stiefel
shoes: schuh
robe: robe kutte gewand
kimono: kimono
gloves: handschuh
collar: halsband
belt: gürtel
ribbon: schleife haarband
cape: umhang
hood: kapuze
helmet: helm
mask: maske
apron: schürze
armour: rüstung
wheelchair: rollstuhl
scar: narbe
metal: metall blech
wood: holz
antenna: antenne
floor: boden fußboden
roof: dach
street: straße
wall: wand mauer wände
kitchen: küche
room: zimmer raum
house: haus häuser
garden: garten
forest: wald
city: stadt
village: dorf
sky: himmel
mountain: berg
river: fluss
sea: meer
road: weg
bridge: brücke
corner: ecke
stairs: treppe
rain: regen
snow: schnee
fog: nebel
storm: sturm gewitter
wind: wind
night: nacht
morning: morgen
evening: abend
day: tag
light: licht
shadow: schatten
darkness: dunkelheit
smoke: rauch
steam: dampf
silence: stille
years: jahr
"""

ADJECTIVES = """
loud: laut
small: klein
tiny: winzig
little: kleines!
big: groß
huge: riesig riesengroß
tall: hochgewachsen
short: kurz
long: lang
thin: dünn mager hager
fat: dick fett
plump: rundlich pummelig
slim: schlank
broad: breit
muscular: muskulös
young: jung
old: alt uralt betagt ältlich
white: weiß weiss
black: schwarz
red: rot
blue: blau
green: grün
yellow: gelb
orange: orange orangefarben
purple: lila violett
pink: rosa rosafarben
brown: braun
grey: grau
golden: golden
silver: silbern silber
dark: dunkel dunkle dunkler dunkles dunklen dunklem
light: hell
pale: blass bleich
round: rund
blonde: blond
bald: kahl glatzköpfig
curly: lockig
straight: glatt
wet: nass
empty: leer
full: voll
broken: zerbrochen kaputt
beautiful: schön
ugly: hässlich
happy: glücklich fröhlich
sad: traurig
angry: wütend zornig
afraid: ängstlich
tired: müde
nervous: nervös
quiet: leise ruhig
silent: still
slow: langsam
fast: schnell
warm: warm
cold: kalt
open: offen
strong: stark
weak: schwach
poor: arm
rich: reich
new: neu
heavy: schwer
soft: weich
wooden: hölzern
metal: metallen metallisch
rusty: rostig
knee-high: kniehoch
one-eyed: einäugig
floating: schwebend
gentle: sanft
strange: seltsam
same: gleich
own: eigen
last: letzt
first: erst
next: nächst
"""

VERBS = """
barks: bellt! bellen
makes: macht! machen
prepares: bereitet! zubereiten
rolls: rollen
sleeps: schläft! schlafen schlief schliefen geschlafen! eingeschlafen! schlummern dösen
sits: sitzt! sitzen sitzend saß saßen gesessen! setzt!
runs: läuft! rennt! rennen rannte! rannten! rennend! gerannt! laufen lief! liefen! gelaufen!
walks: geht! gehen ging gingen gegangen! spazieren schlendern schreitet!
eats: isst! essen! aß aßen gegessen! frisst! fressen! fraß! knabbern kauen
drinks: trinkt! trinken trank tranken getrunken! schlürfen
writes: schreibt! schreiben schrieb schrieben geschrieben! kritzeln
falls: fällt! fallen fiel fielen gefallen! stürzt! stürzen
holds: hält! halten hielt hielten gehalten!
carries: trägt! tragen trug trugen
gives: gibt! geben gab! gaben! gegeben! reicht! überreicht!
opens: öffnet! öffnen öffnete! öffneten! geöffnet!
closes: schließt! schließen schloss geschlossen!
hugs: umarmt! umarmen umarmte! umarmten!
kisses: küsst! küssen küsste! küssten! geküsst!
fights: kämpft! kämpfen kämpfte! kämpften! gekämpft! streitet!
attacks: greift_an! angreifen
strikes: schlägt! schlagen schlug
cooks: kocht! kochen kochte! kochten! gekocht! brät! backt!
dances: tanzen
drives: fährt! fahren! fuhr! fuhren! lenkt! steuert!
rides: reitet! reiten ritt
prays: betet! beten betete! beteten! gebetet!
looks: schauen blickt! blicken blickte! guckt! gucken betrachtet! starrt!
sees: sieht! sehen sah sahen gesehen!
watches: beobachtet! beobachten
smiles: lächeln
weeps: weint! weinen weinte! weinten! geweint! schluchzt!
laughs: lacht! lachen lachte! lachten! gelacht! kichert!
stands: steht! stehen stand standen gestanden! stehend!
lies: liegt! liegen lag lagen gelegen!
waits: wartet! warten wartete!
reads: liest! lesen las lasen gelesen!
sings: singt! singen sang
plays: spielen
jumps: springt! springen sprang sprangen gesprungen! hüpft!
climbs: klettern steigt! steigen stieg
flies: fliegt! fliegen! flog flogen geflogen!
swims: schwimmt! schwimmen schwamm
comes: kommt! kommen kam! kamen! gekommen!
enters: betritt! betreten! eintreten
leaves: verlässt! verlassen
turns: dreht! drehen drehte! wendet!
stops: hält_an! stoppt! bleibt_stehen!
takes: nimmt! nehmen nahm nahmen genommen!
grabs: greift! greifen griff packt! ergreift!
puts: legt! legen legte! stellt! stellen stellte!
lifts: hebt! heben hob
throws: wirft! werfen warf warfen geworfen!
catches: fängt! fangen fing
pulls: zieht! ziehen zog
pushes: schiebt! schieben drückt!
points: zeigt! zeigen zeigte!
hides: versteckt! verstecken
kneels: kniet! knien kniete! kniend! kniende!
crouches: hockt! hocken kauert!
wakes: erwacht! aufwachen wacht_auf!
listens: lauscht! lauschen zuhören
hears: hört! hören hörte!
speaks: spricht! sprechen redet!
says: sagt! sagen sagte! sagten!
whispers: flüstern
shouts: ruft! rufen rief schreit! schreien schrie
trembles: zittern
asks: fragen
answers: antwortet!
cleans: putzt! putzen wischt! reinigt! fegt!
polishes: poliert! polieren
repairs: repariert! reparieren
breaks: zerbricht! bricht!
burns: brennt! brennen brannte!
hangs: hängt! hängen hing hingen
shines: leuchtet! scheint! strahlt! glänzt!
follows: folgt! folgen folgte!
chases: jagt! jagen verfolgt!
flees: flieht! fliehen floh flüchtet!
shoots: schießt!
knocks: klopft! klopfen
searches: sucht! suchen suchte!
finds: findet! finden fand
strokes: streichelt! streicheln
wears: anhat!
touches: berührt! berühren
cuts: schneidet!
washes: wäscht!
works: arbeitet! arbeiten
lives: lebt! wohnt!
pours: gießt! schenkt_ein!
nods: nickt! nicken
bows: verbeugt! verneigt!
floats: schwebt! schweben schwebte!
grows: wächst!
rises: steht_auf! erhebt!
begins: beginnt! fängt_an! beginnen
"""

DETERMINERS = """
the: der die das den dem des im_the!
a: ein eine einen einem einer eines
his: sein seine seinen seinem seiner seines
her: ihr ihre ihren ihrem ihrer ihres
my: mein meine meinen meinem meiner
your: dein deine deinen
our: unser unsere unseren
this: dieser diese dieses diesen diesem
every: jeder jede jedes jeden
in the: im ins
on the: am aufs
to the: zum zur ans
from the: vom
by the: beim
no: kein keine keinen keinem keiner
one: eins einzigen
two: zwei beide beiden
three: drei
four: vier
five: fünf
six: sechs
seven: sieben
eight: acht
nine: neun
ten: zehn
many: viele vielen
several: mehrere einige einigen
another: anderer andere anderen anderes
"""

SMALL_WORDS = """
and: und sowie
or: oder
but: aber doch sondern
with: mit samt
without: ohne
in: in
on: auf
at: an bei um
of: von
from: aus
to: zu nach bis
for: für
under: unter
over: über
before: vor
behind: hinter
beside: neben
between: zwischen
through: durch
against: gegen
around: herum umher rundum
like: wie
as: als während
he: er
she: sie
it: es
they: man
him: ihn ihm
we: wir
i: ich
who: wer welche welcher
which: was
that: dass
where: wo wohin
when: wenn
is: ist war bin wird sei
are: sind waren werden
has: hat hatte
have: haben hatten
can: kann können konnte
must: muss müssen
will: will wollen
not: nicht
never: nie niemals
nothing: nichts
nobody: niemand
very: sehr ganz zu_sehr
then: dann danach da nun jetzt plötzlich sofort schließlich
also: auch
only: nur
still: noch immer
again: wieder
already: schon bereits
here: hier
there: dort dorthin
up: hoch hinauf herauf empor
down: nieder hinab herab hinunter herunter
out: hinaus heraus
away: weg fort davon
back: zurück
together: zusammen gemeinsam miteinander
alone: allein
himself: sich selbst
slowly: langsam!
named: namens genannt
while: indem
if: ob
so: so
past: vorbei vorüber
something: etwas
everything: alles alle
outside: draußen
inside: drinnen
today: heute
years old: jahre_alt! jahren_alt!
"""

COMPOUND_ENDINGS = """
haired: haarig haarige haarigen haariger haariges
eyed: äugig äugige äugigen äugiger äugiges
"""
"""Second halves of words such as "schwarzhaarig", whose first half is an adjective."""

NOT_COMPOUNDS = """
handschuh fingerhut seehund flughund meerschweinchen eichhörnchen seepferd seepferdchen maulwurf glühbirne
augenblick bahnhof kopfsteinpflaster lichtung katzenauge löwenzahn hundehütte vogelhaus bärlauch hahnenfuß
"""
"""Words that are not what their second half says."""
