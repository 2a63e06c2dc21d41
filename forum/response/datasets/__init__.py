"""공익데이터: the registry of private data of public interest, with its holders, versions and data dictionary."""
