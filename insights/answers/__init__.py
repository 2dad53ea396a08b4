"""What each method tells people: figures, rows, shapes and sentences made of its arrays, without the ORM."""
