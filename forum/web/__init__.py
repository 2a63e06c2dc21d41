"""Request handling shared by all slices: access gate, forms, error pages; knows no slice."""
