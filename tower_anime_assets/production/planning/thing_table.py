"""The table of things that the animatic has drawings of: glyph, usual colour, size and English names.

A row is: glyph of Noto Emoji, usual colour, length of its longer side in metres, names. The first name is the thing's
own. A name that stands in two rows belongs to the first. Every row was looked at: what a name says is what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

THING_ROWS: Mapping[str, str] = {
    "animal": """
🐈 e8963e 0.5 cat, kitten, tomcat, tabby
🐕 c98d55 0.8 dog, hound, puppy, mutt
🐩 f1e4da 0.6 poodle
🐎 8a5a36 2.2 horse, mare, stallion, pony, foal
🫏 8f8579 1.8 donkey, mule
🐄 f2efe9 2.3 cow, calf
🐂 8a6248 2.4 ox, bull
🐃 5c5550 2.4 water buffalo, buffalo
🦬 6d4a35 2.6 bison
🐖 f0a9b4 1.2 pig, piglet, hog
🐑 f4f0e6 1.1 sheep, ewe, lamb
🐏 e9e0cf 1.2 ram
🐐 e6dccb 1.1 goat
🦌 b27a48 1.6 deer, stag, fawn
🐪 d2a866 2.6 dromedary, one-humped camel
🐫 d2a866 2.6 camel
🦙 e9dcc6 1.8 llama, alpaca
🦒 e8b955 4.8 giraffe
🐘 9aa2ad 4.0 elephant
🦣 7a5a44 4.2 mammoth
🦏 9b9a98 3.4 rhinoceros, rhino
🦛 9a8c96 3.2 hippopotamus, hippo
🐅 ec8c34 2.2 tiger
🐆 e8b54c 1.6 leopard, cheetah, jaguar
🐒 9a6a44 0.8 monkey
🦍 3f4148 1.8 gorilla, ape
🦧 b5602f 1.5 orangutan
🐁 b9b6b2 0.15 mouse
🐀 8d8580 0.3 rat
🐇 f0ebe4 0.45 rabbit, hare, bunny
🐿️ a9683a 0.3 squirrel, chipmunk
🦔 8a6a50 0.3 hedgehog
🦫 84593a 0.9 beaver
🦦 7f5a41 1.0 otter
🦨 f0f0ee 0.7 skunk
🦡 8c8c8c 0.8 badger
🦥 a58d6e 0.8 sloth
🦘 b98455 1.6 kangaroo, wallaby
🦇 4d4252 0.5 bat
🐓 d8602f 0.6 rooster, cockerel
🐤 f6d24a 0.15 chick
🦃 8a4f35 0.9 turkey
🦆 5f8f5a 0.5 duck, mallard
🦢 fbfbf8 1.3 swan
🪿 f0eee8 0.9 goose
🦅 6d4b32 1.0 eagle, hawk, falcon
🦉 9a7450 0.5 owl
🦜 3fa94f 0.5 parrot
🦚 1f8a8a 1.1 peacock
🦩 f48fb0 1.3 flamingo
🦤 8d8a92 0.8 dodo
🐧 f4f5f4 0.9 penguin
🕊️ fafaf6 0.4 dove
🐦 1f2029 0.45 crow, raven, blackbird, jackdaw, rook
🐦 8d99a8 0.35 pigeon
🐦 f4f3ee 0.45 seagull, gull
🐦 a8835a 0.2 sparrow, wren, lark
🐦 6fa8d8 0.3 bird, songbird, swallow, finch
🐢 6f9a4c 0.5 turtle, tortoise
🐊 5f8a4a 2.6 crocodile, alligator
🦎 6fae4f 0.3 lizard, gecko, salamander
🐍 6a9a3f 1.2 snake, serpent, viper, cobra
🦖 5f8f52 5.0 tyrannosaurus
🦕 6f9a86 7.0 dinosaur
🐉 3f9a6a 6.0 dragon
🐳 5b88b8 8.0 whale
🐬 7f9fc0 2.2 dolphin, porpoise
🦈 7a8896 3.0 shark
🦭 8f949c 1.6 seal pup, harbor seal, harbour seal, grey seal, sea lion
🐟 8fb0c4 0.4 fish, carp, trout, koi
🐠 f0a03c 0.2 goldfish, tropical fish
🐡 e0c26a 0.3 pufferfish, blowfish
🐙 c8607a 0.8 octopus
🦑 e09a9a 0.8 squid
🪼 b9a3e0 0.4 jellyfish
🦀 d8502f 0.3 crab
🦞 c83a2f 0.4 lobster, crayfish
🦐 ef9a7a 0.1 shrimp, prawn
🐌 b98a5a 0.08 snail
🦋 5f8fe0 0.1 butterfly, moth
🐝 f2c23c 0.04 bee, honeybee, bumblebee, wasp, hornet
🐜 4a2f2a 0.03 ant
🪲 3f5f3a 0.04 beetle
🐞 d83a30 0.03 ladybug, ladybird
🦗 6f9a3f 0.05 cricket, grasshopper, locust
🪰 4f5560 0.03 fly, housefly
🪳 6a4028 0.05 cockroach
🦟 5a5560 0.03 mosquito
🕷️ 2f2b38 0.1 spider, tarantula
🦂 7a4a30 0.15 scorpion
🐛 8fbf4f 0.06 caterpillar
🪱 d8909a 0.1 worm, earthworm
👻 f2f3fa 1.5 ghost, phantom, spectre, specter
""",
    "head": """
