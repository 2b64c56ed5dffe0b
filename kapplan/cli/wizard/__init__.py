"""The questions with which ``kapplan new`` makes a clinic's or a patient's file, in plain words, each of them optional.

An answer is checked by the reader of the file that it makes, and asked for again until it can stand; nothing that
changes treatment has a default. It uses the edge and what people type. Begin with ``asking``.
"""
