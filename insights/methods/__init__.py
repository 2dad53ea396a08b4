"""Methods of analysis: pure functions on arrays. They know neither Django nor the database.

Each is a module with its parameters, its function and its ``METHOD``, the entry that runs, pages and commands read.
"""
