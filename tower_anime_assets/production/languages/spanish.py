"""Spanish words by what English calls them; `lexicons` reads them."""

from __future__ import annotations

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (("z", "{}z {}ces"), ("ión", "{}ión {}iones"), ("ón", "{}ón {}ones"), ("", "{} {}s {}es")),
    "adjective": (
        ("o", "{}o {}a {}os {}as {}ito {}ita"), ("e", "{}e {}es"), ("z", "{}z {}ces"),
        ("ón", "{}ón {}ona {}ones {}onas"), ("or", "{}or {}ora {}ores {}oras"), ("", "{} {}s {}es"),
    ),
    "verb": (
        ("ar", "{}ar {}a {}an {}ando {}ó {}aron {}aba {}aban {}ado {}ada {}arse {}ándose"),
        ("er", "{}er {}e {}en {}iendo {}ió {}ieron {}ía {}ían {}ido {}erse"),
        ("ir", "{}ir {}e {}en {}iendo {}ió {}ieron {}ía {}ían {}ido {}irse"),
    ),
}  # fmt: skip
"""What forms a word has, by how it ends; a word with a `!` has no other."""

NOUNS = """
vase: jarrón florero
wardrobe: armario
shelf: estante estantería
man: hombre señor
woman: mujer señora
boy: niño chico muchacho
girl: niña chica muchacha
child: criatura
baby: bebé
old man: anciano viejo
old woman: anciana vieja
monk: monje
nun: monja
priest: sacerdote cura
grandmother: abuela
grandfather: abuelo
mother: madre mamá
father: padre papá
brother: hermano
sister: hermana
son: hijo
daughter: hija
friend: amigo amiga
king: rey reyes!
queen: reina
prince: príncipe
princess: princesa
soldier: soldado
guard: guardia
policeman: policía
doctor: médico médica doctor doctora
nurse: enfermera enfermero
teacher: maestro maestra profesor profesora
student: alumno alumna estudiante
farmer: campesino granjero
cook: cocinero cocinera
waiter: camarero
waitress: camarera
thief: ladrón
pirate: pirata
knight: caballero
samurai: samurái
ninja: ninja
witch: bruja
wizard: mago
person: persona
people: gente
crowd: multitud muchedumbre
stranger: desconocido desconocida
robot: robot
android: androide
drone: dron
ghost: fantasma
spirit: espíritu
dragon: dragón
monster: monstruo
demon: demonio
devil: diablo
angel: ángel
fairy: hada
skeleton: esqueleto
alien: extraterrestre alienígena
vampire: vampiro
zombie: zombi
goblin: duende
giant: gigante
dwarf: enano
statue: estatua
doll: muñeca muñeco
cat: gato gata
kitten: gatito gatita
dog: perro perra
puppy: cachorro perrito
bird: pájaro ave pajarito
crow: corneja
raven: cuervo
owl: búho lechuza
eagle: águila
dove: paloma
duck: pato
goose: ganso
swan: cisne
chicken: gallina pollo
rooster: gallo
fox: zorro zorra
wolf: lobo loba
bear: oso osa
rabbit: conejo
hare: liebre
mouse: ratón
rat: rata
horse: caballo yegua
donkey: burro asno
cow: vaca
bull: toro
sheep: oveja
lamb: cordero
goat: cabra
pig: cerdo
deer: ciervo
lion: león
tiger: tigre
elephant: elefante
monkey: mono
snake: serpiente
frog: rana
turtle: tortuga
fish: pez pescado
shark: tiburón
whale: ballena
dolphin: delfín delfines!
octopus: pulpo
crab: cangrejo
spider: araña
bee: abeja
butterfly: mariposa
hedgehog: erizo
squirrel: ardilla
parrot: loro papagayo
penguin: pingüino
crane: grulla
lamp: lámpara
lantern: farol linterna farolillo
candle: vela
book: libro
letter: carta
newspaper: periódico
key: llave
door: puerta
window: ventana
table: mesa
chair: silla
bed: cama
sofa: sofá
carpet: alfombra
cup: taza copa
glass: vaso
bottle: botella
bowl: cuenco tazón
plate: plato
spoon: cuchara
knife: cuchillo
fork: tenedor
pot: olla
teapot: tetera
tea: té
coffee: café
water: agua
wine: vino
beer: cerveza
milk: leche
bread: pan! panes!
cake: pastel tarta
soup: sopa
rice: arroz!
noodles: fideo
apple: manzana
banana: plátano
orange: naranja
egg: huevo
cheese: queso
umbrella: paraguas!
hat: sombrero
bag: bolso bolsa
backpack: mochila
box: caja
suitcase: maleta
telephone: teléfono
phone: móvil celular
computer: ordenador computadora
screen: pantalla
clock: reloj
photo: foto fotografía
picture: cuadro
map: mapa
sword: espada
dagger: daga
gun: pistola
bow: arco
arrow: flecha
shield: escudo
flower: flor
rose: rosa
tree: árbol
leaf: hoja
stone: piedra
fire: fuego
ring: anillo
necklace: collar_de_perlas
bell: campana
drum: tambor
guitar: guitarra
violin: violín violines!
piano: piano
flute: flauta
ball: pelota balón
kite: cometa
car: coche carro
bus: autobús
train: tren
bicycle: bicicleta bici
motorbike: moto motocicleta
boat: barca bote
ship: barco
aeroplane: avión
mirror: espejo
broom: escoba
ladder: escalera_de_mano
hammer: martillo
rope: cuerda
coin: moneda
money: dinero
pen: pluma bolígrafo
pencil: lápiz
paper: papel
scissors: tijeras
camera: cámara
crown: corona
flag: bandera
gift: regalo
hair: pelo cabello cabellos
beard: barba
eye: ojo!
eyes: ojos!
face: cara rostro
hand: mano
head: cabeza
arm: brazo
leg: pierna pata
nose: nariz
mouth: boca
ear: oreja!
ears: orejas!
skin: piel
tail: cola
wings: alas! ala!
back: espalda
finger: dedo
fur: pelaje
coat: abrigo
jacket: chaqueta
shirt: camisa camiseta
sweater: jersey suéter
dress: vestido
skirt: falda
trousers: pantalón
suit: traje
uniform: uniforme
cap: gorra gorro
scarf: bufanda pañuelo
glasses: gafas! anteojos! lentes!
sunglasses: gafas_de_sol
boots: botas! bota!
shoes: zapato
robe: túnica hábito
kimono: kimono quimono
gloves: guante
collar: collar
belt: cinturón
ribbon: lazo cinta
cape: capa
hood: capucha
helmet: casco
mask: máscara
apron: delantal
armour: armadura
wheelchair: silla_de_ruedas
scar: cicatriz
metal: metal! hojalata
wood: madera
antenna: antena
floor: suelo piso
roof: tejado techo
street: calle
wall: pared muro
kitchen: cocina
room: habitación cuarto sala
house: casa
garden: jardín jardines!
forest: bosque
city: ciudad
village: pueblo aldea
sky: cielo
mountain: montaña
river: río
sea: mar
road: camino
bridge: puente
corner: rincón esquina
stairs: escalera
rain: lluvia
snow: nieve
fog: niebla
storm: tormenta
wind: viento
night: noche
morning: mañana
evening: tarde
day: día
light: luz
shadow: sombra
darkness: oscuridad
smoke: humo
steam: vapor
silence: silencio
years: año
"""

