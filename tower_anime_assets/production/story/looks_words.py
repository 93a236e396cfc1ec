"""The words by which looks are told from everything else in a description: garments, bodies, temper, grammar."""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.production.planning.lexicon import word_set

ARTICLES = word_set("a an the one this that these those his her its their my our some another two three four five six")
FUNCTION_WORDS = ARTICLES | word_set(
    "instead inside too itself "
    "and or but of in on at to with without from by for as than then is are was were be been being has have had "
    "having he she it they him them himself herself itself who whose which that there here very rather quite "
    "somewhat almost nearly about around slightly always all both each every any no not never only just also too so "
    "up down out off over under into onto across through between behind before after above below near his her its "
    "their wears wearing wore worn dressed clad carries carrying holds holding sporting sports s t mostly well much "
    "more most less other own same such like usually often sometimes covered made full pair set lots lot"
)
PREPOSITIONS = word_set(
    "of in on at to with without from by for as than into onto across through between behind before after above "
    "below near over under around about against beneath beside during inside outside past since until upon within "
    "like via despite"
)
CLAUSE_WORDS = word_set(
    "who whom whose which that because when where while if although though until unless since what whatever why how "
    "is are was were be been am has have had does do did will would can could may might must shall should and but "
    "or named called wearing wears wore dressed clad carrying carries holding holds sporting having looking looks "
    "seems always never often usually rarely still once"
)
"""Words that end the phrase at the head of a description, besides prepositions."""
LOOKS_OPENERS = word_set(
    "wrapped "
    "with wearing wears wore has have having sporting sports carrying carries carry holds holding dressed clad "
    "adorned bearing bears"
)
"""Words after which a description goes on with looks."""
ASIDE_WORDS = word_set(
    "who whom which that because when where while if although though until unless since to for from by at about "
    "after before as than like into onto against during past what why how so works work lives live born raised "
    "knows know loves love hates hate wants want speaks speak talks talk dreams believes fears trusts thinks runs "
    "run teaches built builds comes came grew lost left found once always never often usually rarely still secretly "
    "can cannot could will would does did do owns keeps leads hides sleeps eats makes made"
)
"""Words that begin something else than looks, up to the next comma or full stop."""
SUBJECTS = word_set("he she it they i we you")

BODY_NOUNS = word_set(
    "body bodywork shell casing chassis hull frame plating armor armour exterior fur coat pelt hide feathers "
    "plumage scales paint skin metal steel chrome fleece wool shape figure"
)
"""What the surface of somebody who is not human is called."""
PLAIN_NOUNS = word_set(
    "face head neck nose mouth lips teeth chin jaw cheek cheeks forehead brow brows eyebrows eyelashes lashes ear "
    "ears hand hands finger fingers nails fist arm arms leg legs foot feet knee knees shoulder shoulders back chest "
    "belly waist hips body figure build physique frame trousers pants jeans slacks shorts leggings tights shoes "
    "boots sneakers trainers sandals slippers socks stockings heels clothes clothing outfit attire costume garb "
    "belt stature height paws paw muzzle snout beak whiskers wing tail claws hooves features posture voice"
)
"""What everybody has: not worth a word on its own, only what is said of it."""
GARMENTS = word_set(
    "sheet tracksuit pearls beads jewellery jewelry bandolier holster locket amulet medallion suspenders "
    "bandages bandage medals medal "
    "apron bathrobe bikini bodysuit bonnet bow bowtie bracelet bracelets brooch cardigan cassock chainmail "
    "cheongsam corset costume crinoline dungarees fatigues frock gi habit hakama haori hanbok happi headband "
    "headscarf hijab jerkin jersey jumper kaftan kilt kimono loincloth miniskirt negligee nightgown obi overcoat "
    "pajamas pyjamas petticoat poncho qipao raincoat rags romper sari sash sarong shawl spacesuit swimsuit tabard "
    "toga trenchcoat tunic turban tutu tweed underwear veil waistcoat wetsuit furs pinafore suspenders braces "
    "cravat turtleneck bandana bandanna anorak duffel shorts trousers pants jeans leggings boots shoes sandals "
    "sneakers slippers socks stockings clothes belt watch leotard dirndl lederhosen sombrero fez tophat headdress "
    "kerchief pyjama pullover leathers denim silk linen cotton camouflage plaid lipstick makeup make-up eyeliner "
    "mascara piercing piercings ring rings buttonhole corsage"
)
"""What people wear, besides what is drawn as such."""
SECONDARY_NOUNS = word_set(
    "ribbon ribbons collar bow bowtie sash belt cap hat beret helmet cape scarf tie necktie gloves boots shoes "
    "sneakers trim stripes stripe piping accents accent lining tattoos tattoo arms monocle buttons backpack "
    "rucksack bag satchel bandana bandanna headband glasses goggles sunglasses earrings earring necklace pendant "
    "hairpin apron vest waistcoat shawl hood mask headphones socks stockings bell patch patches spots markings "
    "wheels lights light antenna comb crest beak belly paws wings horns tail turban headscarf hijab veil obi emblem "
    "badge logo cuffs wristband bracelet dots tips streaks highlights crown tiara umbrella shirt trousers pants "
    "jeans skirt leggings tights"
)
"""Nouns whose colour is a second colour, beside that of the outfit or the body."""
LIGHT_NOUNS = word_set("eyes eye optic optics lens sensor sensors visor headlights headlight lights")
WHOLE_CLOTHES = word_set("in wearing wears dressed clad")
"""Words after which a bare colour is the colour of the clothes: "dressed in black"."""
COVERED_HEAD = word_set(
    "helmet hood hooded mask masked hijab headscarf turban veil veiled balaclava hat cap bonnet wig"
)

