"""The formats of exports: each writes batches of records to a file and holds one batch in memory."""
