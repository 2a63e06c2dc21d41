"""Papers of the council's meetings: what members read before they decide, as a page and files."""
