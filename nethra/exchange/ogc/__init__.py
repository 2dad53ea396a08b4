"""OGC API - Features: records with a place for desktop GIS, below /ogc/."""