🦓 f3f3f0 0.8 zebra
🐔 f4efe6 0.2 chicken, hen
🦊 e8802f 0.3 fox, vixen
🐺 8a919c 0.35 wolf
🐻 8a5a3a 0.45 bear, bear cub
🐼 f6f6f4 0.45 panda
🐨 a2a6ac 0.3 koala
🦁 e0a03c 0.5 lion
🐗 6d5548 0.4 boar, wild boar
🐸 6fb04a 0.15 frog, toad
🐹 e0b070 0.1 hamster, guinea pig
🦝 8d8f96 0.3 raccoon
🫎 7a553a 0.8 moose, elk
🦄 f4ecf6 0.8 unicorn
🤖 c3ccd8 0.5 robot, android, automaton, droid
👽 a9c7a0 0.4 alien
""",
    "plant": """
🌸 f7b6cc 0.05 cherry blossom, blossom, sakura
🌼 f6d860 0.06 flower, daisy, wildflower, marigold
🌹 cf2e45 0.3 rose
🌷 e8607a 0.3 tulip
🌻 f2c23c 0.5 sunflower
🌺 e8507a 0.1 hibiscus
🪷 f2a3c0 0.2 lotus, water lily
🪻 8a6fd0 0.3 hyacinth, lavender
🥀 a04050 0.3 wilted rose, wilted flower
💐 f09ab0 0.4 bouquet, bunch of flowers
🍀 4fa04a 0.05 four-leaf clover, clover
☘️ 4fa04a 0.05 shamrock
🍁 d8502f 0.1 maple leaf
🍂 c88a3f 0.1 leaf, fallen leaf, dead leaf
🌿 5f9a4f 0.3 herb, sprig, twig, fern
🌱 6fae4f 0.12 seedling, sprout, sapling
🪴 5f9a4f 0.7 potted plant, houseplant, bonsai
🌵 5f9a5a 1.6 cactus
🎋 5f9a4f 3.0 bamboo
🌾 d8b55a 0.8 wheat, rice plant, sheaf
🌲 3f7a4a 9.0 pine tree, pine, fir, spruce, cedar, evergreen
🌳 4f8f45 8.0 tree, oak, maple tree, elm, willow, beech
🎄 3f7a4a 2.2 christmas tree
🍄 d8402f 0.12 mushroom, toadstool
🪵 9a6a42 0.6 log, firewood
🪺 a07850 0.2 nest
🪸 e8806a 0.4 coral
🪶 e9e4da 0.25 feather, plume, quill
""",
    "food": """
