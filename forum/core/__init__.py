"""What every wing stands on; knows no request and no slice."""