LOOKS_ADJECTIVES = word_set(
    "translucent transparent invisible glowing luminous shimmering shiny glossy polished rusty rusted dented "
    "battered scratched weathered wrinkled wrinkly hunched hunchbacked stooped bent crooked limping one-legged "
    "legless armless one-armed toothless gap-toothed bespectacled pot-bellied chubby plump rotund chiselled angular "
    "square-jawed hollow-cheeked rosy-cheeked tanned sunburnt dirty filthy grimy muddy soaked bloody bandaged "
    "scruffy shaggy unkempt dishevelled disheveled elegant furry fluffy hairy feathered scaly slimy spotted striped "
    "tabby calico dappled patchy curly wavy frizzy beautiful pretty handsome gorgeous ugly cute attractive "
    "androgynous pregnant one-eyed three-eyed two-headed three-headed six-legged eight-legged faceless headless "
    "cubic boxy cylindrical spherical egg-shaped barrel-chested broad-shouldered long-legged long-necked knock- "
    "kneed bow-legged cloaked veiled barefoot naked nude shirtless pierced painted ragged tattered patched wooden "
    "porcelain rubber leather velvet embroidered sequined checkered plaid flowery floral dotted metallic iridescent "
    "pearly wet frail holographic pixelated flickering smoking burning frozen muscular athletic slender winged "
    "armoured armored scarred freckled tattooed crystalline moss-covered ivy-covered sleek chrome-plated steampunk "
    "clockwork mechanical cybernetic bionic mismatched slim-waisted busty curvy voluptuous gaunt emaciated"
)
"""Words of looks that count wherever they stand; those that no reader knows are listed as not drawn."""