🍏 cf2e35 0.09 apple, red apple
🍏 8fbf4a 0.09 green apple
🍐 b9c24f 0.1 pear
🍊 f0912f 0.08 orange, tangerine
🍋 f4d83f 0.08 lemon
🍌 f4d24a 0.2 banana
🍉 d84a50 0.3 watermelon
🍈 a8c870 0.2 melon
🍇 7a4a9a 0.2 grape, bunch of grapes
🍓 d8303f 0.05 strawberry
🫐 4a5fa8 0.03 blueberry, berry
🍒 c8283a 0.06 cherry
🍑 f4a98a 0.08 peach
🥭 f0a83c 0.12 mango
🍍 e8b93c 0.3 pineapple
🥥 8a5f42 0.15 coconut
🥝 9ab84a 0.07 kiwi fruit
🍅 d8402f 0.08 tomato
🍆 6a3f80 0.22 eggplant, aubergine
🥑 6f9a3f 0.12 avocado
🥦 5f9a45 0.2 broccoli
🥬 7fb04f 0.3 cabbage, lettuce, leafy green
🥒 5f9a45 0.2 cucumber, pickle
🌶️ d0302f 0.12 chili, hot pepper, chilli
🫑 5fa045 0.1 bell pepper
🌽 f0c83c 0.22 corn, ear of corn, corncob
🥕 f0862f 0.2 carrot
🧄 f0ebe0 0.06 garlic
🧅 c88a4a 0.08 onion
🥔 c8a26a 0.1 potato
🍠 a8506a 0.15 sweet potato
🫘 9a5a42 0.02 bean
🥜 d0a466 0.04 peanut
🌰 8a5030 0.04 chestnut
🍞 d8a25a 0.25 bread, loaf, loaf of bread
🥖 d8a25a 0.6 baguette
🥐 dea050 0.15 croissant
🥨 b97a40 0.15 pretzel
🥯 d8aa66 0.12 bagel
🥞 e0ae5a 0.15 pancake
🧇 dba857 0.15 waffle
🧀 f2c94c 0.15 cheese
🧈 f6e08a 0.12 butter
🥓 c85a4a 0.2 bacon
🥩 c8505a 0.2 steak
🍖 b5713f 0.25 meat
🍗 c88548 0.2 drumstick, chicken leg
🍔 d89a4a 0.12 hamburger, burger
🍟 f2c94c 0.15 french fries, fries
🍕 f0b84c 0.2 pizza, slice of pizza
🌭 d8854a 0.18 hot dog
🥪 e8c88a 0.12 sandwich
🌮 f0c45a 0.15 taco
🌯 e8cf9a 0.18 burrito
🥗 6faa4f 0.25 salad
🥘 d8884a 0.35 paella
🍲 a85a42 0.35 stew, pot of stew, soup, pot of soup, hotpot
🍝 e8b85a 0.25 spaghetti, pasta
🍜 c84a3f 0.2 noodles, ramen, bowl of noodles, noodle soup, bowl of ramen, udon, soba, noodle bowl
🍚 f4f3ee 0.14 rice bowl, bowl of rice, rice
🍛 c88a3f 0.25 curry
🍙 f4f3ee 0.09 rice ball, onigiri
🍘 d8a45a 0.09 rice cracker
🍣 f08a6a 0.08 sushi, nigiri
🍢 d0a060 0.25 oden
🍡 f2b6c4 0.2 dango
🥟 f0dcb4 0.09 dumpling, gyoza
🍱 c8503c 0.3 bento, bento box, lunch box, lunchbox
🥡 f4f0e6 0.15 takeout box
🍤 f0a45a 0.12 fried shrimp, tempura
🥚 f6ecdc 0.06 egg
🍳 3a3d46 0.4 frying pan, skillet, fried egg
🍿 e04a45 0.25 popcorn
🧂 e8eaee 0.12 salt shaker, salt
🥫 c8453c 0.12 tin can, can of food, can
🍦 f6ead8 0.2 ice cream cone
🍨 f6ead8 0.15 ice cream
🍧 9ad0ea 0.2 shaved ice
🍩 e08aaa 0.1 doughnut, donut
🍪 c8925a 0.08 cookie, biscuit
🎂 f6dfe0 0.3 birthday cake, cake
🍰 f8e6dc 0.15 slice of cake, piece of cake, shortcake
🧁 f0a6c0 0.1 cupcake, muffin
🥧 d0924a 0.28 pie
🍫 6a4028 0.15 chocolate, bar of chocolate, chocolate bar
🍬 e8607f 0.06 candy, sweet
🍭 f06a9a 0.2 lollipop
🍮 e0a84a 0.12 custard, pudding, flan
🍯 e0a02f 0.2 honey pot, pot of honey, jar of honey, honey
🥠 e6ba6c 0.07 fortune cookie
🥮 b8803f 0.09 moon cake, mooncake
🍥 f8e8ea 0.06 fish cake
🦴 f2ecdc 0.25 bone
""",
    "drink": """
