"""French words by what English calls them; `lexicons` reads them."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (("eau", "{}eau {}eaux"), ("al", "{}al {}aux"), ("eu", "{}eu {}eux"), ("", "{} {}s")),
    "adjective": (
        ("eux", "{}eux {}euse {}euses"), ("er", "{}er {}ère {}ers {}ères"), ("on", "{}on {}onne {}ons {}onnes"),
        ("if", "{}if {}ive {}ifs {}ives"), ("e", "{}e {}es"), ("", "{} {}e {}s {}es"),
    ),
    "verb": (
        ("ger", "{}ger {}ge {}gent {}geant {}gea {}geait {}gé"),
        ("er", "{}er {}e {}ent {}ant {}a {}èrent {}ait {}aient {}é"),
        ("ir", "{}ir {}it {}issent {}issant {}issait {}i"),
    ),
}  # fmt: skip
"""What forms a word has, by how it ends; a word with a `!` has no other."""

NOUNS = """
vase: vase
wardrobe: armoire
shelf: étagère
man: homme monsieur
woman: femme dame
boy: garçon
girl: fille fillette
child: enfant gamin
baby: bébé
old man: vieillard vieux!
old woman: vieille! vieilles!
monk: moine
nun: religieuse nonne
priest: prêtre
grandmother: grand-mère mamie
grandfather: grand-père papi
mother: mère maman
father: père papa
brother: frère
sister: sœur soeur
son: fils!
daughter: filleule
friend: ami amie
king: roi
queen: reine
prince: prince
princess: princesse
soldier: soldat
guard: garde! gardes! gardien
policeman: policier
policewoman: policière
doctor: médecin docteur
nurse: infirmière infirmier
teacher: professeur maîtresse instituteur
student: étudiant étudiante élève
farmer: paysan fermier
cook: cuisinier cuisinière
waiter: serveur
waitress: serveuse
thief: voleur
pirate: pirate
knight: chevalier
samurai: samouraï
ninja: ninja
witch: sorcière
wizard: magicien sorcier
person: personne
people: gens!
crowd: foule
stranger: inconnu inconnue étranger
robot: robot
android: androïde
drone: drone
ghost: fantôme
spirit: esprit
dragon: dragon
monster: monstre
demon: démon
devil: diable
angel: ange
fairy: fée
skeleton: squelette
alien: extraterrestre
vampire: vampire
zombie: zombie
goblin: lutin gobelin
giant: géant
dwarf: nain
statue: statue
doll: poupée
cat: chat chatte
kitten: chaton
dog: chien chienne
puppy: chiot
bird: oiseau
crow: corneille
raven: corbeau
owl: hibou hiboux! chouette
eagle: aigle
dove: colombe
pigeon: pigeon
duck: canard
goose: oie
swan: cygne
chicken: poule poulet
rooster: coq
fox: renard
wolf: loup louve
bear: ours!
rabbit: lapin
hare: lièvre
mouse: souris!
rat: rat
horse: cheval
donkey: âne
cow: vache
bull: taureau
sheep: mouton
lamb: agneau
goat: chèvre
pig: cochon
deer: cerf biche
lion: lion
tiger: tigre
elephant: éléphant
monkey: singe
snake: serpent
frog: grenouille
turtle: tortue
fish: poisson
shark: requin
whale: baleine
dolphin: dauphin
octopus: pieuvre poulpe
crab: crabe
spider: araignée
bee: abeille
butterfly: papillon
hedgehog: hérisson
squirrel: écureuil
parrot: perroquet
penguin: pingouin manchot
crane: grue
lamp: lampe
lantern: lanterne
candle: bougie chandelle
book: livre
letter: lettre
newspaper: journal
key: clé clef
door: porte
window: fenêtre
table: table
chair: chaise
bed: lit! lits!
sofa: canapé
carpet: tapis!
cup: tasse
glass: verre
bottle: bouteille
bowl: bol
plate: assiette
spoon: cuillère
knife: couteau
fork: fourchette
pot: marmite casserole
teapot: théière
tea: thé
coffee: café
water: eau
wine: vin
beer: bière
milk: lait
bread: pain
cake: gâteau
soup: soupe
rice: riz!
noodles: nouilles!
apple: pomme
banana: banane
orange: orange
egg: œuf oeuf
cheese: fromage
umbrella: parapluie
hat: chapeau
bag: sac
backpack: sac_à_dos
box: boîte
suitcase: valise
telephone: téléphone
phone: portable
computer: ordinateur
screen: écran
clock: horloge montre
photo: photo photographie
picture: tableau
map: carte
sword: épée
dagger: poignard dague
gun: pistolet
bow: arc
arrow: flèche
shield: bouclier
flower: fleur
rose: rose
tree: arbre
leaf: feuille
stone: pierre
fire: feu
ring: bague
necklace: collier_de_perles
bell: cloche
drum: tambour
guitar: guitare
violin: violon
piano: piano
flute: flûte
ball: ballon balle
kite: cerf-volant
car: voiture
bus: bus! autobus!
train: train
bicycle: vélo bicyclette
motorbike: moto
boat: bateau barque
ship: navire
aeroplane: avion
mirror: miroir
broom: balai
ladder: échelle
hammer: marteau
rope: corde
coin: pièce_de_monnaie
money: argent
pen: stylo plume
pencil: crayon
paper: papier
scissors: ciseaux!
camera: caméra
crown: couronne
flag: drapeau
gift: cadeau
hair: cheveux! cheveu!
beard: barbe
eye: œil! oeil!
eyes: yeux!
face: visage
hand: main
head: tête
arm: bras!
leg: jambe patte
nose: nez!
mouth: bouche
ear: oreille!
ears: oreilles!
skin: peau
tail: queue
wings: ailes! aile!
back: dos!
finger: doigt
fur: pelage fourrure poil
coat: manteau
jacket: veste blouson
shirt: chemise
sweater: pull
dress: robe
skirt: jupe
trousers: pantalon
suit: costume
uniform: uniforme
cap: casquette bonnet
scarf: écharpe foulard
glasses: lunettes!
sunglasses: lunettes_de_soleil
boots: bottes! botte!
shoes: chaussure
robe: soutane tunique bure
kimono: kimono
gloves: gant
collar: collier
belt: ceinture
ribbon: ruban
cape: cape
hood: capuche
helmet: casque
mask: masque
apron: tablier
armour: armure
wheelchair: fauteuil_roulant
scar: cicatrice
metal: métal
wood: bois
antenna: antenne
floor: sol plancher
roof: toit
street: rue
wall: mur
kitchen: cuisine
room: pièce chambre salle
house: maison
garden: jardin
forest: forêt
city: ville
village: village
sky: ciel
mountain: montagne
river: rivière fleuve
sea: mer
road: route chemin
bridge: pont
corner: coin
stairs: escalier
rain: pluie
snow: neige
fog: brouillard brume
storm: orage tempête
wind: vent
night: nuit
morning: matin
evening: soir
day: jour
light: lumière
shadow: ombre
darkness: obscurité noir!
smoke: fumée
steam: vapeur
silence: silence
years: an! ans! année
"""

ADJECTIVES = """
small: petit
tiny: minuscule
big: grand gros! grosse! grosses!
huge: énorme immense
tall: haut élancé
short: court
long: long! longue! longs! longues!
thin: maigre mince
fat: gras! grasse! corpulent
plump: dodu rondelet
slim: svelte
broad: large
muscular: musclé
young: jeune
old: vieux! vieil! vieille! vieilles! âgé ancien ancienne
white: blanc! blanche! blancs! blanches!
black: noir
ginger: roux! rousse! rousses!
red: rouge
blue: bleu
green: vert
yellow: jaune
orange: orange
purple: violet violette!
pink: rose
brown: brun marron
grey: gris! grise! grises!
golden: doré
silver: argenté
dark: sombre foncé
light: clair
pale: pâle
round: rond
blonde: blond
bald: chauve
curly: bouclé frisé
straight: lisse
wet: mouillé trempé
empty: vide
full: plein
broken: cassé brisé
beautiful: beau! belle! belles! bel! joli
ugly: laid moche
happy: heureux content joyeux
sad: triste
angry: furieux fâché
afraid: effrayé
tired: fatigué
nervous: nerveux
quiet: calme tranquille
silent: silencieux
slow: lent
fast: rapide
warm: chaud
cold: froid
open: ouvert
strong: fort
weak: faible
poor: pauvre
rich: riche
new: nouveau! nouvelle! neuf! neuve!
heavy: lourd
soft: doux! douce! douces!
metallic: métallique
rusty: rouillé
floating: flottant
strange: étrange
same: même
last: dernier
first: premier
"""

VERBS = """
barks: aboie! aboient! aboyer!
makes: fait! font! faire! faisant!
prepares: préparer
rolls: rouler
sleeps: dort! dorment! dormir! dormant! dormait! dormi! endormi! endormie! somnole! endormis!
sits: s'assied! s'assoit! assis! assise! assises! asseoir! assied! assoit! assoient!
runs: court! courent! courir! courant! courait! couru!
walks: marcher va! vont! marche! avancer se_promène!
eats: manger dévorer mordre! mord! mâcher grignoter
drinks: boit! boivent! boire! buvant! buvait! bu!
writes: écrit! écrivent! écrire! écrivant! écrivait!
falls: tomber trébucher chute!
holds: tient! tiennent! tenir! tenant! tenait! tenu!
carries: porter
gives: donner offre! offrent! tend! tendre! remet!
opens: ouvre! ouvrent! ouvrir! ouvrant! ouvrit!
closes: ferme! ferment! fermer
hugs: étreint! enlace! enlacer serre_dans_ses_bras!
kisses: embrasser
fights: se_bat! se_battent! se_battre! combat! combattent! combattre!
attacks: attaquer
strikes: frapper
cooks: cuisiner cuit! cuire! mijoter
dances: danser danse!
drives: conduit! conduisent! conduire! conduisant!
prays: prier
looks: regarder regard! observer fixer contempler
sees: voit! voient! voir! voyant! vit!
smiles: sourit! sourient! sourire! souriant!
weeps: pleurer sangloter
laughs: rit! rient! rire! riant! ricaner
stands: se_tient! se_tiennent! debout! tient_debout!
lies: gît! couché! couchée! allongé! allongée! étendu! étendue!
waits: attend! attendent! attendre! attendant!
reads: lit! lisent! lire! lisant! lisait!
sings: chanter
plays: jouer
jumps: sauter bondir bondit!
climbs: grimper monter escalader
flies: voler! vole! volent! volant! s'envole!
swims: nager
comes: vient! viennent! venir! arriver arrive!
enters: entrer
leaves: sort! sortent! sortir! part! partent! partir! quitter
turns: tourner se_retourne!
stops: s'arrête! arrêter arrête!
takes: prend! prennent! prendre! prenant! prit!
grabs: attraper saisir saisit!
puts: met! mettent! mettre! pose! posent! poser dépose!
lifts: lever soulever soulève!
throws: lancer jette! jettent! jeter! lance!
pulls: tirer
pushes: pousser
points: pointer montrer désigner
hides: cacher caché! cachée!
kneels: s'agenouille! agenouillé! agenouillée! à_genoux!
crouches: s'accroupit! accroupi! accroupie! blottie! blotti!
wakes: se_réveille! réveiller réveille!
listens: écouter
hears: entend! entendent! entendre!
speaks: parler
says: dit! disent! dire!
whispers: chuchoter murmurer
shouts: crier hurler
trembles: trembler
asks: demander
answers: répond! répondent! répondre!
cleans: nettoyer! nettoie! nettoient! balaie! essuie!
polishes: polir astiquer
repairs: réparer
breaks: casser brise!
burns: brûler
hangs: pend! pendent! suspendu! suspendue! accroché! accrochée!
shines: briller luire! luit!
follows: suit! suivent! suivre! suivant!
chases: poursuit! poursuivent! poursuivre! chasser
flees: fuit! fuient! fuir! s'enfuit!
shoots: tire_sur!
searches: chercher
finds: trouver
strokes: caresser
wears: vêtu! vêtue! vêtus! habillé! habillée!
touches: toucher
cuts: couper
washes: laver
works: travailler
lives: vivre! habiter
pours: verser
nods: hoche! acquiesce!
bows: s'incline!
floats: flotter
grows: pousse!
rises: se_lève! se_lèvent!
begins: commencer
"""

DETERMINERS = """
the: le la les l'
a: un une des
his: son sa ses
their: leur leurs
my: mon ma mes
your: ton ta tes votre vos
our: notre nos
this: ce cet cette ces
every: chaque tout toute tous toutes
of the: du
to the: au
with the: aux
no: aucun aucune
two: deux
three: trois
four: quatre
five: cinq
six: six
seven: sept
eight: huit
nine: neuf
ten: dix
several: plusieurs quelques
another: autre autres
"""

SMALL_WORDS = """
over: au-dessus_de au-dessus_du au-dessus
below: au-dessous_de au-dessous
and: et
or: ou
but: mais
with: avec
without: sans
in: dans en
on: sur
at: à chez
of: de d'
from: depuis
to: vers jusqu'_à
for: pour
by: par
under: sous
behind: derrière
before: devant avant
beside: près_de à_côté_de à_côté_du près_du près
between: entre
through: à_travers
against: contre
around: autour_de autour
like: comme
as: pendant_que tandis_que
he: il
she: elle
they: ils elles on
him: lui
we: nous
i: je j'
who: qui
that: que qu'
where: où
when: quand
is: est était c'_est être
are: sont étaient
has: a avait avoir il_y_a
have: ont avaient
can: peut peuvent
must: doit
not: ne n'
-: pas se s' y point
never: jamais
nothing: rien
nobody: personne_ne
very: très
then: puis alors ensuite maintenant soudain
also: aussi
only: seulement
still: encore toujours
again: de_nouveau
here: ici
there: là là-bas
up: en_haut
down: en_bas
out: dehors
inside: dedans
away: loin
together: ensemble
alone: seul seule seuls
slowly: lentement doucement
quickly: vite rapidement
if: si
more: plus
something: quelque_chose
named: nommé nommée appelé appelée du_nom_de prénommé prénommée
"""
