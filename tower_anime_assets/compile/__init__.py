"""Cut to master: picture, sound and subtitles of a finished episode."""
