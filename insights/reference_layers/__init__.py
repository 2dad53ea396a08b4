"""Reference layers: an operator's own tables with shapes, drawn on the map beneath the incidents (ADR 34)."""
