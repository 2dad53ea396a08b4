"""The parts of the made-up city; `incidents.demo_city` is the way in."""