TEMPER = word_set(
    "able absent-minded adventurous affectionate aggressive aloof ambitious angry annoying anxious arrogant awkward "
    "bad bitter blunt bold bored bossy brave bright brilliant broken brooding bubbly calm careful careless caring "
    "cautious charismatic charming cheeky cheerful clever clumsy cold compassionate confident confused corrupt "
    "courageous cowardly crazy creative cruel cunning curious cynical dangerous dead deaf decent dedicated "
    "desperate determined devoted dignified diligent disciplined dishonest distant dreamy dry dull dutiful eager "
    "earnest easygoing eccentric elegant emotional energetic enigmatic evil excited experienced faithful famous "
    "fearless feared feisty fierce fiery flirtatious foolish forgetful forgotten fragile frank free friendly "
    "frightened funny fussy generous gentle gifted gloomy good good-natured grateful great greedy grim grumpy gruff "
    "guilty happy hard harsh haunted headstrong heartbroken helpful honest hopeful hopeless hot-headed humble "
    "hungry idealistic ignorant immortal impatient impulsive independent innocent insecure intelligent intense "
    "introverted jaded jealous jolly jovial kind kindly kind-hearted lazy lonely lonesome loud loving loyal lucky "
    "mad mean meek melancholic melancholy merciless merry methodical mischievous modest moody mute mysterious "
    "nameless naive nervous nice nosy notorious obedient obsessed odd optimistic outgoing outspoken overworked "
    "paranoid passionate patient peaceful perfectionist pessimistic philosophical playful poetic polite poor "
    "popular powerful practical precise pretentious proud quick quick-witted quiet rebellious reckless reliable "
    "religious reserved resourceful respected restless retired rich righteous rude ruthless sad sarcastic scared "
    "secretive selfish selfless sensible sensitive serene serious shady sharp shrewd shy silent silly simple "
    "sincere sinister skilled sleepy sly smart smug sociable soft-spoken solitary sophisticated spirited spiteful "
    "spoiled steadfast stern stoic strange streetwise strict strong strong-willed stubborn superstitious suspicious "
    "sweet talented talkative talking tempestuous tender thoughtful tidy timid tired tireless tolerant torn tough "
    "tragic traumatised traumatized treacherous troubled trusting trustworthy unlucky unpredictable upbeat vain "
    "vengeful vicious vulnerable wandering warm warm-hearted wary weary weird whimsical wicked wily wise wistful "
    "witty worried young-at-heart zealous calculating commanding gullible hardworking hard-working homesick "
    "lovelorn self-taught unemployed wealthy single married divorced widowed former local legendary late junior "
    "senior chief deputy royal imperial holy sacred cursed enchanted magical magic travelling traveling "
    "domestic stray household guide rescue police military fire space flying speaking singing dancing sentient "
    "obsolete ancient modern cosmic alien experimental prototype service security medical industrial maintenance"
)
"""Words of temper, standing and use: no looks."""
ABSTRACT_NOUNS = word_set(
    "fondness shock mop mess tangle head-start dash hint touch trace "
    "accent addiction age air ambition anger anxiety attitude aura bearing calm camera career care charm childhood "
    "confidence conscience courage crew crush curiosity debt debts degree demeanour demeanor dignity disease dream "
    "dreams duty eye-for family fear fears flair friend friends future gaze gift glance grace grief grin grudge "
    "habit heart history hope humour humor idea imagination intellect intelligence interest job joy knack knowledge "
    "laugh laughter licence license life limp look looks love luck manner manners memories memory mind mission "
    "money mood moves name nature nickname obsession opinion past patience passion personality plan plans power "
    "powers pride problem purpose question reputation respect secret secrets sense shadow side smile smirk soul "
    "spirit stare story stutter style sympathy talent taste temper thirst thoughts time touch trauma trouble vision "
    "voice way ways weakness will wit wisdom words work world wound years year month months thing things tendency "
    "skill skills silence"
)
"""Nouns after "with" and "has" that are no looks."""

ORIGINS = word_set(
    "african american arab arabic argentine argentinian asian australian austrian bengali brazilian british "
    "bulgarian cambodian canadian caribbean caucasian chinese colombian croatian cuban czech danish dutch egyptian "
    "english ethiopian european filipina filipino finnish french german ghanaian greek haitian hawaiian hispanic "
    "hungarian icelandic indian indigenous indonesian iranian iraqi irish israeli italian jamaican japanese jewish "
    "kenyan korean latina latino lebanese malay malaysian maori mexican biracial mongolian moroccan nepalese nepali "
    "nigerian nordic norwegian pakistani palestinian persian peruvian polish portuguese punjabi romani romanian "
    "russian samoan scandinavian scottish senegalese serbian somali spanish sudanese swedish swiss syrian taiwanese "
    "tamil thai tibetan tunisian turkish ukrainian vietnamese welsh zulu inuit"
)
"""Words of origin: skin, hair and eyes are then not filled in with colours drawn from a name."""