☕ f2efe8 0.1 cup, mug, coffee, cup of coffee, mug of coffee, coffee cup, teacup, tea cup, cup of tea, espresso
🍵 8fae5a 0.1 tea, green tea, bowl of tea, tea bowl, matcha
🫖 8fa4c0 0.22 teapot, tea pot, kettle, tea kettle
🍶 e6ead8 0.2 sake, sake bottle, sake cup
🍾 3f6a45 0.35 champagne, champagne bottle
🍷 8a2038 0.2 wine, wine glass, glass of wine, goblet, cup of wine
🍸 bfe0d0 0.2 cocktail, martini
🍹 f0a04a 0.25 tropical drink
🍺 e8ab3c 0.2 beer, beer mug, pint, ale, mug of beer, glass of beer
🥛 f6f8fb 0.16 milk, glass of milk
🧃 e89a4a 0.15 juice box, juice
🥤 e05a50 0.2 soda, lemonade
🧋 c89a6a 0.2 bubble tea
🍼 f6efe2 0.18 baby bottle
""",
    "household": """
🏮 d8452f 0.4 lantern, paper lantern, red paper lantern
🏮 f0cf7a 0.4 lamp
🕯️ f3e6c4 0.25 candle, taper
🪔 c8823f 0.15 oil lamp, diya
🔦 4a5468 0.25 flashlight, torchlight, electric torch
💡 f6e39a 0.12 light bulb, lightbulb, bulb
🪞 b8cbd8 0.5 mirror, looking glass
🪟 a9cbe0 1.2 window, windowpane
🪑 a8744a 0.9 chair, stool
🛋️ 7f8fae 1.9 couch, sofa, settee, divan
🛏️ b7a88e 2.0 bed, cot, bunk
🚪 9a6a45 2.0 wooden door
🛁 eef2f5 1.6 bathtub, bath tub
🚿 c0c9d4 0.3 shower head
🚽 f2f4f6 0.8 toilet
🧺 c89a5a 0.45 basket
🧹 c8a25a 1.3 broom, besom
🪣 8fa0b2 0.35 bucket, pail
🧽 f2d05a 0.12 sponge
🧼 f2c8d6 0.09 soap, bar of soap
🪥 6fb4d8 0.18 toothbrush
🪒 9aa6b4 0.15 razor
🪮 5a4030 0.15 comb
🧴 8fc0c8 0.2 lotion bottle
🧻 f6f5f0 0.12 toilet paper
🪠 b85040 0.5 plunger
🧷 c0c6d0 0.05 safety pin
🧵 d0485a 0.06 thread, spool, spool of thread
🪡 c0c6d0 0.06 needle, sewing needle
🧶 d85a7a 0.12 yarn, ball of yarn, ball of wool
🔔 e3b23c 0.2 bell, temple bell
🛎️ e3b23c 0.1 service bell, desk bell
🎐 a6d4e6 0.25 wind chime, wind chimes
🏺 b5703f 0.4 amphora, urn, vase
⚱️ 8a7a94 0.35 funeral urn
🫙 cfe4ea 0.2 jar, glass jar, mason jar
🥄 c3cad4 0.18 spoon
🍴 c3cad4 0.2 fork, fork and knife, cutlery
🍽️ f3f3ef 0.3 plate, dinner plate
🥣 e6e2d8 0.16 bowl
🥢 9a5a3c 0.24 chopstick, pair of chopsticks
🔪 c3cad4 0.3 knife, kitchen knife, cleaver
🗑️ 8a929c 0.5 wastebasket, trash can, dustbin, trash bin
🧯 cf3a34 0.5 fire extinguisher
🪤 b08a58 0.15 mousetrap, mouse trap
🎀 e8608f 0.15 ribbon, bow ribbon
🎁 d8485a 0.3 gift, present, wrapped gift, parcel with a bow
🎈 e0404f 0.35 balloon
🎏 e05a4f 1.2 carp streamer, koinobori
🪆 d04a4a 0.15 nesting doll, matryoshka
🧸 b98355 0.35 teddy bear, teddy, stuffed bear
🪁 e0584a 0.8 kite
🪀 d8485a 0.08 yo-yo
🧩 5fa0d8 0.06 puzzle piece, jigsaw piece
🎲 f6f4ee 0.03 die, dice
♟️ 8a6a50 0.07 pawn, chess pawn, chess piece
🃏 f6f2e6 0.1 playing card
🎴 d8483f 0.08 hanafuda card
🀄 f4f0e2 0.04 mahjong tile
🧿 2f62c9 0.05 amulet, talisman
📿 8a5a38 0.3 prayer beads, rosary, string of beads
🔮 8a6fd0 0.2 crystal ball
🪄 2f2b3c 0.35 magic wand, wand
🪭 e0607a 0.3 folding fan, paper fan
🪈 b98a55 0.5 flute
⚰️ 7a5540 2.0 coffin, casket
🪦 9aa0a6 0.9 headstone, gravestone, tombstone, grave
🗿 8f9296 2.5 stone head, moai
⛲ b9c4cc 3.0 fountain
🎎 d8485a 0.3 japanese doll, hina doll
🎃 f0862f 0.35 jack-o-lantern, pumpkin
☃️ f4f8fc 1.4 snowman
🧊 bfe2f2 0.05 ice cube, ice, block of ice
🪨 8f9298 0.6 rock, boulder, stone
🧱 b5553f 0.3 brick
""",
    "tool": """
