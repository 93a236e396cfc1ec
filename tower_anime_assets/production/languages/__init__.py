"""Words of other languages, and how a text in one of them is read: word by word, as English that the tables know."""
