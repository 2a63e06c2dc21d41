"""Privacy notice, consent, terms and help pages: their versions, and who agreed to which."""