ADJECTIVES = """
small: pequeño chico
tiny: diminuto minúsculo
big: grande gran!
huge: enorme inmenso
tall: alto
short: corto bajo!
long: largo
thin: delgado flaco
fat: gordo
plump: regordete rechoncho
slim: esbelto
broad: ancho
muscular: musculoso
young: joven
old: viejo anciano antiguo
white: blanco
black: negro
ginger: pelirrojo
red: rojo
blue: azul
green: verde
yellow: amarillo
orange: anaranjado naranja!
purple: morado violeta!
pink: rosa! rosado
brown: marrón marrones! castaño pardo
grey: gris canoso
golden: dorado
silver: plateado
dark: oscuro
light: claro
pale: pálido
round: redondo
blonde: rubio
bald: calvo
curly: rizado
straight: liso
wet: mojado
empty: vacío
full: lleno
broken: roto
beautiful: hermoso bello bonito
ugly: feo
happy: feliz contento alegre
sad: triste
angry: enfadado furioso enojado
afraid: asustado
tired: cansado
nervous: nervioso
quiet: tranquilo callado
silent: silencioso
slow: lento
fast: rápido
warm: cálido caliente
cold: frío
open: abierto
strong: fuerte
weak: débil
poor: pobre
rich: rico
new: nuevo
heavy: pesado
soft: suave
metallic: metálico
rusty: oxidado
floating: flotante
strange: extraño
same: mismo
last: último
first: primero primer!
"""