🔨 9aa4b2 0.35 hammer, mallet
⛏️ 8f98a6 0.9 pickaxe, pick
🪓 8f98a6 0.8 axe, ax, hatchet
🪚 b8c0ca 0.6 handsaw, carpentry saw, hacksaw
🪛 c8503c 0.22 screwdriver
🔧 a0aab8 0.3 wrench, spanner
🔩 9aa4b2 0.08 bolt, nut and bolt, screw
⚙️ 98a2b0 0.2 gear, cog, cogwheel
🗜️ 8a94a2 0.3 clamp, vise
🪝 98a2b0 0.15 hook
🪜 b58a55 2.5 ladder, stepladder
⛓️ 98a2b0 0.6 chain
🪢 c8a870 0.5 rope, knot, coil of rope
🔗 a0aab8 0.1 chain link
🧰 c8453c 0.5 toolbox, tool box
🧲 cf3a34 0.12 magnet
✂️ b8c0ca 0.2 scissors, shears
📏 e8c06a 0.3 ruler
📐 e8c06a 0.25 set square
🔬 5a6478 0.4 microscope
🔭 5a6478 1.2 telescope, spyglass
🧪 7fd0b0 0.15 test tube, vial
🧫 b8dccc 0.1 petri dish
⚗️ 9ac0d0 0.4 alembic, flask
💉 c8dce8 0.15 syringe, injector, needle and syringe
💊 e0604f 0.03 pill, capsule, tablet of medicine
🩹 e8bf98 0.08 bandage, adhesive bandage
🩺 4a5a78 0.5 stethoscope
🌡️ e8ecf0 0.15 thermometer
🩻 2f4a6a 0.4 x-ray
🧬 5fa0d8 0.4 dna
🦾 9aa6b4 0.6 mechanical arm, robotic arm, robot arm, prosthetic arm
🦿 9aa6b4 0.8 mechanical leg, robotic leg, prosthetic leg
🩼 b08a5a 1.2 crutch
🦯 f4f4f2 1.2 white cane
🔋 5fae5a 0.12 battery
🔌 3f4656 0.1 electric plug, plug
🧭 c8a04a 0.1 compass
⚓ 5a6a80 1.4 anchor
🛟 e8603f 0.7 lifebuoy, life ring, ring buoy
🎣 9a7048 1.8 fishing rod, fishing pole
🏹 8a5f3a 1.4 bow and arrow, longbow, crossbow
🛡️ 5f7aa0 0.8 shield
🗡️ c8d0da 1.0 sword, katana, blade, rapier, sabre, saber, longsword
🗡️ c8d0da 0.35 dagger
⚔️ c8d0da 1.0 crossed swords
🔱 d8b04a 1.6 trident
💣 2f323c 0.25 bomb
🧨 cf3a34 0.2 dynamite, firecracker, stick of dynamite
🛢️ 7a5a48 0.9 oil drum, barrel
💈 e8e8ee 0.8 barber pole
⛽ c8453c 1.6 fuel pump, gas pump, petrol pump
🚧 f0a83c 1.0 barrier, roadblock
🚦 4a4f5a 0.9 traffic light, stoplight
🪧 e0d4b4 1.2 placard, signboard
🛒 a0aab8 1.0 shopping cart, trolley
🧳 6a7f9a 0.7 suitcase, luggage
⛺ e0a04a 2.2 tent
🎪 d8485a 12.0 circus tent
🏕️ e0a04a 3.0 campsite
🪂 f0a03c 6.0 parachute
🔥 f08a2f 0.8 fire, bonfire, campfire, flame
""",
    "instrument": """
