"""The door: settings, wiring, the command line, the page."""
