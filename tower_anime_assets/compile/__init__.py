"""From a cut to a master: the picture, the sound mix and the subtitles of an episode. Knows no database."""
