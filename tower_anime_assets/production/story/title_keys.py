"""Keys of title pages in many languages, and the English key that each of them stands for."""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.production.story.heading_words import fold_word

_KEYS: tuple[tuple[str, str], ...] = (
    ("Title", "title,script title,titel,titre,título,titolo,tytuł,название,назва,заголовок,タイトル,題名,作品名"),
    ("Title", "标题,標題,片名,剧名"),
    ("Title", "제목,otsikko,nimi,název,cím,başlık,τίτλος,العنوان,عنوان,כותרת,शीर्षक,tittel"),
    ("Episode title", "episode title,episodentitel,titre de l'épisode,título del episodio,サブタイトル,副题"),
    ("Episode title", "副標題,부제"),
    ("Subtitle", "subtitle,untertitel,sous-titre,subtítulo,sottotitolo"),
    ("Credit", "credit,credits,nennung,crédit,crédito,crediti"),
    ("Author", "author,authors,writer,writers,written by,screenplay by,screenplay,teleplay by,teleplay,script"),
    ("Author", "script by,by"),
    ("Author", "autor,autorin,autoren,drehbuch,buch,von,auteur,autrice,auteurs,scénario,scénariste,écrit par,par"),
    ("Author", "autora,autores,autoras,guion,guión,guionista,escrito por,por,roteiro,roteirista,autore,autrice"),
    ("Author", "autori"),
    ("Author", "sceneggiatura,scritto da,di,schrijver,scenariusz,автор,авторы,сценарий,сценарист,автори,сценарій"),
    ("Author", "作者,著者,脚本,作,原作者,編劇,编剧,剧本,작가,각본,극본,författare,manus,forfatter,manuskript"),
    ("Author", "käsikirjoitus"),
    ("Author", "scénář,író,írta,yazar,senaryo,συγγραφέας,σενάριο,الكاتب,تأليف,מאת,लेखक"),
    ("Story by", "story by,story,idee,histoire,historia,storia,原案"),
    ("Source", "source,based on,adapted from,adapted by,quelle,vorlage,nach,d'après,basado en,basato su"),
    ("Source", "baseado em,原作,원작"),
    ("Notes", "notes,note,notizen,anmerkungen,notas,备注,備考,メモ,비고,заметки"),
    ("Draft date", "draft date,draft,date,datum,fassung,fecha,data,дата,日付,日期,날짜,version date,draft number"),
    ("Draft date", "stand"),
    ("Contact", "contact,contact info,contacts,kontakt,contacto,contatto,contato,contactos,контакт,контакты"),
    ("Contact", "連絡先,联系方式,연락처"),
    ("Contact", "address,adresse,anschrift,dirección,indirizzo,endereço,адрес,住所,地址,주소,agent,agency"),
    ("Contact", "representation"),
    ("Contact", "phone,tel,telephone,telefon,téléphone,teléfono,telefono,телефон,電話,电话,전화,mobile,cell,fax"),
    ("Contact", "email,e-mail,mail,courriel,correo,メール,邮箱,이메일,website,web,url,site"),
    ("Copyright", "copyright,©,rights,rechte,droits,derechos,diritti,direitos,著作権,版权,저작권,license,licence"),
    ("Copyright", "lizenz"),
    ("Revision", "revision,revised,version,überarbeitung,révision,revisión,revisione,revisão,版本,改訂,修订"),
    ("Series", "series,show,serie,série,シリーズ,剧集,系列,시리즈,сериал,production,production company,company"),
    ("Series", "studio"),
    ("Episode", "episode,episode number,ep,folge,épisode,episodio,episódio,эпизод,серия,第話,話数,集数,회차"),
    ("Season", "season,staffel,saison,temporada,stagione,сезон,シーズン,季,시즌"),
    ("Language", "language,lang,sprache,langue,idioma,lingua,язык,言語,语言,언어"),
    ("Duration", "duration,length,runtime,running time,dauer,länge,laufzeit,durée,duración,durata,duração"),
    ("Duration", "длительность"),
    ("Duration", "продолжительность,хронометраж,長さ,時間,时长,片长,길이,러닝타임"),
    ("Format", "format,font,template,paper,page size,type,genre,logline,synopsis,summary,tagline,watermark,header"),
    ("Format", "footer"),
    ("Director", "director,directed by,producer,produced by,regie,réalisation,dirección de,regia,direção,режиссер"),
    ("Director", "監督,导演,감독"),
)
_ENGLISH_KEYS = frozenset(
    (
        *("title", "credit", "author", "authors", "source", "notes", "draft date", "date", "contact", "copyright"),
        *("revision", "series", "episode", "season", "language", "duration", "written by", "format", "font"),
    )
)
"""Keys that stay as they were written: those of the syntax, and those that version 0.1 knew."""

PLAIN_TITLE_KEYS = (_ENGLISH_KEYS - {"notes", "format", "font"}) | {"episode title"}
"""Keys with which nothing but a title page begins."""


def fold_key(key: str) -> str:
    """Return a key in capitals without accents and with single spaces."""
    return " ".join(fold_word(word) for word in key.split())


TITLE_KEYS: Mapping[str, str] = {fold_key(key): english for english, keys in _KEYS for key in keys.split(",")}
"""English key by every known key, folded."""


def english_key(key: str) -> str:
    """Return the key that stands for a known one in the language of the syntax; other keys as they are."""
    plain = " ".join(key.split())
    return plain if plain.lower() in _ENGLISH_KEYS else TITLE_KEYS.get(fold_key(plain), plain)
