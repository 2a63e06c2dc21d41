"""Citizens' ideas: writing, finding, commenting, importing."""
