"""The words for places in ten languages, by what they mean indoors and outdoors: a table, which `place_kinds` reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceMeaning:
    """What a word for a place means under an interior and under an exterior heading; "" where it has no set.

    Attributes:
        interior: Kind of place indoors.
        exterior: Kind of place outdoors.
        is_vague: Whether an English word says little by itself, as in "training room": what stands before it
            decides, and when that is not known, nothing is.
    """

    interior: str
    exterior: str
    is_vague: bool = False


# Rows of: kind indoors, kind outdoors, English words (heads of a noun phrase), words of other languages. Words are
# separated by commas, folded as `place_kinds` folds a text: lower case, without accents. English plurals are added.
_ROWS: tuple[tuple[str, str, str, str], ...] = (
    (
        "kitchen", "",
        "kitchen, kitchenette, galley, scullery, pantry",
        "kuche, schlosskuche, cuisine, cocina, cucina, cozinha, кухня, кухне, 台所, キッチン, 厨房, 調理場, 廚房, "
        "부엌, 주방",
    ),
    (
        "bathroom", "",
        "bathroom, toilet, restroom, washroom, lavatory, shower, shower room, powder room, ladies room, mens room",
        "badezimmer, bad, toilette, salle de bain, salle de bains, toilettes, cuarto de bano, bano, bagno, "
        "banheiro, ванная, ванной, туалет, 浴室, トイレ, 洗面所, 风呂, お風呂, 卫生间, 洗手间, 厕所, 욕실, 화장실",
    ),
    (
        "bedroom", "",
        "bedroom, bed chamber, bedchamber, nursery, dorm, dormitory, dorm room, hotel room, motel room, guest room, "
        "guestroom, sleeping quarters, quarters",
        "schlafzimmer, kinderzimmer, hotelzimmer, chambre, chambre a coucher, chambre d hotel, dormitorio, "
        "recamara, habitacion, camera da letto, quarto, спальня, спальне, 寝室, ベッドルーム, 卧室, 臥室, 침실",
    ),
    (
        "room", "",
        "living room, sitting room, drawing room, parlour, parlor, dining room, family room, lounge, den, study, "
        "salon, front room, common room, guest house, foyer",
        "wohnzimmer, esszimmer, zimmer, stube, arbeitszimmer, salle a manger, sala de estar, comedor, soggiorno, "
        "stanza, salotto, sala de jantar, комната, комнате, гостиная, гостиной, 部屋, の部屋, 居間, 客厅, 客廳, "
        "房间, 房間, 방, 거실",
    ),
    (
        "tatami room", "",
        "tatami room, japanese room, tea room, teahouse, tea house, washitsu, ryokan, tea ceremony room",
        "teehaus, teestube, maison de the, casa de te, casa del te, 和室, 座敷, 茶室, 旅館, お茶室, 다다미방",
    ),
    (
        "corridor", "",
        "corridor, hallway, hall, passage, passageway, stairwell, staircase, stairs, stairway, lobby, walkway, "
        "landing, tunnel",
        "flur, korridor, gang, treppenhaus, diele, couloir, escalier, pasillo, escalera, corridoio, scale, "
        "corredor, escadaria, коридор, коридоре, лестница, 廊下, 通路, 階段, 走廊, 楼道, 복도, 계단",
    ),
    (
        "elevator", "",
        "elevator, lift, elevator car",
        "aufzug, fahrstuhl, ascenseur, ascensor, ascensore, elevador, лифт, лифте, エレベーター, 电梯, 電梯, "
        "엘리베이터, 승강기",
    ),
    (
        "cellar", "",
        "cellar, basement, wine cellar, crypt, boiler room, root cellar, attic, loft space, vault room, catacomb, "
        "sewer",
        "keller, gruft, dachboden, cave a vin, sous-sol, grenier, sotano, cantina, porao, подвал, подвале, 地下室, "
        "屋根裏, 地窖, 지하실",
    ),
    (
        "throne room", "",
        "throne room, throne hall, great hall, banquet hall, audience chamber, ballroom, royal chamber",
        "thronsaal, rittersaal, festsaal, ballsaal, salle du trone, salon del trono, sala del trono, sala do trono, "
        "тронный зал, 玉座の間, 謁見の間, 王座厅, 大殿",
    ),
    (
        "lab", "",
        "lab, laboratory, clean room, cleanroom, control room, operations room, ops room, ops, security room, "
        "command center, command centre, situation room, war room, mission control, research facility, "
        "research station, research center, observation room, operations center",
        "labor, kontrollraum, leitstelle, laboratoire, laboratorio, centro de control, лаборатория, лаборатории, "
        "研究室, 実験室, 研究所, ラボ, 实验室, 實驗室, 实验所, 연구실, 실험실, 연구소",
    ),
    (
        "server", "",
        "server room, server farm, server hall, data center, data centre, datacenter, mainframe, server vault, "
        "archive core, vault, servers",
        "serverraum, rechenzentrum, salle des serveurs, サーバー室, サーバールーム, 机房, 서버실",
    ),
    (
        "temple hall", "temple",
        "temple, temple hall, main hall, monastery, pagoda, buddhist temple, zendo, prayer hall, meditation hall, "
        "abbey hall, temple room, temple grounds, temple courtyard",
        "tempel, tempelhalle, kloster, pagode, monastere, templo, monasterio, tempio, monastero, mosteiro, храм, "
        "храме, монастырь, 寺, お寺, 寺院, 本堂, 仏堂, 禅寺, 寺庙, 寺廟, 庙, 佛堂, 佛寺, 절, 사원, 사찰, 법당",
    ),
    (
        "temple hall", "shrine",
        "shrine, torii, shinto shrine",
        "schrein, sanctuaire, santuario, святилище, 神社, 鳥居, 社殿, 神宮, 신사",
    ),
    (
        "church", "church front",
        "church, chapel, cathedral, basilica, abbey, nave, sanctuary, parish church",
        "kirche, kapelle, dom, eglise, chapelle, cathedrale, iglesia, capilla, catedral, chiesa, cappella, "
        "cattedrale, duomo, igreja, capela, церковь, церкви, собор, часовня, 教会, 礼拝堂, 大聖堂, 教堂, 교회, "
        "성당",
    ),
    (
        "throne room", "castle",
        "castle, palace, fortress, citadel, keep, castle courtyard, castle walls, castle gate, stronghold, chateau, "
        "palace gate, castle grounds",
        "schloss, burg, festung, palast, schlosshof, burghof, palais, forteresse, castillo, palacio, fortaleza, "
        "castello, palazzo, fortezza, castelo, замок, замке, крепость, дворец, 城, お城, 城内, 宮殿, 王宮, 要塞, "
        "城堡, 宫殿, 皇宫, 성, 궁전, 왕궁, 궁궐",
    ),
    (
        "ruins", "ruins",
        "ruin, ruins, castle ruins, temple ruins, ruined temple, ruined castle, ruined city, ruined church, "
        "ruined house, rubble, remains",
        "ruine, ruinen, burgruine, schlossruine, ruinas, rovine, rovina, ruina, руины, развалины, руинах, "
        "развалинах, 廃墟, 遺跡, 城跡, 废墟, 廢墟, 遗址, 폐허, 유적",
    ),
    (
        "barn", "farm",
        "farm, farmyard, barn, barnyard, stable, ranch, farmstead, stall, cowshed, henhouse, chicken coop, "
        "farm yard, silo",
        "bauernhof, hof, scheune, pferdestall, ferme, grange, etable, ecurie, granja, establo, granero, rancho, "
        "fattoria, stalla, fienile, fazenda, celeiro, estabulo, ферма, ферме, амбар, хлев, конюшня, 農場, 牧場, "
        "納屋, 馬小屋, 農家, 农场, 牧场, 谷仓, 농장, 목장, 헛간",
    ),
    (
        "cabin", "cabin front",
        "cabin, hut, shack, log cabin, cottage, lodge, chalet, shed, hovel, hermitage, forest hut, hunting lodge, "
        "farmhouse, bungalow",
        "hutte, blockhutte, berghutte, almhutte, bauernhaus, cabane, chaumiere, cabana, choza, capanna, baita, "
        "casolare, choupana, хижина, хижине, избушка, изба, избе, 小屋, 山小屋, 丸太小屋, 木屋, 小木屋, 茅屋, "
        "오두막, 통나무집",
    ),
    (
        "apartment", "building",
        "apartment, flat, loft, penthouse apartment, studio apartment, condo, suite, hospitality suite, "
        "hotel suite, apartment block, apartment building, tenement",
        "wohnung, appartement, piso, departamento, appartamento, apartamento, квартира, квартире, アパート, "
        "マンション, 公寓, 아파트",
    ),
    (
        "room", "house",
        "house, home, villa, mansion, manor, residence, townhouse, bungalow house, family home, manor house, "
        "safe house, hotel, motel, hostel, boarding house, beach house, front porch, porch, driveway, front yard, "
        "doorstep, front door, homestead",
        "haus, elternhaus, hotel, zuhause, herrenhaus, maison, manoir, casa, mansion, hogar, casa de campo, villa, "
        "casarao, дом, доме, дома, особняк, усадьба, 家, 自宅, 屋敷, 住宅, 玄関, 别墅, 家里, 家中, 집, 저택, 주택",
    ),
    (
        "bath house", "",
        "bath house, bathhouse, public bath, onsen, sento, hot spring, hot springs, bath, thermal bath, sauna, spa, "
        "steam room, baths",
        "badehaus, therme, thermen, thermalbad, bains, bains publics, thermes, banos, casa de banos, termas, terme, "
        "bagni, balneario, баня, бане, 銭湯, 温泉, 浴場, 大浴場, 湯屋, 澡堂, 浴池, 溫泉, 목욕탕, 온천, 대중목욕탕",
    ),
    (
        "shop", "shop front",
        "shop, store, boutique, bookshop, bookstore, supermarket, grocery, grocery store, convenience store, "
        "corner shop, mall, shopping mall, shopping center, shopping centre, bakery, pharmacy, drugstore, "
        "butcher shop, flower shop, florist, pawn shop, antique shop, konbini, general store, department store, "
        "toy shop, candy store, chemist, magic shop",
        "laden, geschaft, kaufhaus, supermarkt, backerei, apotheke, blumenladen, buchladen, boutique, magasin, "
        "boulangerie, epicerie, librairie, pharmacie, supermarche, tienda, panaderia, farmacia, libreria, "
        "supermercado, negozio, bottega, panetteria, loja, padaria, mercearia, livraria, магазин, магазине, лавка, "
        "лавке, аптека, пекарня, 店, お店, 商店, 本屋, 花屋, パン屋, コンビニ, スーパー, 薬局, 薬屋, 雑貨屋, 商场, "
        "超市, 书店, 花店, 药店, 面包店, 가게, 상점, 서점, 편의점, 빵집, 꽃집, 약국, 슈퍼마켓",
    ),
    (
        "restaurant", "shop front",
        "restaurant, cafe, coffee shop, coffee house, diner, bistro, pizzeria, cafeteria, canteen, eatery, "
        "ramen shop, noodle shop, izakaya, teashop, ice cream parlour, ice cream parlor, mess hall, dining hall, "
        "sushi bar, ramen bar, noodle bar, snack bar, trattoria",
        "kaffeehaus, gaststatte, speisesaal, kantine, imbiss, ristorante, trattoria, pizzeria, restaurante, "
        "cafeteria, caffe, ресторан, ресторане, кафе, столовая, レストラン, カフェ, 喫茶店, 食堂, 居酒屋, "
        "ラーメン屋, 餐厅, 餐廳, 饭店, 咖啡馆, 咖啡厅, 식당, 카페, 레스토랑",
    ),
    (
        "bar", "shop front",
        "bar, nightclub, night club, club, cocktail bar, dive bar, strip club, karaoke bar, disco, hotel bar, "
        "lounge bar, jazz club",
        "nachtklub, diskothek, boite de nuit, discoteca, boate, бар, баре, клуб, клубе, バー, クラブ, スナック, "
        "酒吧, 夜总会, 술집, 나이트클럽",
    ),
    (
        "tavern", "tavern front",
        "tavern, inn, pub, saloon, alehouse, beer hall, brewery, public house, taproom",
        "taverne, gasthaus, gasthof, wirtshaus, kneipe, schenke, auberge, taberna, posada, cantina del puerto, "
        "taverna, locanda, osteria, estalagem, таверна, таверне, трактир, кабак, 酒場, 宿屋, 酒馆, 客栈, 주막, "
        "여관, 선술집",
    ),
    (
        "library", "building",
        "library, archive, archives, reading room, records room, scriptorium",
        "bibliothek, bucherei, archiv, bibliotheque, biblioteca, archivio, библиотека, библиотеке, архив, 図書館, "
        "図書室, 書庫, 图书馆, 圖書館, 도서관",
    ),
    (
        "museum", "building",
        "museum, gallery, art gallery, exhibition hall",
        "galerie, musee, museo, galleria, museu, музей, музее, галерея, 博物館, 美術館, 博物馆, 美术馆, 박물관, "
        "미술관",
    ),
    (
        "theatre", "building",
        "theatre, theater, cinema, opera house, opera, auditorium, concert hall, stage, movie theater, "
        "movie theatre, backstage, playhouse, village hall, town hall, city hall, assembly hall, community hall, "
        "music hall, school hall, lecture theatre, recital hall",
        "kino, opernhaus, buhne, konzertsaal, rathaus, teatro, cine, opera, teatro dell opera, palco, театр, "
        "театре, кинотеатр, сцена, 劇場, 映画館, 舞台, 体育館の舞台, 剧院, 电影院, 戏院, 극장, 영화관, 공연장",
    ),
    (
        "dojo", "temple",
        "dojo, training hall, martial arts hall, kendo hall, training dojo",
        "道場, 剣道場, 武道場, 武馆, 道场, 도장, додзё",
    ),
    (
        "gym", "building",
        "gym, gymnasium, training room, sports hall, weight room, boxing gym, basketball court, exercise room",
        "turnhalle, sporthalle, gymnase, gimnasio, palestra, ginasio, спортзал, спортзале, 体育館, ジム, 体育馆, "
        "健身房, 체육관, 헬스장",
    ),
    (
        "prison", "building",
        "prison, jail, cell, prison cell, jail cell, dungeon, holding cell, cell block, cellblock, "
        "interrogation room, prison yard, brig, gaol",
        "gefangnis, zelle, kerker, gefangniszelle, cachot, cellule, carcel, celda, mazmorra, prigione, carcere, "
        "cella, prisao, cadeia, тюрьма, тюрьме, камера, темница, 牢屋, 牢獄, 刑務所, 監獄, 独房, 监狱, 牢房, 감옥, "
        "교도소, 감방",
    ),
    (
        "school", "building",
        "school, classroom, class, class room, schoolroom, lecture hall, high school, schoolyard, school yard, "
        "academy, university, college, kindergarten, campus, school gate, elementary school, middle school, "
        "schoolhouse, school roof",
        "schule, klassenzimmer, schulhof, universitat, horsaal, ecole, lycee, college, salle de classe, universite, "
        "escuela, colegio, aula, universidad, instituto, scuola, classe, universita, escola, sala de aula, "
        "universidade, школа, школе, класс, классе, университет, 学校, 教室, 高校, 中学校, 小学校, 大学, 校庭, "
        "課堂, 學校, 课室, 학교, 교실, 대학교",
    ),
    (
        "hospital", "hospital front",
        "hospital, clinic, infirmary, hospital ward, ward, medbay, med bay, sickbay, sick bay, hospital room, "
        "operating room, operating theatre, surgery, emergency room, doctors office, nurses office, "
        "intensive care unit, icu, patient room, hospital bed",
        "krankenhaus, klinik, krankenzimmer, spital, praxis, lazarett, hopital, clinique, infirmerie, clinica, "
        "ospedale, больница, больнице, палата, клиника, 病院, 病室, 診療所, 保健室, 医院, 醫院, 诊所, 病房, 병원, "
        "병실, 진료소",
    ),
    (
        "office", "building",
        "office, boardroom, board room, headquarters, hq, tower, conference room, meeting room, office building, "
        "skyscraper, bank, agency, police station, courthouse, embassy, bureau, cubicle, open plan office, "
        "newsroom, precinct, shipping office, post office, ticket office, corporate tower, tower block, reception, "
        "penthouse, ministry, city council, parliament",
        "buro, hochhaus, konferenzraum, bankfiliale, polizeiwache, polizeirevier, amt, postamt, bureau, "
        "gratte-ciel, commissariat, oficina, despacho, rascacielos, comisaria, ufficio, grattacielo, escritorio, "
        "arranha-ceu, delegacia, офис, офисе, кабинет, небоскреб, контора, 事務所, オフィス, 会議室, 社長室, "
        "高層ビル, 会社, 警察署, 銀行, 办公室, 辦公室, 会议室, 摩天楼, 公司, 사무실, 회의실, 회사, 고층빌딩",
    ),
    (
        "garage", "building",
        "garage, workshop, repair shop, hangar, forge, smithy, pit lane, car workshop, blacksmith, garages, "
        "machine shop, engine room, fire station, pit",
        "werkstatt, schmiede, atelier, forge, taller, herreria, officina, oficina mecanica, oficina de carros, "
        "мастерская, мастерской, гараж, гараже, кузница, 工房, ガレージ, 車庫, 修理工場, 鍛冶屋, 车库, 車間, 作坊, "
        "铁匠铺, 차고, 작업장, 대장간",
    ),
    (
        "warehouse", "building",
        "warehouse, factory, storage, storeroom, storage room, depot, plant, power plant, factory floor, "
        "loading dock, granary, mill, power station, assembly line, foundry, storehouse",
        "lagerhalle, lager, fabrik, werkhalle, fabrikhalle, entrepot, usine, almacen, bodega, fabrica, magazzino, "
        "armazem, склад, складе, завод, фабрика, 倉庫, 工場, 発電所, 仓库, 工厂, 창고, 공장",
    ),
    (
        "station", "building",
        "station, train station, railway station, subway station, metro station, platform, train platform, "
        "concourse, terminal, subway, metro, airport, airport terminal, departure lounge, railroad station, "
        "bus station, ticket hall, arrivals hall",
        "bahnhof, bahnhofshalle, bahnsteig, flughafen, gare, quai de gare, aeroport, estacion, anden, aeropuerto, "
        "stazione, binario, aeroporto, estacao, plataforma, вокзал, вокзале, станция, перрон, аэропорт, метро, 駅, "
        "駅前, ホーム, プラットホーム, 空港, 地下鉄, 车站, 車站, 火车站, 站台, 机场, 地铁, 기차역, 역, 승강장, "
        "공항, 지하철역",
    ),
    (
        "train", "railway",
        "train, train car, train carriage, railway carriage, subway car, metro car, monorail, carriage, "
        "sleeping car, dining car, train compartment, compartment, subway train, locomotive, bullet train, tram, "
        "bus, streetcar",
        "zug, abteil, u-bahn, s-bahn, strassenbahn, wagon, treno, vagone, trem, vagao, tren, tranvia, autobus, "
        "tram, onibus, поезд, поезде, вагон, вагоне, трамвай, автобус, 電車, 列車, 車内, 車両, 新幹線, バス, 火车, "
        "车厢, 列车, 公交车, 기차, 열차, 전철, 버스",
    ),
    (
        "", "railway",
        "railway, railroad, train tracks, railway tracks, rail yard, level crossing, railway crossing, "
        "railway line",
        "gleise, bahngleise, bahnubergang, voie ferree, via ferrea, ferrovia, vias del tren, железная дорога, "
        "рельсы, 線路, 踏切, 铁路, 铁轨, 철길, 기찻길",
    ),
    (
        "car", "",
        "car, taxi, cab, van, truck, limousine, limo, police car, patrol car, pickup truck, suv, car interior, "
        "back seat, backseat, jeep, moving car, parked car, squad car, ambulance",
        "auto, wagen, lastwagen, voiture, camion, coche, carro, furgoneta, macchina, automobile, машина, машине, "
        "автомобиль, такси, грузовик, 車, 車の中, タクシー, 自動車, 汽车, 出租车, 轿车, 车里, 차, 자동차, 택시, "
        "차안",
    ),
    (
        "plane", "",
        "plane, airplane, aeroplane, aircraft, jet, plane cabin, airplane cabin, private jet, airliner, helicopter, "
        "cargo plane",
        "flugzeug, hubschrauber, avion, helicoptere, avion de linea, aereo, aviao, самолет, самолете, 飛行機, 機内, "
        "ヘリコプター, 飞机, 机舱, 비행기",
    ),
    (
        "spaceship", "space",
        "spaceship, starship, spacecraft, space ship, cockpit, airlock, shuttle, space shuttle, space station, "
        "orbital, orbital station, ship bridge, bridge deck, command bridge, space capsule, capsule, escape pod, "
        "flight deck, mech cockpit",
        "raumschiff, raumstation, vaisseau, vaisseau spatial, station spatiale, nave espacial, nave spaziale, "
        "estacion espacial, stazione spaziale, astronave, космический корабль, звездолет, 宇宙船, 宇宙ステーション, "
        "コックピット, 操縦室, 飞船, 宇宙飞船, 太空船, 空间站, 우주선, 우주정거장, 조종실",
    ),
    (
        "space", "space",
        "space, outer space, deep space, orbit, asteroid field, cosmos, galaxy, void of space",
        "weltraum, weltall, orbit, espace, espacio, espacio exterior, spazio, espaco, космос, космосе, 宇宙, "
        "宇宙空間, 太空, 우주",
    ),
    (
        "planet", "planet",
        "moon, mars, lunar surface, martian surface, moon surface, planet surface, alien planet, planet, asteroid, "
        "crater, surface of the moon, surface of mars, martian desert",
        "mond, mondoberflache, planete, lune, planeta, luna, luna superficie, pianeta, lua, планета, планете, луна, "
        "луне, марс, марсе, 月面, 惑星, 火星, 月球, 行星, 달 표면, 화성, 행성",
    ),
    (
        "ship cabin", "ship deck",
        "ship, boat, deck, ship deck, sailing ship, pirate ship, fishing boat, ferry, yacht, steamer, vessel, "
        "galleon, barge, main deck, cargo ship, cruise ship, sailboat, warship, ship cabin, captains cabin, "
        "captains quarters, ships hold, rowboat, raft, lifeboat, submarine, upper deck, crows nest, freighter",
        "schiff, boot, segelschiff, fahre, kajute, schiffsdeck, bateau, navire, voilier, pont du bateau, barco, "
        "buque, velero, cubierta, nave, barca, traghetto, navio, veleiro, conves, корабль, корабле, лодка, лодке, "
        "палуба, палубе, яхта, каюта, 船, 船上, 甲板, 船室, 漁船, 帆船, 船内, 船舱, 轮船, 渔船, 배, 선박, 갑판, "
        "선실",
    ),
    (
        "cave", "cave",
        "cave, cavern, grotto, mine, mineshaft, mine shaft, lair, mine tunnel, ice cave, dragons lair, cave mouth, "
        "cave entrance, underground cavern",
        "hohle, grotte, bergwerk, stollen, caverne, cueva, gruta, caverna, mina, miniera, пещера, пещере, шахта, "
        "грот, 洞窟, 洞穴, 洞, 鉱山, ほら穴, 山洞, 矿井, 동굴, 광산",
    ),
    (
        "underwater", "underwater",
        "underwater, undersea, sea floor, seafloor, ocean floor, seabed, sea bed, coral reef, reef, "
        "underwater city, deep sea, lagoon floor, under the sea, under water, bottom of the sea, "
        "bottom of the ocean, beneath the sea, beneath the waves, below the surface, aquarium tank",
        "unterwasser, meeresgrund, unter wasser, korallenriff, sous l eau, sous la mer, fonds marins, "
        "fond de la mer, bajo el agua, bajo el mar, fondo del mar, sott acqua, sott'acqua, fondale, fundo do mar, "
        "debaixo d agua, под водой, морское дно, дно моря, 海底, 海中, 水中, 水底, 海の底, 海の中, 水下, 바다 속, "
        "바닷속, 수중, 해저",
    ),
    (
        "sky", "sky",
        "sky, skies, clouds, above the clouds, air, mid-air, midair, heaven, heavens, cloud, high above, "
        "in the air, night sky, stratosphere",
        "himmel, uber den wolken, wolken, ciel, cielo, nuvole, ceu, nuvens, nuages, небо, небе, облака, 空, 上空, "
        "大空, 雲の上, 空中, 天空, 云端, 하늘, 구름 위, 공중",
    ),
    (
        "village", "village",
        "village, hamlet, town, village square, village street, fishing village, mountain village, village green, "
        "old town, settlement, small town, village gate",
        "dorf, dorfplatz, siedlung, bergdorf, bourg, pueblo, aldea, paese, villaggio, borgo, vila, povoado, aldeia, "
        "деревня, деревне, село, поселок, городок, 村, 村里, 村はずれ, 山村, 漁村, 里, 町, 集落, 村庄, 村子, 小镇, "
        "村莊, 마을, 시골 마을",
    ),
    (
        "market", "market",
        "market, street market, marketplace, market square, bazaar, market stall, fish market, night market, "
        "farmers market, fair, souk, fairground, festival, market street, stall, food stall, market hall",
        "markt, marktplatz, wochenmarkt, basar, jahrmarkt, marche, place du marche, mercado, bazar, mercadillo, "
        "mercato, piazza del mercato, feira, рынок, рынке, базар, базаре, ярмарка, 市場, 屋台, 朝市, 夏祭り, 縁日, "
        "市场, 集市, 夜市, 菜市场, 시장, 장터, 야시장",
    ),
    (
        "harbour", "harbour",
        "harbour, harbor, port, dock, docks, pier, quay, marina, wharf, jetty, waterfront, dockside, shipyard, "
        "boardwalk",
        "hafen, kai, anleger, steg, port de peche, puerto, muelle, porto, molo, cais, гавань, порт, порту, "
        "пристань, причал, 港, 埠頭, 波止場, 桟橋, 港口, 码头, 항구, 부두, 선착장",
    ),
    (
        "river", "river",
        "river, riverside, riverbank, river bank, stream, creek, brook, waterfall, canal, rapids, ford, riverbed, "
        "river crossing",
        "fluss, ufer, flussufer, bach, wasserfall, riviere, fleuve, ruisseau, cascade, rio, arroyo, cascada, "
        "orilla del rio, fiume, torrente, cascata, riacho, cachoeira, река, реке, ручей, водопад, 川, 川辺, 河原, "
        "川原, 滝, 小川, 土手, 河边, 河, 河流, 瀑布, 小溪, 강, 강가, 강변, 시냇가, 폭포",
    ),
    (
        "lake", "lake",
        "lake, lakeside, lakeshore, pond, lagoon, swamp, marsh, bog, wetland, lake shore, bayou",
        "see, teich, weiher, sumpf, moor, seeufer, lac, etang, marais, lago, laguna, estanque, pantano, palude, "
        "lagoa, озеро, озере, пруд, болото, болоте, 湖, 湖畔, 池, 沼, 湖边, 池塘, 沼泽, 호수, 호숫가, 연못, 늪",
    ),
    (
        "graveyard", "graveyard",
        "graveyard, cemetery, churchyard, burial ground, grave, tomb, tombstone, gravesite, graveside",
        "friedhof, grab, cimetiere, tombe, cementerio, tumba, cimitero, cemiterio, tumulo, кладбище, могила, 墓地, "
        "お墓, 墓場, 墓, 霊園, 墓园, 坟墓, 公墓, 묘지, 무덤",
    ),
    (
        "spaceship", "bridge",
        "bridge, bridge of the ship",
        "",
    ),
    (
        "bridge", "bridge",
        "footbridge, drawbridge, rope bridge, suspension bridge, stone bridge, wooden bridge",
        "brucke, hangebrucke, zugbrucke, pont, passerelle, puente, ponte, мост, мосту, мостик, 橋, 橋の上, 吊り橋, "
        "桥, 桥上, 大桥, 다리, 다리 위",
    ),
    (
        "camp", "camp",
        "camp, campsite, campfire, encampment, camping site, tent, military camp, base camp, bivouac, army camp, "
        "refugee camp, campground, circus tent",
        "lager im wald, zeltlager, zelt, lagerfeuer, campement, camping, tente, feu de camp, campamento, hoguera, "
        "tienda de campana, accampamento, campeggio, tenda, acampamento, fogueira, лагерь, лагере, палатка, костер, "
        "野営地, キャンプ場, キャンプ, テント, 焚き火, 营地, 帐篷, 营火, 야영지, 캠프장, 텐트, 모닥불",
    ),
    (
        "field", "field",
        "field, meadow, rice field, rice fields, rice paddy, paddy, paddy field, wheat field, cornfield, pasture, "
        "grassland, plain, plains, prairie, hillside, vineyard, steppe, wheatfield, battlefield, flower field, "
        "country road, dirt road, country lane, farm road, hill, hilltop, hills, grass field, savanna, savannah, "
        "farmland, countryside, knoll",
        "feld, wiese, acker, weide, hugel, landstrasse, feldweg, champ, pre, prairie, colline, campagne, "
        "champ de bataille, campo, prado, colina, pradera, campo de batalla, prato, collina, campagna, "
        "campo di battaglia, planicie, поле, поля, луг, лугу, холм, холме, степь, 野原, 草原, 田んぼ, 畑, 丘, 麦畑, "
        "花畑, 田野, 田園, 原野, 草地, 麦田, 稻田, 山坡, 战场, 들판, 밭, 논, 초원, 언덕",
    ),
    (
        "park", "park",
        "park, garden, backyard, back yard, playground, yard, courtyard, lawn, rose garden, orchard, greenhouse, "
        "back garden, zoo, botanical garden, zen garden, front garden, garden path",
        "garten, spielplatz, hinterhof, innenhof, obstgarten, parc, jardin, cour, verger, aire de jeux, parque, "
        "patio, huerto, giardino, parco, cortile, frutteto, jardim, quintal, pomar, парк, парке, сад, саду, двор, "
        "дворе, сквер, 公園, 庭, 中庭, 庭園, 花园, 花園, 公园, 院子, 庭院, 공원, 정원, 마당, 놀이터",
    ),
    (
        "forest", "forest",
        "forest, wood, woods, jungle, grove, woodland, rainforest, bamboo forest, bamboo grove, thicket, clearing, "
        "forest clearing, forest path, glade, undergrowth, trail, pine forest, forest trail, forest road",
        "wald, dschungel, lichtung, waldweg, waldlichtung, waldrand, foret, bois, clairiere, jungle, bosque, selva, "
        "claro, foresta, bosco, giungla, radura, floresta, mata, clareira, лес, лесу, чаща, джунгли, поляна, роща, "
        "森, 森の中, 林, 竹林, 密林, ジャングル, 山道, 森林, 树林, 樹林, 丛林, 竹林里, 숲, 숲속, 정글, 대나무숲",
    ),
    (
        "beach", "beach",
        "beach, sea, ocean, shore, seaside, coast, seashore, island, open sea, coastline, sand beach, bay, cove, "
        "deserted island, desert island",
        "strand, meer, ozean, kuste, insel, plage, mer, ocean, cote, ile, rivage, playa, mar, oceano, costa, isla, "
        "spiaggia, mare, isola, praia, ilha, пляж, пляже, море, океан, берег, остров, 海, 浜辺, 海岸, ビーチ, 砂浜, "
        "島, 海辺, 海边, 海滩, 大海, 沙滩, 岛, 岛上, 바다, 해변, 바닷가, 섬",
    ),
    (
        "", "beach",
        "lighthouse",
        "leuchtturm, phare, faro, farol, маяк, маяке, 灯台, 灯塔, 燈塔, 등대",
    ),
    (
        "desert", "desert",
        "desert, dune, dunes, wasteland, badlands, sand dunes, oasis, outback, canyon",
        "wuste, dune, dunes, oase, oasis, desierto, duna, deserto, dune di sabbia, пустыня, пустыне, 砂漠, 砂丘, "
        "荒野, 沙漠, 荒漠, 사막",
    ),
    (
        "mountain", "mountain",
        "mountain, mountains, cliff, peak, summit, valley, snowfield, mountain pass, ridge, volcano, mountaintop, "
        "mountain top, mountainside, glacier, mountain path, gorge, cliff edge, ravine, tundra, ice field, alps, "
        "mountain trail, cliffside, mountain road",
        "berg, berge, gebirge, klippe, gipfel, tal, schlucht, gletscher, vulkan, montagne, falaise, sommet, vallee, "
        "volcan, glacier, montana, acantilado, cima, valle, cumbre, montagna, scogliera, vetta, montanha, penhasco, "
        "vale, гора, горы, горах, скала, утес, вершина, долина, ущелье, 山, 崖, 山頂, 谷, 峠, 雪山, 火山, 高山, "
        "山上, 山顶, 悬崖, 山谷, 산, 절벽, 산꼭대기, 계곡, 눈산",
    ),
    (
        "street", "street",
        "street, city, avenue, downtown, road, district, square, plaza, crossing, crosswalk, intersection, "
        "sidewalk, pavement, side street, main street, city street, town square, city square, boulevard, "
        "street corner, parking lot, car park, bus stop, metropolis, neighborhood, neighbourhood, cityscape, "
        "skyline, suburb, roadside, chinatown, quarter, promenade, castle street",
        "strasse, stadt, platz, gehweg, kreuzung, allee, gasse der stadt, rue, ville, avenue, boulevard, trottoir, "
        "carrefour, calle, ciudad, avenida, acera, plaza, carretera, via, citta, strada, viale, piazza, "
        "marciapiede, rua, cidade, praca, calcada, улица, улице, город, городе, площадь, проспект, дорога, дороге, "
        "перекресток, 街, 通り, 大通り, 道, 道路, 都市, 街角, 広場, 歩道, 交差点, 繁華街, 商店街, 街道, 街上, 城市, "
        "马路, 大街, 广场, 十字路口, 都会, 거리, 길, 도시, 도로, 광장, 골목길, 시내",
    ),
    (
        "alley", "alley",
        "alley, alleyway, back alley, backstreet, back street, lane, side alley, back lane",
        "gasse, hintergasse, seitengasse, ruelle, allee sombre, callejon, callejuela, vicolo, beco, viela, "
        "переулок, переулке, подворотня, 路地, 路地裏, 裏通り, 横丁, 小巷, 巷子, 胡同, 골목, 뒷골목",
    ),
    (
        "highway", "highway",
        "highway, freeway, overpass, expressway, motorway, race track, racetrack, turnpike, elevated road, "
        "speedway, interstate, toll road, race course, bay bridge, highway bridge, golden gate bridge, "
        "brooklyn bridge, track, underpass",
        "autobahn, schnellstrasse, rennstrecke, autoroute, autopista, autostrada, rodovia, шоссе, трасса, "
        "автострада, 高速道路, ハイウェイ, 高速公路, 고속도로",
    ),
    (
        "rooftop", "rooftop",
        "rooftop, roof, rooftop garden,"
        " helipad, terrace, balcony, rooftop terrace, school rooftop, roof terrace, roof garden, "
        "roofs, veranda deck",
        "dach, dachterrasse, balkon, terrasse, toit, balcon, azotea, tejado, terraza, balcon terraza, tetto, "
        "terrazza, balcone, telhado, terraco, varanda, крыша, крыше, балкон, балконе, терраса, 屋上, ベランダ, "
        "バルコニー, 屋根の上, 屋根, 屋顶, 天台, 阳台, 옥상, 지붕, 베란다, 발코니",
    ),
)  # fmt: skip

_VAGUE_ROWS: tuple[tuple[str, str, str], ...] = (
    ("room", "", "room, chamber"),
    ("corridor", "", "hall"),
    ("", "building", "building"),
    ("", "", "base, place, complex, facility, centre, center, compound, annex, wing, floor, level"),
)
"""Words that mean something only alone, or with what stands before them: kind indoors, outdoors, English words."""

_UNKNOWN = (
    "tree house, treehouse, doll house, dollhouse, lighthouse tower, gas station, petrol station, bus shelter, "
    "weather station, courtroom, court room, green room, escape room, chat room, wheelhouse, powerhouse, wild house, "
    "water tower, watch tower, watchtower, clock tower, radio tower, control tower, bell tower, pool, swimming pool, "
    "ferris wheel, roller coaster, phone booth, telephone booth, radio station, recording studio, tv studio, "
    "elf city, cloud city, dream world, nest, pyramid, igloo, windmill, maze, labyrinth, tv station, "
    "fire tower, lighthouse lamp room, ranger station, hovercraft, hot air balloon, airship, zeppelin, womb, "
    "night club toilet, bottle, screen, memory bank, data bank, river bed, sea chest, sound stage, bird cage, cage"
)
"""Phrases that would mislead: their last word is known, but no set of ours is such a place."""


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


def _with_plurals(words: list[str]) -> list[str]:
    plurals = [
        f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else f"{word}s"
        for word in words
        if not word.endswith("s")
    ]
    return words + plurals


def english_meanings() -> dict[str, PlaceMeaning | None]:
    """Return meanings by English word or phrase; None for phrases that are known to be no place of ours."""
    meanings: dict[str, PlaceMeaning | None] = {}
    for interior, exterior, words in _VAGUE_ROWS:
        meanings |= dict.fromkeys(_with_plurals(_split(words)), PlaceMeaning(interior, exterior, is_vague=True))
    for interior, exterior, words, _other in _ROWS:
        for word in _with_plurals(_split(words)):
            if not (known := meanings.get(word)) or not known.is_vague:
                meanings.setdefault(word, PlaceMeaning(interior, exterior))
    return meanings | dict.fromkeys(_with_plurals(_split(_UNKNOWN)))


def foreign_meanings() -> dict[str, PlaceMeaning]:
    """Return meanings by word or phrase of the other nine languages; the first row that has a word decides."""
    meanings: dict[str, PlaceMeaning] = {}
    for interior, exterior, _english, words in _ROWS:
        for word in _split(words):
            meanings.setdefault(word, PlaceMeaning(interior, exterior))
    return meanings
