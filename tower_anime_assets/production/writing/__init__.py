"""What drafting of scripts needs besides a language model: chapters, quoted speech, memory, Fountain text. No I/O."""
