"""Director services: their answers are judged before anything of them is used."""