ENGLISH_WORDS = word_set(
    "the and of with who his her has is are wears wearing she they old young years year from whose that its eyes hair"
)
SHARED_WORDS = word_set("a an in on at by he it for but not man")
"""English words that other languages have, too."""
FOREIGN_WORDS = word_set(
    "der das ein eine einer eines einem einen und mit von im ist trägt sie er sein seine ihre jahre jahren alt alte "
    "alter alten altes junge junger junges le les un une des du et avec qui est aux au dans sa ses ans il elle "
    "vieux vieille jeune el los uno una y que es en del de su sus años lleva él ella viejo vieja joven lo gli dei "
    "della anni porta lui lei vecchio vecchia giovane um uma com da dos anos ele ela velho velha jovem het een van "
    "zijn haar jaar oud oude jonge och med har ett"
)
"""Small words of German, French, Spanish, Italian, Portuguese, Dutch and Swedish that are no English words."""

AGE_UNITS = ("歳", "才", "岁", "歲", "살", "세", "jahre", "jahren", "ans", "años", "anni", "anos", "лет", "года", "год")
"""Words for years after a number, in other languages."""

FOREIGN_KINDS: Mapping[str, str] = {
    "katze": "cat", "kater": "cat", "hund": "dog", "roboter": "robot", "geist": "ghost", "gespenst": "ghost",
    "drache": "dragon", "vogel": "bird", "eule": "owl", "rabe": "raven", "krähe": "crow", "fuchs": "fox",
    "wolf": "wolf", "bär": "bear", "pferd": "horse", "hase": "rabbit", "maus": "mouse", "ungeheuer": "monster",
    "chat": "cat", "chatte": "cat", "chien": "dog", "chienne": "dog", "robot": "robot", "fantôme": "ghost",
    "dragon": "dragon", "oiseau": "bird", "hibou": "owl", "corbeau": "raven", "renard": "fox", "loup": "wolf",
    "ours": "bear", "cheval": "horse", "lapin": "rabbit", "souris": "mouse", "monstre": "monster",
    "gato": "cat", "gata": "cat", "perro": "dog", "perra": "dog", "fantasma": "ghost", "dragón": "dragon",
    "pájaro": "bird", "búho": "owl", "cuervo": "raven", "zorro": "fox", "lobo": "wolf", "oso": "bear",
    "caballo": "horse", "conejo": "rabbit", "ratón": "mouse", "monstruo": "monster", "cane": "dog", "gatto": "cat",
    "gatta": "cat", "drago": "dragon", "uccello": "bird", "volpe": "fox", "cachorro": "dog", "cão": "dog",
    "кот": "cat", "кошка": "cat", "собака": "dog", "пёс": "dog", "робот": "robot", "призрак": "ghost",
    "дракон": "dragon", "птица": "bird", "лиса": "fox", "волк": "wolf", "медведь": "bear",
}  # fmt: skip
"""Commonest beings in other languages that are written with spaces; drawn as the English word says."""
FOREIGN_SUFFIXES: Mapping[str, str] = {
    "子猫": "kitten", "猫": "cat", "ネコ": "cat", "ねこ": "cat", "子犬": "puppy", "犬": "dog", "イヌ": "dog",
    "ロボット": "robot", "アンドロイド": "android", "幽霊": "ghost", "精霊": "spirit", "妖怪": "yokai", "龍": "dragon",
    "竜": "dragon", "ドラゴン": "dragon", "小鳥": "bird", "鳥": "bird", "フクロウ": "owl", "カラス": "crow",
    "狐": "fox", "キツネ": "fox", "狼": "wolf", "熊": "bear", "クマ": "bear", "馬": "horse", "うさぎ": "rabbit",
    "ウサギ": "rabbit", "怪物": "monster", "鬼": "oni", "狗": "dog", "貓": "cat", "机器人": "robot", "機器人": "robot",
    "鬼魂": "ghost", "고양이": "cat", "개": "dog", "강아지": "puppy", "로봇": "robot", "유령": "ghost", "용": "dragon",
    "새": "bird", "여우": "fox", "늑대": "wolf",
}  # fmt: skip
"""The same in languages that are written without spaces: the end of the description's first phrase decides."""