VERBS = """
barks: ladrar
makes: hace! hacen! hacer! haciendo!
prepares: preparar
rolls: rueda! ruedan! rodar!
sleeps: duerme! duermen! dormir! durmiendo! durmió! durmieron! dormía! dormido! dormida! dormita! duermes!
sits: sienta! sientan! sentar sentado! sentada! sentados! sentadas! sentando!
runs: correr
walks: caminar andar pasear va! van!
eats: comer! come! comen! comiendo! comió! comieron! comía! come_se! devorar masticar muerde!
drinks: bebe! beben! bebiendo! bebió! bebía! beber! sorbe!
writes: escribir! escribe! escriben! escribiendo! escribió!
falls: caer! cae! caen! cayendo! cayó! cayeron! tropieza!
holds: sostiene! sostienen! sosteniendo! sostener! sujetar sostuvo! agarra!
carries: llevar cargar
gives: da! dan! dando! dio! dieron! entrega! entregan! ofrece! ofrecen!
opens: abrir! abre! abren! abriendo! abrió!
closes: cierra! cierran! cerrar! cerró!
hugs: abrazar
kisses: besar
fights: luchar pelear lucha!
attacks: atacar
strikes: golpear
cooks: cocinar cocina! fríe! hornea!
dances: bailar danzar baila!
drives: conducir! conduce! conduciendo! maneja!
rides: montar cabalgar
prays: rezar orar reza! ora!
looks: mirar mira! miran! observar contemplar
sees: ver! ve! ven! viendo! vio! vieron!
smiles: sonreír! sonríe! sonríen! sonriendo! sonrió!
weeps: llorar llora! solloza!
laughs: reír! ríe! ríen! riendo! rió!
stands: está_de_pie! están_de_pie! de_pie! parado! parada!
lies: yace! yacen! tumbado! tumbada! acostado! acostada!
waits: esperar
reads: leer! lee! leen! leyendo! leyó!
sings: cantar
plays: jugar! juega! juegan! jugando! tocar toca! jugaba!
jumps: saltar
climbs: trepar subir sube!
flies: volar! vuela! vuelan! volando! voló!
swims: nadar
comes: venir! viene! vienen! llega! llegan! llegar
enters: entrar
leaves: salir! sale! salen! saliendo! salió! marcha!
turns: girar gira! vuelve!
stops: detiene! detienen! parar! detenerse!
takes: tomar coger toma! coge! cogen!
grabs: agarrar
puts: pone! ponen! poner! puso! coloca!
lifts: levanta! levantan!
throws: lanzar arrojar tirar lanza!
catches: atrapar
pulls: jalar
pushes: empujar
points: señalar
hides: esconder esconde!
kneels: arrodilla! arrodillado! arrodillada! arrodillan!
crouches: agacha! agachado! agachada! acurruca!
wakes: despierta! despiertan! despertar! despertó!
listens: escuchar
hears: oye! oyen! oír!
speaks: hablar
says: dice! dicen! decir! dijo!
whispers: susurrar
shouts: gritar grita!
trembles: temblar! tiembla! tiemblan! temblando!
asks: preguntar pregunta!
answers: responder! responde!
cleans: limpiar limpia!
polishes: pulir! pule! pulen! puliendo!
repairs: reparar
breaks: rompe! rompen! romper!
burns: arde! arden! quema! queman!
hangs: cuelga! cuelgan!
shines: brilla! brillan!
follows: seguir! sigue! siguen!
chases: perseguir! persigue! persiguen!
flees: huir! huye! huyen! escapa!
shoots: disparar
knocks: llama!
searches: buscar busca!
finds: encuentra! encuentran! encontrar!
strokes: acariciar
wears: vestir! viste! visten! vestido_con! vestida_con! vestido_de! vestida_de!
touches: tocar!
cuts: corta! cortan!
washes: lavar
works: trabajar
lives: vive! viven!
pours: sirve! vierte!
nods: asiente!
bows: inclina!
floats: flotar
grows: crece!
rises: se_levanta! levantarse!
begins: empieza! comienza!
"""

DETERMINERS = """
the: el la los las lo
a: un una unos unas
his: su sus
my: mi mis
your: tu tus
this: este esta estos estas ese esa aquel aquella
every: cada todo todos todas
to the: al
from the: del
no: ningún ninguna
one: uno
two: dos ambos ambas
three: tres
four: cuatro
five: cinco
six: seis
seven: siete
eight: ocho
nine: nueve
ten: diez
many: muchos muchas
several: varios varias algunos algunas
another: otro otra otros otras
"""

SMALL_WORDS = """
and: y e
or: o
but: pero sino
with: con
without: sin
in: en dentro_de
on: sobre encima_de
at: a ante
of: de
from: desde
to: hacia hasta
for: para
along: por
under: bajo debajo_de
behind: detrás_de tras
before: delante_de frente_a
beside: junto_a al_lado_de cerca_de
between: entre
through: a_través_de
against: contra
around: alrededor_de
like: como
as: mientras
he: él
she: ella
they: ellos ellas
him: le lo!
her: la!
them: les
we: nosotros
i: yo
who: quien quién que_está
that: que
which: qué
where: donde dónde
when: cuando
is: es está era estaba fue ser estar
are: son están eran estaban
has: tiene tenía tener hay
have: tienen
can: puede pueden
must: debe
not: no
never: nunca jamás
nothing: nada
nobody: nadie
very: muy tan
then: entonces luego después ahora de_repente ya
also: también
only: solo sólo
still: todavía aún
again: otra_vez de_nuevo
here: aquí
there: allí ahí
up: arriba
down: abajo
out: fuera afuera
inside: dentro adentro
away: lejos
together: juntos juntas
alone: a_solas
-: se
slowly: lentamente despacio
quickly: rápidamente
if: si
more: más
something: algo
years old: años_de_edad!
named: llamado llamada de_nombre
"""
