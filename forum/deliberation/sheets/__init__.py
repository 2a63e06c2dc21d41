"""Paper in a gathering: idea slips that are typed in, and vote sheets that two people count."""