🎻 a85a2f 0.6 violin, fiddle, viola, cello
🎸 c8553a 1.0 guitar, electric guitar
🪕 d0a060 0.9 banjo
🎹 f6f4ec 1.2 piano, keyboard instrument, synthesizer, synthesiser
🎺 e0b040 0.5 trumpet, bugle, cornet
🎷 e0b040 0.7 saxophone, sax
🪗 b8403f 0.5 accordion, concertina
🥁 c8483f 0.4 drum, snare drum
🪘 a86a3f 0.6 long drum, hand drum
🪇 d8703f 0.25 maraca
📯 e0b040 0.5 postal horn, post horn, french horn
🎤 5a6070 0.22 microphone, mic
🎧 3f4656 0.2 headphone, headphones, headset
📻 a8703f 0.35 radio, wireless set, transistor radio
📢 d8604a 0.4 loudspeaker, loudhailer
📣 e0a040 0.4 megaphone, bullhorn
""",
    "document": """
📖 f4eeda 0.3 book, open book, storybook, novel, bible, textbook, tome
📕 b8343f 0.25 closed book, red book
📗 3f8a4a 0.25 green book
📘 2f62b0 0.25 blue book
📚 b5653f 0.35 stack of books, pile of books
📓 4a4f62 0.25 notebook, diary, journal, sketchbook
📒 e8c04a 0.25 ledger
📰 ece9e0 0.4 newspaper, tabloid
🗞️ ece9e0 0.35 rolled-up newspaper
📜 ecdcb0 0.35 scroll, parchment
📄 f8f7f2 0.3 document, paper, page, sheet of paper, piece of paper, leaflet, contract
📝 f8f3dc 0.25 note, memo, memorandum
🗒️ f6ecb8 0.2 notepad
📋 c89a60 0.32 clipboard
🧾 f8f7f2 0.2 receipt, bill
✉️ f6f0de 0.2 letter, envelope
💌 f6dfe2 0.2 love letter
🧧 d0303a 0.18 red envelope
📦 c89860 0.4 box, package, parcel, cardboard box, carton
📁 e8c060 0.32 folder, file folder, dossier
🗄️ 9aa2ae 1.3 filing cabinet, file cabinet
🗓️ f4f4f2 0.3 calendar
🗺️ d8cfa0 0.7 map, world map
🪪 dfe8f0 0.09 identity card, id card, identification card, badge, id badge
💳 4a6fb0 0.09 credit card, keycard, key card
🎫 f0d27a 0.1 ticket
🏷️ e8c88a 0.08 price tag, label, luggage tag
🖼️ c8a05a 0.6 framed picture, painting, portrait, picture frame
🎨 c89a60 0.35 palette
🖌️ c86a3f 0.3 paintbrush, brush
🖍️ d84a5a 0.1 crayon
✏️ f0c04a 0.18 pencil
🖊️ 2f4a8a 0.15 pen, ballpoint
🖋️ 2a2f40 0.15 fountain pen
📌 d8404a 0.03 pushpin, thumbtack
📎 a0aab8 0.04 paperclip
💵 8fb48a 0.16 banknote, dollar bill, cash
💰 c8a05a 0.4 money bag, bag of money, sack of gold, bag of gold
🪙 e3b23c 0.03 coin
📷 3f4450 0.15 camera
🎥 3f4450 0.6 movie camera, film camera
📹 3f4450 0.2 video camera, camcorder
📽️ 4a5060 0.5 film projector, projector
🎞️ 2f323c 0.3 film strip, film reel
🎬 2f323c 0.3 clapperboard, clapper board
📼 2f323c 0.19 videocassette, video tape, videotape, cassette
💿 c8d0e0 0.12 cd, compact disc
💾 3f5f9a 0.09 floppy disk
🧮 a8703f 0.4 abacus
⚖️ d0a84a 0.6 scales, balance scale, pair of scales
""",
    "device": """
💻 5a6274 0.35 laptop
🖥️ 4a5264 0.6 desktop computer
⌨️ 6a7284 0.45 keyboard
🖱️ c8ccd4 0.11 computer mouse
🖨️ 7a828e 0.5 printer
☎️ c8403c 0.25 telephone, rotary phone, landline
📞 c8403c 0.22 telephone receiver, receiver
📟 3f4450 0.08 pager
📠 8a929e 0.4 fax machine
📺 7a5a48 0.7 television, tv, television set, tv set
🎮 3f4450 0.16 game controller, gamepad
🕹️ 3f4450 0.2 joystick
🎰 c8453c 1.4 slot machine
⏱️ b8c0ca 0.08 stopwatch
⌚ 3f4450 0.08 watch, wristwatch, pocket watch
⏰ d8504a 0.15 alarm clock
🕰️ 8a5a3a 0.4 clock, mantelpiece clock, grandfather clock
⏳ d8b070 0.2 hourglass
📡 c8d0da 3.0 antenna, satellite dish, radar dish, aerial
🛰️ a0b0c4 4.0 satellite, space probe
🔒 d0a84a 0.08 padlock, lock
🔑 e0b84a 0.07 key
🗝️ a88a4a 0.1 old key, iron key, skeleton key, brass key, rusty key
🔍 5a6478 0.2 magnifying glass, magnifier
🚨 d8382f 0.2 police light, emergency light, warning light
🗳️ b8c0cc 0.5 ballot box
📮 c8383a 1.2 postbox, mailbox, post box, letter box, letterbox
""",
    "clothing": """
