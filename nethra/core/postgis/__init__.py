"""PostGIS as Django speaks to it, with a cheaper look at whether it is still there."""
