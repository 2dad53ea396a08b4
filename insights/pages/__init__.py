"""The console's pages of analyses."""