👑 e8bd4d 0.25 crown, tiara
🎩 2a2a34 0.3 top hat
🧢 3f62b0 0.25 baseball cap, cap
👒 e8cf8a 0.35 straw hat, sun hat, hat
🎓 2a2a34 0.3 graduation cap
🪖 6a7a50 0.3 helmet, military helmet, steel helmet
⛑️ e8e8ec 0.3 hard hat, rescue helmet
👓 3a3f4c 0.15 spectacles, eyeglasses, pair of glasses, his glasses, her glasses, their glasses, reading glasses
🕶️ 23252e 0.15 sunglasses, dark glasses, pair of sunglasses
🥽 4a6a8a 0.2 goggles
🤿 3f7a9a 0.3 diving mask
🧣 c8453c 0.6 scarf
🧤 a8653f 0.3 glove, pair of gloves, mitten
🧥 8a6a4a 1.1 coat, overcoat
🥼 f4f6f8 1.1 lab coat
🦺 f0a03c 0.7 safety vest, life vest
👔 8fa8cc 0.7 shirt and tie, necktie
👕 6fa8d8 0.7 t-shirt, shirt
👖 3f5f8f 1.0 jeans, trousers
🩳 5f9ac8 0.5 shorts
👗 d85a8a 1.1 dress, gown
👘 a84a6a 1.4 kimono, yukata
🥋 f4f3ee 1.2 martial arts uniform, karate uniform
🥻 d8703f 1.3 sari
👙 e8608a 0.5 bikini
🧦 d8604a 0.3 sock, pair of socks
👞 5a3a28 0.3 shoe, man's shoe
👟 e8eaee 0.3 sneaker, running shoe
🥾 8a5a38 0.3 boot, hiking boot
👠 c8283a 0.25 high heel, high-heeled shoe
🩴 5f9ac8 0.28 sandal, flip-flop
🩰 f2a6b8 0.28 ballet shoe
⛸️ e6eaf0 0.3 ice skate, skate
🛼 e8608a 0.3 roller skate
👜 9a5a3f 0.35 handbag, bag
👛 d85a7a 0.15 purse
👝 a85a7a 0.25 pouch, clutch bag
💼 7a5236 0.45 briefcase, attache case
🎒 c8483f 0.5 backpack, rucksack, satchel, knapsack, schoolbag, school bag
🛍️ e08a5a 0.45 shopping bag
💍 e3b23c 0.03 ring, wedding ring, engagement ring, gold ring
💎 7fd0f0 0.05 gem, jewel, diamond, gemstone, crystal, ruby, sapphire, emerald
💄 c8283a 0.08 lipstick
🌂 6a4a9a 0.9 closed umbrella
☂️ 5a5f9a 1.0 umbrella, parasol
🎭 f2eee2 0.3 mask, theatre mask, theater mask
👺 c8382f 0.3 tengu mask, goblin mask
👹 c8382f 0.35 oni mask, demon mask
🎖️ e0b84a 0.1 medal, military medal
🏆 e3b23c 0.4 trophy, cup of victory
💀 ece6d6 0.22 skull
""",
    "sport": """
