"""Parsers of files that somebody sent. Everything here but ``looking`` runs in a process with limits of its own."""
