"""The nouns: frozen records of what people write and what the program works out."""