⚽ f4f4f2 0.22 football, soccer ball
🏀 e0762f 0.24 basketball
🏈 9a5a35 0.28 american football
⚾ f6f4ee 0.08 baseball
🏐 f4f0dc 0.21 volleyball
🎾 d2e04a 0.7 tennis racket, tennis racquet
🏸 e8e8ea 0.7 badminton racket, shuttlecock
🏓 c8382f 0.27 ping-pong paddle, table tennis bat
🎱 23242c 0.06 billiard ball, eight ball
🎳 e8e8ea 0.4 bowling pin
🥊 c8303a 0.3 boxing glove
🥅 e8eaee 2.4 goal net
🎯 d8404a 0.5 dartboard, bullseye
🛹 a86a45 0.8 skateboard
🛷 c8704a 1.2 sled, sledge, sleigh, toboggan
🎿 5f8fd0 1.7 ski, pair of skis
🥏 e8703f 0.25 frisbee, flying disc
🪩 c8d0dc 0.5 disco ball, mirror ball
🎡 d85a7a 30.0 ferris wheel
🎢 d85a7a 25.0 roller coaster
🎠 e8b6c8 2.0 carousel horse, merry-go-round, carousel
""",
    "vehicle": """
🚗 c8433c 4.2 car, automobile, sedan, limousine
🚕 f2c23c 4.4 taxi, cab, taxicab
🚓 3f5f9a 4.6 police car, patrol car, squad car
🚙 5f8f6a 4.6 jeep, suv
🛻 8f6a4a 5.0 pickup truck
🚐 8fb0c8 4.8 minibus, minivan
🚚 d8d4c8 6.0 truck, delivery truck, van, delivery van
🚛 a0aab8 11.0 articulated lorry, semi-trailer, lorry
🚜 5f9a45 3.6 tractor
🏎️ d8382f 4.6 racing car, race car
🚑 f4f4f2 5.4 ambulance
🚒 cf3a34 8.0 fire engine, fire truck
🚌 e0a84a 10.0 bus
🚎 6fa8a0 11.0 trolleybus
🛺 5f9a5a 2.6 auto rickshaw, rickshaw, tuk-tuk
🚲 4f7fb0 1.7 bicycle, pushbike
🛵 5fb4b0 1.7 motor scooter, scooter, moped
🛴 7a8aa0 1.1 kick scooter
🦽 4a5a78 1.0 wheelchair
🦼 4a5a78 1.1 motorized wheelchair
🚂 3a4050 10.0 locomotive, steam engine, steam train, steam locomotive
🚆 8fa8c8 3.6 train, passenger train
🚄 e8eef4 16.0 bullet train, high-speed train, shinkansen
🚇 7a8a9a 3.4 metro, subway train, underground train
🚋 5f9a7a 12.0 tram car, streetcar, tram
🚃 c88a5a 12.0 railway car, railway carriage, train carriage
🚡 d8604a 3.0 cable car, gondola lift
✈️ e6ecf2 30.0 airplane, aeroplane, plane, jet plane, fighter jet, jet fighter, aircraft, airliner
🛩️ e8dcc8 8.0 small airplane, biplane, propeller plane
🚁 5f7a8f 10.0 helicopter, chopper
🚀 f0f2f6 20.0 rocket, rocket ship, spaceship, space ship, starship, spacecraft
🛸 a6b4c8 9.0 flying saucer, ufo
⛵ f4f0e4 8.0 sailboat, sailing boat, yacht, sailing ship
🚤 e8eef2 6.0 speedboat
🛥️ e8eef2 8.0 motor boat, motorboat
🛶 a86f42 4.0 canoe, kayak, rowboat, rowing boat, boat
⛴️ d8dee6 40.0 ferry, ferryboat
🚢 4a5f7f 80.0 ship, steamship, ocean liner, freighter
🛞 6a6e7a 0.6 wheel, tyre, tire
🏗️ e0a84a 25.0 construction crane, building crane
🪐 d8a870 60.0 planet, ringed planet, saturn
☄️ a8dcf4 30.0 comet, meteor
""",
    "building": """
🏠 e0c0a0 8.0 house, cottage
🏚️ 9a8f84 8.0 derelict house, abandoned house, ruined house
🛖 c8a068 5.0 hut, shack, log cabin
🏰 b9bcc8 30.0 castle, fortress, palace
🏯 e6e2d8 25.0 japanese castle
⛩️ d8452f 6.0 torii, torii gate, shinto gate
⛪ e8e4da 15.0 church, chapel
🕌 e0d4b0 25.0 mosque
🛕 d8a86a 20.0 hindu temple
🏛️ e4e0d4 15.0 classical temple, greek temple
🏭 9a8a84 25.0 factory
🗼 d8583f 60.0 radio tower, tokyo tower
🗽 8fc0a8 60.0 statue of liberty
🌋 6a4a44 60.0 volcano
🏝️ e8d49a 40.0 desert island
""",
}
"""Rows by kind of thing. A "head" is an animal or being whose drawing shows the head alone."""
