"""Words that are names and something else too, words for everybody at once, and names that belong to voices only.

Tables only. What they decide is said where they are used: `cast_names` and `speakers`.
"""

from __future__ import annotations


def _words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAME_PARTICLES = _words_in("the a an of and de du da di la le van von der mr mrs ms miss dr sir")
"""Words of a name that never stand for it."""

QUALIFIERS = _words_in(
    "young old little big adult teen teenage younger older elderly aged masked drunk dead real fake future past other "
    "another random nameless unseen unknown hooded armed various several some first second third last"
)
"""Words that tell two of a name apart: `YOUNG ADA` is somebody else than `ADA`."""

ORDINARY_WORDS = QUALIFIERS | _words_in(
    # Given names that English has as words; in lower case they are never the person.
    "will may hope grace joy dawn rain rose mark bill jack bob rob pat sue drew chase hunter faith charity "
    "mercy patience prudence honor honour verity glory destiny angel melody harmony star stars eve chance "
    "archer piper page major miles guy penny buddy sonny junior red rusty sandy dusty bright young long short "
    "strong wise good day moon sun sea stone wood woods field fields hill hills river rivers brook brooks bank "
    "banks bell ball bush ford carter parker porter potter hunt love lane street church house park price rich "
    "rice root snow frost storm summer winter autumn spring april june august lily daisy ivy ruby pearl amber "
    "jade opal coral violet iris heather hazel olive ginger basil sage rosemary clay cliff forest sky frank art "
    "gene ray dean earl grant wade pierce trip dash skip buck nick rick peg jay robin martin swan dove raven "
    "crane drake finch hawk wolf fox crow jet ace max pip dot bea bee sunny misty stormy lance norm rod reed "
    "van vic trey colt bear poppy willow ash aspen cherry candy honey sugar pepper crystal gem cash shadow "
    "light dark night echo ember flame fire ice wind cloud rainbow spirit spark blaze zen west north east south "
    "victor christian paris london sterling stock stark case carol gale mason cooper miller baker smith cook "
    "walker one two three four five six seven eight nine ten "
    # Parts of names that are mostly ordinary words, capital or not.
    "old big little tall fat thin new first second third last black white blue green grey gray brown pink "
    "golden silver head chief great small "
    # German, French, Spanish, Italian and Russian given names that are words there.
    "wolf ernst mut claire blanche aurore belle fleur pierre olivier esperanza dolores luz sol mar paz rosa "
    "alba gioia bianca роза вера надежда любовь лев мир слава"
)
"""Words that identify `Old Man Jenkins` or `Will` in a cue, but in action are mostly ordinary words."""

ROLE_NOUNS = _words_in(
    "woman boy girl child kid baby toddler teenager doctor captain king queen lady lord prince princess emperor "
    "empress knight duke baron bishop priest monk nun abbot pope saint witch wizard sorcerer sorceress mage "
    "ghost spirit demon devil god goddess angel fairy elf dwarf giant troll ogre goblin vampire werewolf zombie "
    "monster creature beast dragon robot android cyborg machine computer ai drone alien cat kitten dog puppy "
    "horse pony bird parrot owl mouse rat rabbit bear lion tiger monkey ape pig cow goat sheep lamb donkey duck "
    "goose hen rooster chicken frog toad snake turtle fish whale shark dolphin octopus spider ant fly butterfly "
    "snail deer elephant guard guards soldier officer sergeant lieutenant colonel general private policeman "
    "policewoman cop detective inspector sheriff deputy agent spy thief robber killer murderer assassin pirate "
    "sailor pilot driver cabbie conductor steward stewardess waiter waitress barman barmaid bartender chef cook "
    "baker butcher farmer fisherman hunter miner smith blacksmith carpenter builder gardener cleaner janitor "
    "maid butler servant nurse surgeon medic paramedic patient dentist teacher professor student pupil "
    "headmaster principal librarian scientist engineer technician mechanic operator reporter journalist anchor "
    "anchorwoman anchorman presenter host hostess announcer narrator editor writer author poet painter artist "
    "musician singer dancer actor actress director producer manager boss secretary assistant receptionist clerk "
    "cashier shopkeeper seller vendor dealer customer client guest visitor neighbour neighbor landlord landlady "
    "tenant lawyer judge prosecutor prisoner convict warden mother father mom mum dad mama papa grandmother "
    "grandfather grandma grandpa granny aunt uncle sister brother son daughter wife husband bride groom widow "
    "widower friend stranger traveller traveler passenger pedestrian passerby bystander villager peasant crowd "
    "mob voice man men people commander admiral president minister senator mayor ambassador messenger courier "
    "postman hacker gamer player coach referee boxer fighter warrior samurai ninja ronin shogun sensei master "
    "apprentice squire archer ranger rider hermit beggar orphan twin twins elder elders ancestor prophet oracle "
    "scout leader follower survivor victim witness suspect doorman bouncer porter concierge caretaker keeper "
    "train car truck bus ship boat tank plane tree flower lamp lantern mirror puppet doll scarecrow snowman "
    "statue skull skeleton mummy clown juggler magician fool jester fox wolf hawk swan dove raven crane crow "
    "robin bee"
)
"""Nouns that name somebody by what they are: in lower case they are meant only after an article, as in "the cat"."""

DEFINITE_ARTICLES = _words_in("the der die das den dem le la el il lo")
OTHER_DETERMINERS = _words_in(
    "a an this that these those his her its their our my your some any no every each another other both many "
    "few several two three four five six seven eight nine ten ein eine einen einem einer un une una uno unos "
    "unas"
)

FUNCTION_WORDS = _words_in(
    "i you he she it we they this that these those the a an my your his her its our their there somebody "
    "someone anybody anyone everybody everyone nobody not be have of for than him them us me"
)
"""What follows an ordinary word that begins a sentence, but hardly a name: `Will he come?`, `May the best win.`"""

EVERYBODY_CUES = _words_in(
    "all everyone everybody together alle zusammen tous toutes ensemble todos todas tutti tutte insieme все "
    "вместе 全員 みんな 皆 一同 大家 所有人 모두"
)
"""Cues of everybody who has spoken in the scene so far."""

BOTH_CUES = _words_in("both beide tous-deux ambos entrambi оба обе 二人 2人 两人 둘")
"""Cues of the last two who have spoken in the scene."""

VOICE_NAMES = _words_in(
    "voice voiceover narrator narration announcer announcement radio tv television intercom loudspeaker speaker "
    "tannoy phone telephone answerphone voicemail dispatcher dispatch operator newsreader pa erzähler "
    "erzählerin sprecher stimme narrateur narratrice voix narrador narradora voz narratore voce диктор голос "
    "рассказчик радио ナレーション ナレーター 声 ラジオ 旁白 画外音 내레이션 목소리"
)
"""Names of whom nobody sees: a cue with one of them is a voice-over where it does not say otherwise."""
