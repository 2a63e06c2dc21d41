"""Who may do what, as data: `routes.csv` and `rights.csv`, walked by `tests/project/test_rights.py`."""
