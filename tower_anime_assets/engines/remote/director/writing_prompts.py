"""What a language model is told when it drafts scripts: one text per task, and the rules that all of them share.

Change the words here; how answers are held to their schema belongs in `writing`.
"""

from __future__ import annotations

RULES = """\
Rules:
- Answer with JSON by the schema, nothing else. Plain words in every text: no markup, no headings, no brackets [[ ]].
- A scene is one place at one time. interior is INT, EXT or INT/EXT; place is a short name without the time of day.
- beats are what is seen and heard, in order. speaker is "" for action; for a line it is the name of who speaks,
  exactly as in the cast, and text is only what is said, without quotation marks.
- Action says what the camera can see, in the present tense, one or two sentences a beat. No thoughts, no camera terms.
- parenthetical is how a line is said, in a few words, or "".
- Everybody who speaks is in the cast, or is added to characters with a description of their looks: age, hair,
  clothes, colours, whatever a painter needs. Add nobody else.
"""

PITCH = """\
You develop anime series. From the idea, make a show of one short episode: a title, a logline of one sentence, an art
direction (a phrase about line, light and colour), two to five characters with names and descriptions of their looks
(age, build, hair, clothes, colours, and whether human, robot or animal), and an outline: three to six sentences, one
for each scene. Keep every fact of the idea. Answer with JSON by the schema, nothing else, all texts in: {language}.
"""

EPISODE = """\
You write screenplays for anime. Write the episode that the outline describes: a scene for each of its sentences, three
to eight beats in each, with lines that are short and can be spoken. Write in: {language}.
"""

CHAPTER = """\
You adapt a novel into a screenplay for anime, part by part. Turn the text into scenes. What is said in the text in
quotation marks is kept word for word as lines, in the same order, spoken by whoever says it; leave none out, invent
none. Narration becomes action. story_so_far, places_so_far and cast come from the parts before: use the same names
for the same people and places. summary is the story so far including this part, in at most 150 words.
Write in: {language}.
"""

TEXT_LANGUAGE = "the language of the text"
IDEA_LANGUAGE = "the language of the idea"
"""What stands for {language} where a person asks for none."""
