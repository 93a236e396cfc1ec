"""Short lines of many kinds, each with the language of the voice that says it: what scripts hold besides sentences."""

from __future__ import annotations

SHORT_LINES: tuple[tuple[str, str], ...] = (
    ("...", "en"), ("—", "en"), ("…!", "en"), ("!?", "en"), ("♪", "en"),
    ("Shh!", "en"), ("Shhh!", "en"), ("Hm.", "en"), ("Hmm...", "en"), ("Tsk.", "en"), ("Pff.", "en"), ("Ugh!", "en"),
    ("Mm-hm.", "en"), ("Ah!", "en"), ("Oh?", "en"), ("Eh?", "en"), ("No.", "en"), ("Yes!", "en"), ("I...", "en"),
    ("W-wait!", "en"), ("Go!", "en"), ("What?!", "en"), ("Nnnooo!", "en"), ("AAAAAH!", "en"), ("Run... now.", "en"),
    ("$5?", "en"), ("5%.", "en"), ("2 + 2 = 4.", "en"), ("3/4?", "en"), ("12 345 678.", "en"), ("1,234,567.89", "en"),
    ("Call 555-0199.", "en"), ("+49 30 1234567", "en"), ("12345678901234567890", "en"), ("007.", "en"),
    ("Go to www.example.org/a_b.", "en"), ("ada@example.org", "en"), ("12 Baker St., NW1 6XE", "en"),
    ("10:45 a.m.", "en"),
    ("NASA. FBI. OK.", "en"), ("X-9, report!", "en"), ("Dr. Chen?", "en"), ("#42 & co.", "en"), ("It's -7 °C.", "en"),
    ("Psst!", "de"), ("Nein!", "de"), ("Äh ...", "de"), ("Was?", "de"), ("Um 17:30 Uhr.", "de"),
    ("Achtung, 3,50 €!", "de"),
    ("Chut !", "fr"), ("Non.", "fr"), ("Hein ?", "fr"), ("Où ça ?", "fr"), ("75 008 Paris.", "fr"),
    ("¡No!", "es"), ("¿Qué?", "es"), ("Sì.", "it"), ("Não!", "pt"), ("Да.", "ru"), ("Что?", "ru"), ("네.", "ko"),
    ("不!", "zh"), ("你好。", "zh"), ("لا", "ar"), ("Όχι.", "el"), ("नहीं।", "hi"), ("😀", "en"), ("Hello, Мир!", "en"),
    ("大丈夫。", "ja"), ("え？", "ja"), ("うん。", "ja"), ("しーっ！", "ja"), ("っ！", "ja"), ("Mia!", "ja"),
    ("ありがとう, Mia!", "ja"),
    ("12時に会おう。", "ja"), ("ぎゃああああああああ！", "ja"), ("OK、NHKへ。", "ja"),
    ("「静かに……」", "ja"), ("東京へ go!", "ja"),
)  # fmt: skip
