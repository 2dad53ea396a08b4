"""The gazetteer: streets, house numbers and places of an agency's own area, searched without the internet."""
